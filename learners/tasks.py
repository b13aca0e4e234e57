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
def scan_pieces():
    """Have the antivirus read the pieces that wait."""
    from learners.domain.files import scan_pieces

    scan_pieces()


@shared_task
def purge_drafts():
    """Forget the requests begun long ago and never sent."""
    from learners.domain.drafts import purge_drafts

    purge_drafts()
