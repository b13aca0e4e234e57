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
def send_push_messages():
    """Send what devices are to be told."""
    from learners.domain.push import send_due

    send_due()


@shared_task
def forget_push_messages():
    """Remove what devices were told long ago."""
    from learners.domain.push import forget_old_messages

    forget_old_messages()
