"""Agents find a ticket by what it says."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.domain.queries import search
from crc.domain.queries.search import page_by_words
from crc.domain.tickets import add_note, requester_reply
from crc.domain.words import relearn_words
from crc.models import Ticket, TicketWords
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db


def found(text):
    return page_by_words(Ticket.objects.all(), text, "", size=50).rows


def test_subject_name_messages_and_notes_are_found(agent):
    ticket = make_ticket(subject="Réclamation impayée", body="Le colis n’est pas arrivé.", requester_name="Noa Témoin")
    make_ticket(subject="Autre chose")
    requester_reply(ticket, body="Toujours rien depuis mardi.")
    add_note(ticket, body="Transporteur prévenu", acting_user=agent)
    for text in ("reclamation", "réclamations", "colis arrive", "noa temoin", "mardi", "transporteur", "transp"):
        assert found(text) == [ticket], text
    assert found("colis introuvable") == []


@pytest.mark.parametrize("text", ["", " ", "!!!", "' OR 1=1 --", "a & | ! ( )", "x" * 8_000, "é\x07", ":*"])
def test_any_text_is_accepted(text):
    make_ticket()
    found(text)


def test_index_can_be_made_anew():
    ticket = make_ticket(subject="Réclamation")
    TicketWords.objects.all().delete()
    assert relearn_words() == relearn_words() == 1
    assert found("reclamation") == [ticket]


def test_agent_finds_in_their_services_alone(client, staff):
    mine = staff(Role.CRC_AGENT)
    service = ServiceFactory(members=[mine])
    ticket = make_ticket(subject="Girouette", service=service)
    hidden = make_ticket(subject="Girouette cachée")
    client.force_login(mine)
    page = client.get(reverse("admin:crc_queue"), {"q": "girouette"}).text
    assert ticket.reference in page
    assert hidden.reference not in page


@pytest.fixture
def two_in_five(monkeypatch):
    """Ten tickets, of which four say « stage »: too many to be sorted, too few to be met at a glance."""
    monkeypatch.setattr(search, "GLANCE", 2)
    monkeypatch.setattr(search, "HITS_MAX", 3)
    monkeypatch.setattr(search, "REACH", 5)
    topic, start = TopicFactory(), timezone.now()
    return [
        make_ticket(
            topic=topic, body="stage" if number in {0, 1, 4, 6} else "colis", at=start - timedelta(minutes=number)
        )
        for number in range(10)
    ]


def test_search_that_stops_says_so_and_goes_on(two_in_five):
    everything = Ticket.objects.all()
    first = page_by_words(everything, "stage", "", size=5)
    assert [two_in_five.index(ticket) for ticket in first.rows] == [0, 1, 4]
    assert first.is_partial
    second = page_by_words(everything, "stage", first.next_cursor, size=5)
    assert [two_in_five.index(ticket) for ticket in second.rows] == [6]
    third = page_by_words(everything, "stage", second.next_cursor, size=5) if second.next_cursor else second
    assert not third.next_cursor


def test_page_tells_where_the_search_stopped(two_in_five, client, staff):
    client.force_login(staff(Role.CRC_SUPERVISOR))
    response = client.get(reverse("admin:crc_queue"), {"q": "stage"})
    text = response.content.decode()
    assert "La recherche s’est arrêtée après" in text
    assert "Chercher plus loin" in text
    assert 'aria-label="Pages de la file"' in text


@pytest.mark.parametrize("size", [1, 2, 4])
def test_pages_give_each_ticket_once_in_order(two_in_five, size):
    seen, cursor = [], ""
    while True:
        page = page_by_words(Ticket.objects.all(), "stage", cursor, size=size)
        seen += [two_in_five.index(ticket) for ticket in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == [0, 1, 4, 6]
