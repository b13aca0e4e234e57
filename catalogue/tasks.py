from celery import shared_task


@shared_task
def record_search_miss(text):
    """Count a search without result. `text` is folded and holds no personal data."""
    from catalogue.domain.misses import record_miss

    record_miss(text, acting_user=None)


@shared_task
def reindex_catalogue():
    """Rebuild the search index and the vocabulary: harmless when run twice."""
    from catalogue.domain.indexing import reindex

    reindex()
