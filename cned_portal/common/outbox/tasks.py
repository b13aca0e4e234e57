from celery import shared_task


@shared_task
def dispatch_due_mail():
    """Send what is due."""
