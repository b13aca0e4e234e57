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


@shared_task(acks_late=True)
def process_group(pk):
    """Check or write a group enrolment that was asked for."""
    from learners.domain.organisations.groups import process_group

    process_group(pk)


@shared_task(acks_late=True)
def build_quote_document(pk):
    """Make the PDF of a quote. Runs in the `pdf` queue."""
    from learners.domain.organisations.quotes import build_quote_document

    build_quote_document(pk)


@shared_task(acks_late=True)
def write_campaign(pk):
    """Write the mails of a campaign that was sent."""
    from learners.domain.organisations.campaigns import write_campaign

    write_campaign(pk)


@shared_task
def look_after_organisations():
    """Put right what was lost, free the seats of cancelled enrolments, close the quotes whose validity is over."""
    from learners.domain.organisations import campaigns, groups, quotes

    groups.recover_groups()
    quotes.recover_quote_documents()
    quotes.expire_quotes()
    campaigns.recover_campaigns()
