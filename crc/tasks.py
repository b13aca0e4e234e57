from celery import shared_task


@shared_task
def escalate_tickets():
    """Tell agents, supervisors and requesters of promises that are about to pass or have passed, once each."""
    from crc.domain.escalations import escalate_tickets as escalate

    escalate()
