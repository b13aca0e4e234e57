"""Erasing the person from what hangs on their enrolments and from what organisations said of them.

Rows stay with their dates and figures. `forget_columns` writes over the history of a table too: its append-only trigger
is lifted by its name, for that statement.
"""

import re

import pgtrigger
from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.utils import timezone

from cned_portal.common.text import fold
from learners.models import (
    Activity,
    CalendarFeed,
    CampaignRecipient,
    Contact,
    Copy,
    CopyFile,
    Correction,
    CorrectionFile,
    EnrolmentDraft,
    FundingLine,
    GroupLine,
    GuardianAgreement,
    MailOptOut,
    MemberInvitation,
    OrganisationContact,
    Payment,
    Piece,
    Positioning,
    PriorLearning,
    Seat,
)

ERASED = "[texte effacé]"


def forget_columns(rows, **values):
    """Write these values over rows and over all that their history repeats; keys of the rows."""
    model = rows.model
    keys = list(rows.values_list("pk", flat=True))
    model._base_manager.filter(pk__in=keys).update(**values)
    events = model.pgh_event_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events.objects.filter(pgh_obj_id__in=keys).update(**values)
    return keys


def _said(column):
    """The column without its text; empty where it was: constraints say which rows have one."""
    return Case(When(**{column: ""}, then=Value("")), default=Value(ERASED))


def _delete_after_commit(model, column, rows):
    storage = model._meta.get_field(column).storage
    names = [name for name in rows.values_list(column, flat=True) if name]
    transaction.on_commit(lambda: [storage.delete(name) for name in names])


def forget_pieces(pieces):
    """The files of pieces, and what says whose they were; that they were asked for, provided and checked stays."""
    _delete_after_commit(Piece, "content", pieces)
    keys = list(pieces.values_list("pk", flat=True))
    Piece.objects.filter(pk__in=keys).update(erased_at=timezone.now())
    forget_columns(Piece.objects.filter(pk__in=keys), content="", name="", sha256="", reason=_said("reason"))


def forget_copies(copies):
    """Texts and files of copies and of their marking; dates and grades stay."""
    keys = forget_columns(copies, comment="")
    for model, path in ((CopyFile, "copy"), (CorrectionFile, "correction__copy")):
        files = model.objects.filter(**{f"{path}__in": keys})
        _delete_after_commit(model, "file", files)
        files.delete()
    forget_columns(Correction.objects.filter(copy__in=keys), feedback="")


def forget_contacts(contacts):
    forget_columns(contacts, note="", answer="")


def forget_activities(activities):
    """The journal goes; its sums stay in the progress of the enrolment."""
    with pgtrigger.ignore(f"{Activity._meta.label}:append_only"):
        activities.delete()


def forget_studies(user, learners, names):
    """All that the enrolments of these learners' files hold of the person; `names` are words that name them."""
    EnrolmentDraft.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()
    of_file = {"file__enrolment__learner__in": learners}
    forget_pieces(Piece.objects.filter(**of_file))
    forget_columns(Positioning.objects.filter(**of_file), answers=[], reason=_said("reason"))
    forget_columns(PriorLearning.objects.filter(**of_file), declared=ERASED, reason=_said("reason"))
    forget_columns(GuardianAgreement.objects.filter(**of_file), text=ERASED)
    forget_copies(Copy.objects.filter(enrolment__learner__in=learners))
    forget_contacts(Contact.objects.filter(enrolment__learner__in=learners))
    # Accounting rows: a reference is a proof, unless it names the person.
    fundings = FundingLine.objects.filter(**of_file)
    _forget_names(fundings, "reference", names)
    _forget_names(Payment.objects.filter(funding__in=fundings), "proof", names)


def _forget_names(rows, column, names):
    pattern = "|".join(re.escape(word) for name in names for word in {name, fold(name)} if word)
    if pattern:
        naming = Case(When(**{f"{column}__iregex": rf"\m({pattern})\M"}, then=Value(ERASED)), default=column)
        forget_columns(rows, **{column: naming})


def forget_organisations(user, learners, addresses, nobody_address):
    """What organisations said of the person, by their enrolments and by the addresses that are surely theirs."""
    seats = Seat.objects.filter(enrolment__learner__in=learners)
    given = {address.lower() for address in seats.values_list("given_email", flat=True)}
    GroupLine.objects.of_addresses([*given, *addresses]).update(cells={})
    forget_columns(seats, given_name=ERASED, given_email=nobody_address())
    invitations = MemberInvitation.objects.alias(address=Lower("email")).filter(
        Q(address__in=addresses) | Q(accepted_by=user)
    )
    keys = list(invitations.values_list("pk", flat=True))
    MemberInvitation.objects.open().filter(pk__in=keys).update(revoked_at=timezone.now())
    for pk in keys:
        forget_columns(MemberInvitation.objects.filter(pk=pk), email=nobody_address())
    contacts = OrganisationContact.objects.alias(address=Lower("email")).filter(address__in=addresses, user=None)
    gone = forget_columns(contacts, name=ERASED, email="", phone="")
    OrganisationContact.objects.filter(pk__in=gone, ended_at=None).update(ended_at=timezone.now())
    for pk in CampaignRecipient.objects.filter(email__in=addresses).values_list("pk", flat=True):
        CampaignRecipient.objects.filter(pk=pk).update(email=nobody_address())
    MailOptOut.objects.filter(email__in=addresses).delete()
