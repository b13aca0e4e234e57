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
def apply_retention():
    """Erase what has been kept for long enough. Any number at once; what is left waits for the next visit."""
    from crc.domain.privacy.retention import apply_retention

    apply_retention()


@shared_task(acks_late=True)
def export_person(pk):
    """Make the file of what is known of a person."""
    from crc.domain.privacy.exports import make_export

    make_export(pk)


@shared_task
def recover_person_exports():
    """Put right the exports whose worker or message was lost."""
    from crc.domain.privacy.exports import recover_exports

    recover_exports()


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
def escalate_tickets():
    """Tell agents, supervisors and requesters of promises that are about to pass or have passed, once each."""
    from crc.domain.escalations import escalate_tickets as escalate

    escalate()


@shared_task
def tell_partners():
    """Tell partners what became of their requests. Any number at once."""
    from crc.domain.webhooks import tell_partners

    tell_partners()


@shared_task
def forget_partner_traces():
    """Forget old announcements."""
    from crc.domain.webhooks import forget_old_deliveries

    forget_old_deliveries()
