"""No person ever reads, or changes, another's object, by any address of the site or of the API.

Every address that people open once signed in is tried by a stranger on the owner's rows: a new address is tried without
anybody thinking of it, as soon as `access_table.toml` names it.
"""

import pytest
from django.test import Client
from django.urls import resolve

from tests.demo_rows import LEARNER
from tests.learners.factories import LearnerProfileFactory
from tests.test_access import NAMES, TABLE, address, outcome, rule_of

pytestmark = pytest.mark.django_db
OBJECT_KEYS = {"pk", "reference"}  # arguments that designate a row of somebody; others are slugs of public things
PEOPLE = [name for name in NAMES if rule_of(name) in (["owner"], "signed-in") and not name.startswith("admin:")]


@pytest.fixture(scope="module")
def stranger_client(world):
    """Signed in, with a learner's file of their own."""
    client = Client()
    client.force_login(LearnerProfileFactory(user__first_name="Bérénice", user__last_name="Tierce").user)
    return client


@pytest.fixture(scope="module")
def markers(world):
    """What only the owner's pages say."""
    owner = world.person(LEARNER)
    learner = owner.learner_profile
    return [owner.email, owner.get_full_name(), learner.number, learner.phone, "1 rue de l’Exemple"]


def text(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_reads_and_changes_nothing_of_the_owner(name, method, world, stranger_client, markers):
    url = address(name, world)
    response = getattr(stranger_client, method)(url, headers={"Idempotency-Key": "une-cle"})

    said = text(response)
    assert not [marker for marker in markers if marker in said]
    if OBJECT_KEYS & set(resolve(url).kwargs):
        assert response.status_code in {404, 405}


def test_every_address_with_somebody_s_key_is_tried_and_opens_for_its_owner(world):
    """The proof is worth nothing for an address where the owner too would be refused."""
    owner = Client()
    owner.force_login(world.person(LEARNER))
    keyed = [name for name in PEOPLE if OBJECT_KEYS & set(resolve(address(name, world)).kwargs)]
    assert len(keyed) >= 12
    owned = [name for name in keyed if TABLE["people"].get(name) == ["owner"]]
    assert {outcome(owner, address(name, world)) for name in owned} == {"open"}
