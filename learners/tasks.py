from celery import shared_task


@shared_task(acks_late=True)
def build_document(pk):
    """Make a document that was asked for. Runs in the `pdf` queue."""
    from learners.domain.documents import build_document

    build_document(pk)


@shared_task
def free_stuck_documents():
    """Put right the documents whose worker or message was lost."""
    from learners.domain.documents import recover_documents

    recover_documents()


@shared_task
def refresh_signals():
    """Open and close the signals of the day."""
    from learners.domain.signals import refresh_signals

    refresh_signals(acting_user=None)


@shared_task
def scan_homework():
    """Have the antivirus read the files of copies and corrections that wait."""
    from learners.domain.files import scan_waiting

    scan_waiting()
