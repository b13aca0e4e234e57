"""Two agents at one ticket: what one types is kept by itself, and the other is told."""

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from crc.domain.mentions import write_note
from crc.models import AnswerDraft, Mention
from tests.crc.factories import ServiceFactory, make_ticket


@pytest.fixture
def agents(roles, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    agents = [
        staff(Role.CRC_AGENT, first_name="Sacha", last_name="Exemple"),
        staff(Role.CRC_AGENT, first_name="Alix", last_name="Fictif"),
    ]
    ServiceFactory(fallback=True, members=agents)
    return agents


def test_text_is_kept_while_typed_and_the_colleague_is_told(desktop, phone, sign_in, agents):
    ticket = make_ticket()
    address = reverse("admin:crc_ticket", args=[ticket.reference])
    write_note(ticket, body="@alix.fictif ton avis ?", acting_user=agents[0])
    sign_in(desktop.context, agents[0])
    desktop.goto(address)
    desktop.get_by_label("Votre réponse").press_sequentially("Bonjour")
    desktop.get_by_text("Texte gardé le").wait_for()
    assert AnswerDraft.objects.get().body == "Bonjour"

    sign_in(phone.context, agents[1])
    with phone.expect_response("**/presence/"):
        phone.goto(address)
    phone.get_by_text("Sacha Exemple écrit une réponse.").wait_for()
    assert not Mention.objects.filter(seen_at__isnull=True).exists()

    desktop.reload()
    assert desktop.get_by_label("Votre réponse").input_value() == "Bonjour"
    desktop.get_by_text("Alix Fictif lit aussi cette demande.").wait_for()
