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


@shared_task(acks_late=True)
def build_brochure(pk):
    """Make a training's brochure. Runs in the `pdf` queue."""
    from catalogue.domain.brochures import build_brochure

    build_brochure(pk)


@shared_task
def recover_brochures():
    """Put right the brochures whose worker or message was lost, and empty the old ones."""
    from catalogue.domain.brochures import recover_brochures

    recover_brochures()


@shared_task(acks_late=True)
def process_import(pk):
    """Check a file of trainings, or write what was accepted of it."""
    from catalogue.domain.imports.runs import process_import

    process_import(pk)


@shared_task
def recover_imports():
    """Put right the imports whose worker or message was lost, and forget the old ones."""
    from catalogue.domain.imports.runs import recover_imports

    recover_imports()
