"""A telephone call written down by an agent; a rule tried before it acts."""

import pytest
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.enums import FOREIGN, Channel
from crc.models import Ticket
from tests.crc.factories import RoutingRuleFactory, ServiceFactory, TopicFactory, make_ticket

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


def test_rule_is_tried_on_past_requests_before_it_acts(client, staff, django_assert_max_num_queries):
    supervisor = staff(Role.CRC_SUPERVISOR)
    parcels, elsewhere = ServiceFactory(name="Colis"), ServiceFactory(name="Ailleurs")
    topic = TopicFactory(code="autre")
    make_ticket(subject="Mon colis", topic=topic)
    make_ticket(subject="Mon devoir", topic=topic)
    known = make_ticket(subject="Colis égaré", service=elsewhere)
    rule = RoutingRuleFactory(position=900, keywords="colis", service=parcels, is_active=False)
    client.force_login(supervisor)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("admin:crc_rule_trial", args=[rule.pk])).text
    assert "elle en aurait pris 1" in page, "an earlier rule keeps what it already takes"
    assert "Mon colis" in page
    assert known.reference not in page
    assert Ticket.objects.filter(service=parcels).count() == 0, "nothing was routed"


def test_rule_on_a_language_is_tried_on_requests_older_than_languages(client, staff):
    make_ticket(subject="Mon colis", body="Bonjour, où est mon colis ?")
    recent = make_ticket(subject="My parcel", body="Hello, where is my parcel?")
    older = make_ticket(subject="My book", body="Hello, where is my book?")
    Ticket.objects.filter(pk=older.pk).update(language="")
    rule = RoutingRuleFactory(position=900, language=FOREIGN, is_active=False)
    client.force_login(staff(Role.CRC_SUPERVISOR))
    page = client.get(reverse("admin:crc_rule_trial", args=[rule.pk])).text
    assert "elle en aurait pris 2" in page
    assert recent.subject in page
    assert older.subject in page


def test_supervisor_gives_a_rule_a_language(client, staff):
    rule = RoutingRuleFactory()
    client.force_login(staff(Role.CRC_SUPERVISOR))
    url = reverse("admin:crc_routingrule_change", args=[rule.pk])
    typed = {"position": rule.position, "name": rule.name, "service": rule.service_id, "is_active": "on"}
    assert client.post(url, {**typed, "language": "klingon"}).status_code == 200
    assert client.post(url, {**typed, "language": FOREIGN}).status_code == 302
    rule.refresh_from_db()
    assert rule.language == FOREIGN
