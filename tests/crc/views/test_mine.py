from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crc.forms import new_stamp
from crc.views.mine import PAGE_SIZE
from tests.crc.factories import TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db
MINE = "/mon-espace/demandes/"


@pytest.fixture
def ticket(learner):
    return make_ticket(requester=learner, subject="La mienne")


def test_person_sees_their_own_requests(client, ticket, learner, stranger):
    client.force_login(learner)
    assert "La mienne" in client.get(MINE).content.decode()
    client.force_login(stranger)
    assert "La mienne" not in client.get(MINE).content.decode()


def test_person_reads_and_replies_to_their_own(client, ticket, learner, stranger):
    url = reverse("crc:mine_ticket", args=[ticket.reference])
    typed = {"body": "Je complète", "stamp": new_stamp()}
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(url, typed).status_code == 404
    client.force_login(learner)
    assert client.get(url).status_code == 200
    assert client.post(url, typed).status_code == 302
    assert ticket.messages.count() == 2


def test_same_address_is_not_the_same_person(client, stranger, ticket):
    """Anybody can type an address: only the account counts."""
    make_ticket(requester_email=stranger.email, subject="Pas la sienne")
    client.force_login(stranger)
    assert "Pas la sienne" not in client.get(MINE).content.decode()


@pytest.mark.parametrize("url", [MINE, f"{MINE}2026-BCDFGHJK/"])
def test_visitor_signs_in_first(client, url):
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("reference", ["2026-BCDFGHJK", "x", "a%00b"])
def test_unknown_reference_is_not_found(client, learner, reference):
    client.force_login(learner)
    assert client.get(f"{MINE}{reference}/").status_code == 404


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "W251bGwsbnVsbF0", "é", "WyIyMDI2LTAxLTAxIiwxXQ"])
def test_made_up_cursor_is_not_found(client, learner, cursor):
    client.force_login(learner)
    assert client.get(MINE, {"apres": cursor}).status_code == 404


def test_pages_follow_without_gap_or_double(client, learner):
    fallback_service()
    topic, now = TopicFactory(), timezone.now()
    made = {
        make_ticket(topic=topic, requester=learner, at=now - timedelta(hours=number // 3)).reference
        for number in range(PAGE_SIZE + 5)
    }
    client.force_login(learner)
    first = client.get(MINE).context["page"]
    second = client.get(MINE, {"apres": first.next_cursor}).context["page"]
    seen = [ticket.reference for ticket in first.rows + second.rows]
    assert len(seen) == len(set(seen)) == len(made)
    assert set(seen) == made
    assert not second.next_cursor


def test_list_costs_the_same_with_more_rows(client, learner, ticket, django_assert_num_queries):
    client.force_login(learner)
    client.get(MINE)
    with django_assert_num_queries(2):
        client.get(MINE)
    make_ticket(requester=learner)
    make_ticket(requester=learner)
    with django_assert_num_queries(2):
        client.get(MINE)
