from celery import shared_task


@shared_task
def invite_after_closed_tickets():
    """Invite the requesters of closed tickets to answer the satisfaction survey, once."""


@shared_task
def free_stuck_reports():
    """Fail the reports that gave no sign of life."""
