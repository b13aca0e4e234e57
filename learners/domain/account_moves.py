"""What an account holds beside its learner's file, moved to another account when two files are one person's."""

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower

from learners.enums import MemberRole
from learners.models import (
    CalendarFeed,
    Enrolment,
    EnrolmentDraft,
    GuardianAgreement,
    MailOptOut,
    MemberInvitation,
    NotificationChoice,
    OrganisationMember,
    PushDevice,
    QuietHours,
)

_STRENGTH = [MemberRole.READER, MemberRole.CONTACT, MemberRole.MANAGER]


def move_account(loser, winner):
    """(label, number) of what moved. Where both accounts have the same thing, the winner's stays."""
    enrolled = Enrolment.objects.live().filter(learner__user=winner).values("training")
    EnrolmentDraft.objects.filter(user=loser, training__in=enrolled).delete()
    yield "Demandes commencées", _move_lacking(EnrolmentDraft, "training", loser, winner)
    yield "Formations favorites", _move_lacking(winner.favourites.model, "training", loser, winner)
    yield "Adresse de calendrier", _move_only(CalendarFeed, loser, winner)
    yield "Appareils prévenus", PushDevice.objects.filter(user=loser).update(user=winner)
    yield "Choix de notification", _move_lacking(NotificationChoice, "topic", loser, winner)
    yield "Heures de silence", _move_only(QuietHours, loser, winner)
    _keep_the_stronger_role(loser, winner)
    yield "Organisations", _move_lacking(OrganisationMember, "organisation", loser, winner)
    MemberInvitation.objects.filter(accepted_by=loser).update(accepted_by=winner)
    GuardianAgreement.objects.filter(given_by=loser).update(given_by=winner)
    yield "Refus des messages", _follow_refusal(loser, winner)


def _move_lacking(model, column, loser, winner):
    """Those of the loser that the winner has not, by this column; the others go."""
    rows = model._base_manager.filter(user=loser)
    rows.filter(**{f"{column}__in": model._base_manager.filter(user=winner).values(column)}).delete()
    return rows.update(user=winner)


def _move_only(model, loser, winner):
    """The one row of an account, when the winner has none."""
    if model._base_manager.filter(user=winner).exists():
        model._base_manager.filter(user=loser).delete()
    return model._base_manager.filter(user=loser).update(user=winner)


def _keep_the_stronger_role(loser, winner):
    kept = {item.organisation_id: item for item in OrganisationMember.objects.filter(user=winner)}
    for item in OrganisationMember.objects.filter(user=loser, organisation__in=kept):
        twin = kept[item.organisation_id]
        if _STRENGTH.index(item.role) > _STRENGTH.index(twin.role):
            twin.role = item.role
            twin.save(update_fields=["role"])


def _follow_refusal(loser, winner):
    """Who refused our messages at one address refuses them at the one that stays; the first refusal stays too."""
    addresses = EmailAddress.objects.filter(user=loser, verified=True).values(address=Lower("email"))
    if not MailOptOut.objects.filter(email__in=addresses).exists():
        return 0
    return int(MailOptOut.objects.get_or_create(email=winner.email.lower())[1])
