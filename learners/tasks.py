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


@shared_task(acks_late=True)
def make_data_export(pk):
    """Make the copy of their data that a person asked for."""
    from learners.domain.privacy.exports import make_export

    make_export(pk)


@shared_task
def recover_data_exports():
    """Put right the copies whose worker or message was lost, erase those that are a week old."""
    from learners.domain.privacy.exports import recover_exports

    recover_exports()


@shared_task
def settle_closures():
    """Close the accounts whose time has come, give up those whose person came back."""
    from learners.domain.privacy.closure import settle_closures

    settle_closures()


@shared_task
def end_guardianships_at_majority():
    """End the guardianships of those who came of age."""
    from learners.domain.guardians import end_at_majority

    end_at_majority()


@shared_task
def find_duplicates():
    """Add the pairs of files that may be one person's."""
    from learners.domain.duplicates import find_duplicates

    find_duplicates(acting_user=None)


@shared_task
def apply_learner_retention():
    """Erase what is past its duration. Any number at once; each visit goes on where the former stopped."""
    from learners.domain.privacy.retention import apply_retention

    apply_retention()


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


def refresh_signals():
    """Open and close the signals of the day."""
    from learners.domain.signals import refresh_signals

    refresh_signals(acting_user=None)


@shared_task
def scan_homework():
    """Have the antivirus read the files of copies and corrections that wait."""
    from learners.domain.homework_files import scan_homework

    scan_homework()
