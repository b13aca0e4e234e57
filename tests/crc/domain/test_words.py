"""Agents find a ticket by what it says."""

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from crc.domain.tickets import add_note, requester_reply
from crc.domain.queries.search import page_by_words
from crc.domain.words import relearn_words
from crc.models import Ticket, TicketWords
from tests.crc.factories import ServiceFactory, make_ticket

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
