"""People who act for an organisation: invited by a link, by role, and never the last one responsible gone."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.organisations.members import (
    accept_invitation,
    change_member_role,
    invite_member,
    remove_member,
    resend_invitation,
    revoke_invitation,
)
from learners.domain.refusals import Refusal
from learners.enums import MemberRole
from tests.learners.factories import OrganisationFactory, member_of
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def manager(organisation):
    return member_of(organisation)


@pytest.fixture
def invited():
    user = UserFactory(email="nouveau@exemple.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def link(invitation):
    """The secret of the last link that was sent."""
    mail = Mail.objects.get(key=f"learners.member_invited:{invitation.pk}:{invitation.sendings}")
    return re.search(r"/organisation/([^/\s]+)/", mail.text).group(1)


def invite(organisation, manager, **fields):
    values = {"email": "Nouveau@Exemple.example", "role": MemberRole.CONTACT, **fields}
    return invite_member(organisation, acting_user=manager, **values)


def test_invited_person_acts_with_the_role_once_the_link_is_accepted(organisation, manager, invited, client):
    invitation = invite(organisation, manager)
    client.force_login(invited)
    assert client.get(organisation.get_absolute_url()).status_code == 404

    response = client.post(reverse("learners:member_accept", kwargs={"token": link(invitation)}), follow=True)

    assert response.redirect_chain[-1][0] == organisation.get_absolute_url()
    assert organisation.members.get(user=invited).role == MemberRole.CONTACT
    assert accept_invitation(link(invitation), acting_user=invited) == organisation  # again: nothing changes


def test_link_is_worth_nothing_to_another_after_its_time_or_once_revoked(organisation, manager, invited, stranger):
    EmailAddress.objects.create(user=stranger, email=invited.email.upper(), verified=False)
    invitation = invite(organisation, manager)
    with pytest.raises(Refusal, match="autre adresse"):
        accept_invitation(link(invitation), acting_user=stranger)
    with pytest.raises(Refusal, match="expiré"):
        accept_invitation(link(invitation), acting_user=invited, at=timezone.now() + timedelta(days=15))
    revoke_invitation(invitation, acting_user=manager)
    with pytest.raises(Refusal, match="pas valable"):
        accept_invitation(link(invitation), acting_user=invited)
    assert not organisation.members.filter(user__in=[invited, stranger]).exists()


def test_invitation_sent_again_replaces_the_former_link(organisation, manager, invited):
    invitation = invite(organisation, manager)
    old = link(invitation)
    invitation = resend_invitation(invitation, acting_user=manager)

    with pytest.raises(Refusal, match="pas valable"):
        accept_invitation(old, acting_user=invited)
    accept_invitation(link(invitation), acting_user=invited)
    with pytest.raises(Refusal, match="déjà acceptée"):
        resend_invitation(invitation, acting_user=manager)


def test_nobody_is_invited_twice(organisation, manager):
    invite(organisation, manager)
    with pytest.raises(Refusal, match="déjà invitée"):
        invite(organisation, manager)
    with pytest.raises(Refusal, match="déjà partie"):
        invite(organisation, manager, email=manager.email)
    late = timezone.now() + timedelta(days=20)
    assert invite(organisation, manager, at=late).expires_at > late  # an expired one is replaced


def test_organisation_keeps_someone_responsible(organisation, manager):
    member = organisation.members.get(user=manager)
    with pytest.raises(Refusal, match="au moins un responsable"):
        remove_member(member, acting_user=manager)
    with pytest.raises(Refusal, match="au moins un responsable"):
        change_member_role(member, role=MemberRole.READER, acting_user=manager)
    member_of(organisation)
    remove_member(member, acting_user=manager)
    assert organisation.members.count() == 1


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        (MemberRole.READER, "organisation_follow_up", 200),
        (MemberRole.READER, "organisation_quotes", 200),
        (MemberRole.CONTACT, "organisation_groups", 200),
        (MemberRole.MANAGER, "organisation_members", 200),
    ],
)
def test_members_read_and_strangers_find_nothing(organisation, stranger, client, role, name, status):
    address = reverse(f"learners:{name}", kwargs={"organisation": organisation.pk})
    client.force_login(member_of(organisation, role))
    assert client.get(address).status_code == status
    for other in (stranger, member_of(OrganisationFactory())):
        client.force_login(other)
        assert client.get(address).status_code == 404
        assert client.post(address, {}).status_code in {404, 405}
    organisation.is_active = False
    organisation.save(update_fields=["is_active"])
    client.force_login(organisation.members.first().user)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("organisation_members", [MemberRole.CONTACT, MemberRole.READER]),
        ("organisation_quotes", [MemberRole.READER]),
        ("organisation_groups", [MemberRole.READER]),
        ("organisation_papers", [MemberRole.READER]),
    ],
)
def test_roles_act_within_their_bounds(organisation, client, name, refused):
    address = reverse(f"learners:{name}", kwargs={"organisation": organisation.pk})
    for role in MemberRole:
        client.force_login(member_of(organisation, role))
        assert client.post(address, {}).status_code == (404 if role in refused else 200)  # 200: the form, to correct


def test_manager_changes_roles_and_invitations_on_the_page(organisation, manager, client):
    client.force_login(manager)
    other = member_of(organisation, MemberRole.READER)
    keys = {"organisation": organisation.pk}
    client.post(reverse("learners:organisation_members", kwargs=keys), {"email": "a@exemple.example", "role": "reader"})
    invitation = organisation.invitations.get()
    client.post(reverse("learners:organisation_invitation", kwargs={**keys, "pk": invitation.pk}), {"revoke": "1"})
    member = organisation.members.get(user=other)
    client.post(reverse("learners:organisation_member", kwargs={**keys, "pk": member.pk}), {"role": "contact"})

    assert not organisation.invitations.open().exists()
    assert organisation.members.get(user=other).role == MemberRole.CONTACT
    client.force_login(other)
    response = client.post(
        reverse("learners:organisation_member", kwargs={**keys, "pk": member.pk}), {"role": "manager"}
    )
    assert response.status_code == 404


def test_menu_shows_the_organisation_to_its_members_alone(organisation, manager, stranger, client):
    client.force_login(manager)
    assert "Mon organisation" in client.get(reverse("learners:space")).content.decode()
    client.force_login(stranger)
    assert "Mon organisation" not in client.get(reverse("learners:space")).content.decode()
