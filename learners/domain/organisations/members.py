"""Verbs on the people who act for an organisation: invited by a link, given a role, let go."""

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.verbs import verb
from learners.domain.guardians import token_hash
from learners.domain.refusals import Refusal
from learners.enums import MemberRole
from learners.models import MemberInvitation, Organisation, OrganisationMember

INVITATION_DAYS = 14
MOST_OPEN = 100  # invitations of an organisation that wait: nobody writes to the whole town
MOST_SENDINGS = 5


@verb
def invite_member(organisation, *, email, role, acting_user, at=None):
    """Send an address the link by which its owner acts for the organisation; an expired invitation is replaced.

    Raises Refusal when the person is already a member or invited.
    """
    at = at or timezone.now()
    email = email.strip().lower()
    if organisation.members.filter(user__email=email).exists():
        raise Refusal("Cette personne fait déjà partie de l’organisation.")
    organisation.invitations.open().filter(email=email, expires_at__lte=at).update(revoked_at=at)
    if organisation.invitations.open().count() >= MOST_OPEN:
        raise Refusal("Trop d’invitations attendent une réponse : retirez-en avant d’en envoyer d’autres.")
    token = secrets.token_urlsafe(32)
    invitation = MemberInvitation(
        organisation=organisation,
        email=email,
        role=role,
        token_hash=token_hash(token),
        invited_by=acting_user,
        invited_at=at,
        expires_at=at + timedelta(days=INVITATION_DAYS),
    )
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError:
        raise Refusal("Cette personne est déjà invitée.") from None
    _send(invitation, token)
    return invitation


@verb
def resend_invitation(invitation, *, acting_user, at=None):
    """Send a new link, which replaces the former one. Raises Refusal once it is accepted, revoked or sent too often."""
    at = at or timezone.now()
    invitation = MemberInvitation.objects.select_for_update().open().filter(pk=invitation.pk).first()
    if invitation is None:
        raise Refusal("Cette invitation est déjà acceptée ou retirée.")
    if invitation.sendings >= MOST_SENDINGS:
        raise Refusal("Cette invitation est déjà partie plusieurs fois : vérifiez l’adresse, puis refaites-en une.")
    token = secrets.token_urlsafe(32)
    invitation.token_hash = token_hash(token)
    invitation.sendings += 1
    invitation.expires_at = at + timedelta(days=INVITATION_DAYS)
    invitation.save(update_fields=["token_hash", "sendings", "expires_at"])
    _send(invitation, token)
    return invitation


@verb
def revoke_invitation(invitation, *, acting_user, at=None):
    """The link is worth nothing any more. Revoking twice changes nothing."""
    MemberInvitation.objects.open().filter(pk=invitation.pk).update(revoked_at=at or timezone.now())


@verb
def accept_invitation(token, *, acting_user, at=None):
    """Make the signed-in person a member; the link opened again by the same person changes nothing.

    Raises Refusal when the link is unknown, revoked, expired, used by another, or was sent to an address that is not a
    verified one of the account.
    """
    at = at or timezone.now()
    invitation = (
        MemberInvitation.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(token_hash=token_hash(token), revoked_at__isnull=True, organisation__is_active=True)
        .first()
    )
    if invitation is None:
        raise Refusal("Ce lien n’est pas valable.")
    if invitation.accepted_at is not None:
        if invitation.accepted_by_id == acting_user.pk:
            return invitation.organisation
        raise Refusal("Ce lien a déjà servi.")
    if invitation.expires_at <= at:
        raise Refusal("Cette invitation a expiré : demandez-en une nouvelle.")
    if not EmailAddress.objects.filter(user=acting_user, email__iexact=invitation.email, verified=True).exists():
        raise Refusal("Cette invitation a été envoyée à une autre adresse que celle de votre compte.")
    OrganisationMember.objects.get_or_create(
        organisation=invitation.organisation, user=acting_user, defaults={"role": invitation.role}
    )
    invitation.accepted_at, invitation.accepted_by = at, acting_user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return invitation.organisation


@verb
def change_member_role(member, *, role, acting_user):
    """Raises Refusal when the organisation would be left without anyone responsible."""
    member = _locked(member)
    if role != MemberRole.MANAGER:
        _keep_a_manager(member)
    member.role = role
    member.save(update_fields=["role"])


@verb
def remove_member(member, *, acting_user):
    """The person acts for the organisation no more. Raises Refusal for the last one responsible."""
    member = _locked(member)
    _keep_a_manager(member)
    member.delete()


def _locked(member):
    # The organisation's row makes two departures wait for each other: each would see the other one stay.
    Organisation.objects.select_for_update().get(pk=member.organisation_id)
    found = OrganisationMember.objects.filter(pk=member.pk).first()
    if found is None:
        raise Refusal("Cette personne ne fait plus partie de l’organisation.")
    return found


def _keep_a_manager(member):
    others = OrganisationMember.objects.filter(organisation=member.organisation_id, role=MemberRole.MANAGER)
    if member.role == MemberRole.MANAGER and not others.exclude(pk=member.pk).exists():
        raise Refusal("L’organisation garde au moins un responsable : nommez-en un autre d’abord.")


def _send(invitation, token):
    queue_mail(
        key=f"learners.member_invited:{invitation.pk}:{invitation.sendings}",
        kind="learners/email/member_invited",
        to=invitation.email,
        context={
            "invitation": invitation,
            "days": INVITATION_DAYS,
            "url": reverse("learners:member_accept", kwargs={"token": token}),
        },
    )
