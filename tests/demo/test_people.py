"""The accounts that `make run` shows open with the password it shows."""

import pytest

from cned_portal.demo import people
from cned_portal.users.enums import Role
from cned_portal.users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(roles):
    User.objects.create_user(people.LEARNER[0], None)  # made by another part of the demonstration
    people.load()


@pytest.mark.parametrize("email", [address for _, address in people.accounts()])
def test_shown_account_opens(loaded, client, email):
    assert client.login(email=email, password=people.DEMO_PASSWORD)
    assert User.objects.get(email=email).emailaddress_set.get().verified


def test_each_role_has_its_account_and_the_auditor_an_end(loaded):
    for role in Role:
        assert User.objects.with_role(role).get().email == people.STAFF[role][0]
    assert User.objects.with_role(Role.AUDITOR).get().role_grants.get().valid_until


def test_second_load_keeps_a_chosen_password(loaded, client):
    user = User.objects.get(email=people.LEARNER[0])
    user.set_password("choisi-depuis-par-camille")
    user.save()
    people.load()
    assert client.login(email=user.email, password="choisi-depuis-par-camille")
    assert User.objects.filter(email=user.email).count() == 1
