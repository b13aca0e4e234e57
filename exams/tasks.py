from celery import shared_task


@shared_task
def remind_candidates():
    """Remind those whose registration for the baccalauréat is to make before its register closes."""
    from exams.domain.reminders import remind_candidates

    remind_candidates()
