"""Accounts in the back-office: roles with their dates, lost phones, and what an administrator may not do."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client, staff):
    person = staff(Role.ADMINISTRATOR)
    client.force_login(person)
    return person


def change_url(user):
    return reverse("admin:users_user_change", args=[user.pk])


def form(user, **grant):
    data = {"email": user.email, "first_name": "Camille", "last_name": "Exemple", "is_active": "on", "is_staff": "on"}
    prefix = "role_grants"
    data |= {f"{prefix}-TOTAL_FORMS": 1 if grant else 0, f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-0-{name}": value for name, value in grant.items()}


def group(role):
    return Group.objects.get(name=role).pk


def test_role_is_granted_until_a_date(client, administrator, learner):
    until = timezone.localtime() + timedelta(days=10)
    data = form(learner, group=group(Role.AUDITOR), valid_until=f"{until:%Y-%m-%dT%H:%M}")
    assert client.post(change_url(learner), data).status_code == 302
    grant = RoleGrant.objects.get(user=learner)
    assert abs(grant.valid_until - until) < timedelta(minutes=1)
    assert User.objects.get(pk=learner.pk).has_role(Role.AUDITOR)


def test_auditor_without_an_end_is_refused_beside_the_date(client, administrator, learner):
    page = client.post(change_url(learner), form(learner, group=group(Role.AUDITOR), valid_until=""))
    assert "a toujours une date de fin" in page.content.decode()
    assert not RoleGrant.objects.filter(user=learner).exists()


def test_nobody_grants_a_role_to_themselves(client, administrator):
    client.post(change_url(administrator), form(administrator, group=group(Role.QUALITY_MANAGER), valid_until=""))
    assert [str(grant) for grant in administrator.role_grants.all()] == [Role.ADMINISTRATOR.label]


def test_superuser_is_out_of_reach(client, administrator):
    boss = UserFactory(is_superuser=True, is_staff=True)
    assert client.get(change_url(boss)).status_code == 302
    assert boss.email not in client.get(reverse("admin:users_user_changelist")).content.decode()
    data = {**form(administrator), "is_superuser": "on"}
    client.post(change_url(administrator), data)
    assert not User.objects.get(pk=administrator.pk).is_superuser


def test_nobody_deletes_an_account(client, administrator, learner):
    assert client.post(reverse("admin:users_user_delete", args=[learner.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=learner.pk).exists()


def test_lost_phone(client, administrator, agent):
    agent.set_password("un-mot-de-passe-fictif")
    agent.save()
    agent.emailaddress_set.create(email=agent.email, verified=True, primary=True)
    theirs = Client()
    theirs.post(reverse("account_login"), {"login": agent.email, "password": "un-mot-de-passe-fictif"})
    assert theirs.get(reverse("admin:index")).status_code == 200
    TOTP.activate(agent, generate_totp_secret())
    data = {"action": "reset_second_factor", "_selected_action": [agent.pk]}
    page = client.post(reverse("admin:users_user_changelist"), data, follow=True)
    assert "Second facteur retiré pour 1 compte" in page.content.decode()
    assert not Authenticator.objects.filter(user=agent).exists()
    assert theirs.get(reverse("admin:index")).status_code == 302, "the sessions are over"


def test_agent_sees_no_account(client, agent, learner):
    client.force_login(agent)
    assert client.get(change_url(learner)).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_with_more_rows(client, administrator, rows, django_assert_num_queries):
    for _ in range(rows):
        UserFactory()
    client.get(reverse("admin:users_user_changelist"))
    with django_assert_num_queries(5):
        client.get(reverse("admin:users_user_changelist"))
