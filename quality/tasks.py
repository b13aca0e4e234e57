from celery import shared_task


@shared_task
def invite_after_closed_tickets():
    """Invite the requesters of closed tickets to answer the satisfaction survey, once."""
    from quality.domain.surveys import invite_after_closed_tickets as invite

    invite()


@shared_task(acks_late=True)
def build_report(pk):
    """Make a report that was asked for. Runs in the `pdf` queue."""
    from quality.domain.reports import build_report as build

    build(pk)


@shared_task
def free_stuck_reports():
    """Put right the reports whose worker or message was lost."""
    from quality.domain.reports import recover_reports

    recover_reports()
