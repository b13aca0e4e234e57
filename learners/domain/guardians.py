"""Verbs on guardians: inviting an adult to follow a minor, accepting, ending."""

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.verbs import verb
from learners.domain.notifications import notify
from learners.domain.refusals import Refusal
from learners.enums import MAJORITY, EndReason, Relationship
from learners.models import Guardianship, LearnerProfile
from learners.models.people import born_to_be

INVITATION_DAYS = 14
RESEND_AFTER = timedelta(hours=1)
INVITATIONS_A_DAY = 10  # that one minor sends
LASTING = "Écrivez-nous : le lien avec un responsable légal ne se retire pas seul."
INVITATIONS_AT_ONCE = 6  # pending or in force, for one minor


def own_file_of_a_minor(user):
    """The person's own file while they are a minor."""
    return LearnerProfile.objects.minors().filter(user=user)


def own_wards(user):
    """The bonds by which the person follows minors, ended ones too: the page says so."""
    return Guardianship.objects.filter(guardian=user)


def token_hash(token):
    return hashlib.sha256(token.encode()).hexdigest()


@verb
def invite_guardian(learner, *, email, acting_user, relationship=Relationship.PARENT, at=None):
    """Send an adult the link by which they become the guardian of a minor; an expired invitation is replaced.

    Raises Refusal when the learner is of age, when the address is one of the learner's own, or when the person is
    already invited or bound.
    """
    at = at or timezone.now()
    email = email.strip().lower()
    if not learner.is_minor:
        raise Refusal("Seul un apprenant mineur a un responsable légal.")
    if email == learner.user.email or EmailAddress.objects.filter(user=learner.user, email__iexact=email).exists():
        raise Refusal("Indiquez l’adresse du responsable, pas celle de l’apprenant.")
    if Guardianship.objects.filter(learner=learner, ended_at__isnull=True).count() >= INVITATIONS_AT_ONCE:
        raise Refusal("Cet apprenant a déjà assez de responsables et d’invitations en attente.")
    Guardianship.objects.filter(
        learner=learner, invited_email=email, accepted_at__isnull=True, ended_at__isnull=True, expires_at__lte=at
    ).update(ended_at=at)
    token = secrets.token_urlsafe(32)
    guardianship = Guardianship(
        learner=learner,
        relationship=relationship,
        invited_email=email,
        token_hash=token_hash(token),
        invited_by=acting_user,
        invited_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    try:
        with transaction.atomic():
            guardianship.save(force_insert=True)
    except IntegrityError:
        raise Refusal("Cette personne est déjà invitée ou responsable de cet apprenant.") from None
    queue_mail(
        key=f"learners.guardian_invited:{guardianship.pk}",
        kind="learners/email/guardian_invited",
        to=email,
        context={
            "guardianship": guardianship,
            "days": INVITATION_DAYS,
            "url": reverse("learners:guardian_accept", kwargs={"token": token}),
        },
    )
    return guardianship


@verb
def accept_guardianship(token, *, acting_user, at=None):
    """Bind the signed-in adult to the minor; the link opened again by the same person changes nothing.

    Raises Refusal when the link is unknown, expired, already used by another, was sent to an address that is not a
    verified one of the account, or when the account is a minor's: an adult signs (article 371-1 of the civil code).
    """
    at = at or timezone.now()
    found = (
        Guardianship.objects.select_for_update(of=("self",))
        .select_related("learner__user")
        .filter(token_hash=token_hash(token), ended_at__isnull=True)
        .first()
    )
    if found is None:
        raise Refusal("Ce lien n’est pas valable.")
    if found.accepted_at is not None:
        if found.guardian_id == acting_user.pk:
            return found
        raise Refusal("Ce lien a déjà servi.")
    if found.expires_at <= at:
        raise Refusal("Cette invitation a expiré : demandez-en une nouvelle.")
    if not EmailAddress.objects.filter(user=acting_user, email__iexact=found.invited_email, verified=True).exists():
        raise Refusal("Cette invitation a été envoyée à une autre adresse que celle de votre compte.")
    if found.learner.user_id == acting_user.pk:
        raise Refusal("Un apprenant n’est pas son propre responsable.")
    if LearnerProfile.objects.minors().filter(user=acting_user).exists():
        raise Refusal("Un responsable légal est majeur : votre compte est celui d’un apprenant mineur.")
    found.guardian, found.accepted_at = acting_user, at
    try:
        with transaction.atomic():
            found.save(update_fields=["guardian", "accepted_at"])
    except IntegrityError:
        raise Refusal("Vous êtes déjà responsable de cet apprenant.") from None
    return found


@verb
def resend_invitation(guardianship, *, acting_user, at=None):
    """Send a new link to the same address; the former one is worth nothing any more.

    Raises Refusal when the invitation was accepted or ended, or was sent less than an hour ago.
    """
    at = at or timezone.now()
    found = Guardianship.objects.select_for_update(of=("self",)).select_related("learner__user").get(pk=guardianship.pk)
    if found.accepted_at or found.ended_at:
        raise Refusal("Cette invitation n’attend plus de réponse.")
    if found.invited_at > at - RESEND_AFTER:
        raise Refusal("Cette invitation vient d’être envoyée : attendez une heure avant de la renvoyer.")
    Guardianship.objects.filter(pk=found.pk).update(ended_at=at)
    return invite_guardian(
        found.learner, email=found.invited_email, relationship=found.relationship, acting_user=acting_user, at=at
    )


@verb
def end_guardianship(guardianship, *, acting_user, reason="", at=None):
    """The adult follows the minor no more: what they signed stays. Ending twice changes nothing."""
    Guardianship.objects.filter(pk=guardianship.pk, ended_at__isnull=True).update(
        ended_at=at or timezone.now(), end_reason=reason
    )
    guardianship.refresh_from_db()
    return guardianship


def learner_may_end(guardianship):
    """A minor takes back an invitation, or their trust in another adult; never from who signs for them."""
    return guardianship.ended_at is None and (guardianship.accepted_at is None or not guardianship.signs)


def end_at_majority(*, most=500):
    """End the guardianships of those who came of age and tell both sides; number ended. Twice changes nothing."""
    of_age = born_to_be(MAJORITY, timezone.localdate())
    due = Guardianship.objects.filter(ended_at__isnull=True, learner__date_of_birth__lte=of_age)
    return sum(_end_at_majority(pk, acting_user=None) for pk in due.order_by("pk").values_list("pk", flat=True)[:most])


@verb
def _end_at_majority(pk, *, acting_user):
    ended = Guardianship.objects.filter(pk=pk, ended_at__isnull=True).update(
        ended_at=timezone.now(), end_reason=EndReason.MAJORITY
    )
    found = Guardianship.objects.select_related("learner__user", "guardian").get(pk=pk)
    if ended and found.guardian is not None:
        for event, user in (("majority_guardian", found.guardian), ("majority_learner", found.learner.user)):
            notify(user, event=event, key=f"{event}:{pk}", context={"guardianship": found})
    return ended
