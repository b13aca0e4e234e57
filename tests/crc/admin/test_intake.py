"""A telephone call written down by an agent."""

import pytest
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from crc.enums import Channel
from crc.models import Ticket
from tests.crc.factories import ServiceFactory, TopicFactory

pytestmark = pytest.mark.django_db
URL = "admin:crc_new_ticket"


@pytest.fixture
def said(client, agent):
    ServiceFactory(fallback=True, members=[agent])
    TopicFactory(code="devoirs")
    client.force_login(agent)
    form = client.get(reverse(URL)).context["form"]
    return {
        "submission": form["submission"].value(),
        "channel": Channel.PHONE,
        "public": "adulte",
        "topic": "devoirs",
        "subject": "Devoir égaré",
        "body": "Elle a envoyé son devoir deux fois.",
        "name": "Camille Exemple",
        "email": "camille@exemple.example",
        "phone": "01 99 00 00 00",
    }


def test_call_is_routed_and_acknowledged_like_any_request(client, said, agent):
    answer = client.post(reverse(URL), said)
    ticket = Ticket.objects.get()
    assert answer.url == reverse("admin:crc_ticket", args=[ticket.reference])
    assert (ticket.channel, ticket.requester_phone) == (Channel.PHONE, "01 99 00 00 00")
    assert ticket.log.filter(actor=agent).exists(), "the log says who wrote it down"
    assert Mail.objects.get().to == "camille@exemple.example"


def test_second_click_makes_no_second_ticket(client, said):
    for _ in range(2):
        client.post(reverse(URL), said)
    assert Ticket.objects.count() == Mail.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("email", "chez elle"), ("topic", "inconnu"), ("channel", "api"), ("body", "")]
)
def test_what_is_wrong_is_said_next_to_its_field(client, said, field, value):
    page = client.post(reverse(URL), {**said, field: value})
    assert page.context["form"].errors.keys() == {field}
    assert not Ticket.objects.exists()
