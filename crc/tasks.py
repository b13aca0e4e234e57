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
