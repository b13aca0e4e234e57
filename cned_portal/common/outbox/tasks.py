from celery import shared_task


@shared_task
def dispatch_due_mail():
    """Send what is due."""
    from cned_portal.common.outbox.domain.dispatch import dispatch

    dispatch()


@shared_task
def reconcile_outbox():
    """Say in the logs what is late or stuck."""
    from cned_portal.common.outbox.domain.follow_up import reconcile

    reconcile()


@shared_task
def purge_mail_secrets():
    """Empty the old mails that hold links to accounts."""
    from cned_portal.common.outbox.domain.follow_up import purge_secrets

    purge_secrets()
