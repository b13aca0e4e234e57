"""Erasing a person in place: rows stay with their dates, for statistics; names, addresses and texts go.

With `forget` and the nightly retention, the only place of this app that lifts append-only triggers, by their names.
"""

import secrets

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.privacy.exports import erase_exports
from learners.domain.privacy.forget import ERASED, forget_organisations, forget_studies
from learners.domain.privacy.own_studies import proved_addresses
from learners.enums import EndReason
from learners.models import Accommodation, Address, DataExport, Guardianship, LearnerProfile, QuietHours, RightRequest

FIRST_NAME, LAST_NAME = "Compte", "fermé"
LIFTED = ("users.UserEvent:append_only", "learners.LearnerProfileEvent:append_only")
LIFTED_OF_GUARDIANS = "learners.GuardianshipEvent:append_only"
NO_ADDRESS = {"street": "", "street_extra": "", "postal_code": "", "city": ""}


def nobody_address():
    """A new address that belongs to nobody and is made from nothing of the person."""
    return f"anonyme-{secrets.token_hex(8)}@anonyme.invalid"


@verb
def anonymise_account(user, *, acting_user):
    """Erase who the person was from the account, the learner's file and their history; no one signs in any more."""
    former, addresses, names = user.email, proved_addresses(user), _names(user)
    _forget_ways_in(user)
    user.email, user.first_name, user.last_name = nobody_address(), FIRST_NAME, LAST_NAME
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["email", "first_name", "last_name", "is_active", "password"])
    user.favourites.all().delete()
    user.organisation_memberships.all().delete()
    user.push_devices.all().delete()
    user.notification_choices.all().delete()
    QuietHours.objects.filter(user=user).delete()
    erase_exports(DataExport.objects.filter(user=user).kept())
    files = LearnerProfile.objects.filter(Q(user=user) | Q(merged_into__user=user))
    keys = list(files.values_list("pk", flat=True))
    forget_studies(user, keys, names)
    forget_organisations(user, keys, addresses, nobody_address)
    gone = {**NO_ADDRESS, "country": "", "date_of_birth": None}
    files.update(**gone, phone="", situation="", anonymised_at=timezone.now())
    Address.objects.filter(learner__in=keys).delete()
    Accommodation.objects.filter(learner__in=keys).delete()
    RightRequest.objects.filter(learner__in=keys).update(wanted="", answer=ERASED)
    with pgtrigger.ignore(*LIFTED):
        user.pgh_event_model.objects.filter(pgh_obj_id=user.pk).update(
            email=user.email, first_name=FIRST_NAME, last_name=LAST_NAME
        )
        LearnerProfile.pgh_event_model.objects.filter(pgh_obj_id__in=keys).update(**gone, situation="")
    _forget_guardians(user, former, keys)


def _names(user):
    """Words that name the person, today and in the history of the account."""
    columns = ("first_name", "last_name", "email")
    known = [getattr(user, column) for column in columns]
    for row in user.pgh_event_model.objects.filter(pgh_obj_id=user.pk).values_list(*columns):
        known += row
    return sorted({name for name in known if name})


def _forget_ways_in(user):
    EmailAddress.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()


def _forget_guardians(user, email, keys):
    """The bonds end on both sides; the address that was invited goes where it is the person's, or about them."""
    bonds = Guardianship.objects.filter(Q(guardian=user) | Q(learner__in=keys) | Q(invited_email=email))
    bonds.filter(ended_at=None).update(ended_at=timezone.now(), end_reason=EndReason.CLOSED)
    with pgtrigger.ignore(LIFTED_OF_GUARDIANS):
        for pk in bonds.values_list("pk", flat=True):
            address = nobody_address()
            Guardianship.objects.filter(pk=pk).update(invited_email=address)
            Guardianship.pgh_event_model.objects.filter(pgh_obj_id=pk).update(invited_email=address)
