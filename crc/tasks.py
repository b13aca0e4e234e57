from celery import shared_task


@shared_task
def record_unanswered_question(text):
    """Count a search of the help without result. `text` is folded and holds no personal data."""
    from crc.domain.help_measures import record_unanswered

    record_unanswered(text, acting_user=None)


@shared_task
def record_article_opened(key):
    """Count an article opened from the request form."""
    from crc.domain.help_measures import record_opened

    record_opened(key, acting_user=None)
