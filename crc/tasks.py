from celery import shared_task


@shared_task
def fetch_mailboxes():
    """Bring in what waits in the IMAP mailboxes."""
    from crc.domain.mail.mailboxes import fetch_every_mailbox

    fetch_every_mailbox()


@shared_task
def ingest_mails():
    """Read the mails that wait. Any number at once."""
    from crc.domain.mail.ingestion import ingest_waiting

    ingest_waiting()


@shared_task
def scan_attachments():
    """Have the antivirus read the files that wait."""
    from crc.domain.attachments import scan_attachments

    scan_attachments()


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


@shared_task
def tell_partners():
    """Tell partners what became of their requests. Any number at once."""
    from crc.domain.webhooks import tell_partners

    tell_partners()


@shared_task
def forget_partner_traces():
    """Forget old answers and announcements."""
    from crc.domain.idempotency import forget_old_calls
    from crc.domain.webhooks import forget_old_deliveries

    forget_old_calls()
    forget_old_deliveries()
