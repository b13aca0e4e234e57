import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.backoffice import PAGE_SIZE, registry
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import tickets
from crc.enums import Direction, Public, State
from crc.models import Ticket
from tests.crc.factories import ServiceFactory, make_ticket

pytestmark = pytest.mark.django_db
QUEUE = "/gestion/demandes/"
ACTS = {
    "answer": {"body": "Oui", "then": "answered", "version": "1", "last_seen": "1"},
    "note": {"note": "x"},
    "assign": {"assignee": ""},
    "take": {},
    "reroute": {"service": "", "reason": "x"},
    "close": {"reason": "x"},
    "reopen": {"reason": ""},
    "read": {},
    "revoke": {},
}


@pytest.fixture(autouse=True)
def _second_factor_aside(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


@pytest.fixture
def ticket(service):
    return make_ticket(service=service, subject="Ma question")


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def page(response):
    return html.unescape(response.content.decode())


def url_of(ticket, act=None):
    return reverse(f"admin:crc_ticket_{act}" if act else "admin:crc_ticket", args=[ticket.reference])


def answer_to(ticket, **changes):
    last_seen = ticket.messages.order_by("-pk").values_list("pk", flat=True).first()
    return {"body": "Voici.", "then": "answered", "version": ticket.version, "last_seen": last_seen, **changes}


# Access -------------------------------------------------------------------------------------------------------------
def test_agent_of_another_service_finds_nothing(client, staff, ticket):
    client.force_login(staff(Role.CRC_AGENT))
    assert "Ma question" not in page(client.get(QUEUE))
    assert client.get(url_of(ticket)).status_code == 404
    for act, typed in ACTS.items():
        assert client.post(url_of(ticket, act), typed).status_code == 404
    ticket.refresh_from_db()
    assert (ticket.version, ticket.messages.count()) == (1, 1)


def test_agent_of_the_service_works(desk, ticket):
    assert "Ma question" in page(desk.get(QUEUE))
    assert "Ma question" in page(desk.get(url_of(ticket)))


@pytest.mark.parametrize("role", [Role.QUALITY_MANAGER, Role.AUDITOR])
def test_who_only_reads_cannot_act(client, staff, ticket, role):
    client.force_login(staff(role))
    content = page(client.get(url_of(ticket)))
    assert "Ma question" in content
    assert '<form method="post" action="/gestion/demandes' not in content
    for act, typed in ACTS.items():
        assert client.post(url_of(ticket, act), typed).status_code == 403
    ticket.refresh_from_db()
    assert ticket.version == 1


@pytest.mark.parametrize("role", [Role.CATALOGUE_MANAGER, Role.EXAM_ANALYST, Role.ADMINISTRATOR])
def test_other_roles_do_not_open_the_desk(client, staff, ticket, role):
    client.force_login(staff(role))
    assert client.get(QUEUE).status_code == 403
    assert client.get(url_of(ticket)).status_code == 403


def test_person_without_role_is_sent_to_sign_in(client, learner, ticket):
    client.force_login(learner)
    assert client.get(QUEUE).status_code in {302, 403}
    assert client.get(url_of(ticket)).status_code in {302, 403}


def test_acts_are_posts_with_a_csrf_token(agent, ticket):
    client = Client(enforce_csrf_checks=True)
    client.force_login(agent)
    for act, typed in ACTS.items():
        assert client.get(url_of(ticket, act)).status_code == 405
        assert client.post(url_of(ticket, act), typed).status_code == 403


@pytest.mark.parametrize("reference", ["2026-BCDFGHJK", "x", "a%00b"])
def test_unknown_reference_is_not_found(desk, reference):
    assert desk.get(f"{QUEUE}{reference}/").status_code == 404


# Acts ---------------------------------------------------------------------------------------------------------------
def test_answer_from_the_page(desk, agent, ticket):
    response = desk.post(url_of(ticket, "answer"), answer_to(ticket), follow=True)
    assert "Votre réponse est partie." in page(response)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == (State.ANSWERED, agent)


def test_empty_answer_is_said_next_to_the_field(desk, ticket):
    response = desk.post(url_of(ticket, "answer"), answer_to(ticket, body=" "))
    assert response.status_code == 200
    assert "Écrivez votre réponse." in page(response)


def test_answer_to_a_changed_ticket_is_kept_then_sent(desk, ticket):
    typed = answer_to(ticket, body="Mon long texte")
    tickets.requester_reply(ticket, body="J’oubliais un point")
    response = desk.post(url_of(ticket, "answer"), typed)
    assert response.status_code == 409
    content = page(response)
    assert "Un nouveau message depuis l’ouverture" in content
    assert "Mon long texte" in content
    assert "J’oubliais un point" in content
    form = response.context["forms"]["answer"]
    again = {name: form[name].value() for name in typed}
    assert desk.post(url_of(ticket, "answer"), again).status_code == 302
    assert ticket.messages.filter(direction=Direction.OUT).count() == 1


def test_answer_sent_twice_leaves_once(desk, ticket):
    typed = answer_to(ticket)
    assert desk.post(url_of(ticket, "answer"), typed).status_code == 302
    assert desk.post(url_of(ticket, "answer"), typed).status_code == 409
    assert ticket.messages.filter(direction=Direction.OUT).count() == 1


def test_note_take_assign_close_reopen(desk, agent, ticket):
    desk.post(url_of(ticket, "note"), {"note": "Vu avec le service"})
    assert "Vu avec le service" in page(desk.get(url_of(ticket)))
    desk.post(url_of(ticket, "take"))
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    desk.post(url_of(ticket, "assign"), {"assignee": ""})
    ticket.refresh_from_db()
    assert ticket.assignee is None
    refused = desk.post(url_of(ticket, "close"), {"reason": ""})
    assert refused.status_code == 409
    assert "indiquez pourquoi" in page(refused)
    desk.post(url_of(ticket, "close"), {"reason": "Doublon"})
    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED
    assert "Répondre au demandeur" not in page(desk.get(url_of(ticket)))
    desk.post(url_of(ticket, "reopen"), {"reason": ""})
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


def test_assign_offers_the_service_only(desk, ticket, staff):
    other = staff(Role.CRC_AGENT)
    response = desk.post(url_of(ticket, "assign"), {"assignee": other.pk})
    assert response.status_code == 200


def test_reroute_leaves_the_queue_of_the_agent(desk, ticket):
    other = ServiceFactory()
    response = desk.post(url_of(ticket, "reroute"), {"service": other.pk, "reason": "Paiement"}, follow=True)
    assert response.status_code == 200
    assert desk.get(url_of(ticket)).status_code == 404
    ticket.refresh_from_db()
    assert ticket.service == other


def test_mark_read(desk, ticket):
    desk.post(url_of(ticket, "read"))
    ticket.refresh_from_db()
    assert not ticket.has_unread


def test_revoked_links(desk, ticket):
    desk.post(url_of(ticket, "revoke"))
    ticket.refresh_from_db()
    assert ticket.tracking_generation == 2


# What is shown ------------------------------------------------------------------------------------------------------
def test_hostile_text_is_shown_as_text(desk, service):
    attack = "<script>alert(1)</script>"
    ticket = make_ticket(service=service, subject=attack, body=attack, requester_name=attack)
    for url in (QUEUE, url_of(ticket)):
        content = desk.get(url).content.decode()
        assert attack not in content
        assert "&lt;script&gt;" in content


def test_context_shows_past_tickets_the_agent_may_read(desk, service, ticket, learner):
    make_ticket(service=service, subject="Visible", requester_email="CAMILLE@exemple.example")
    make_ticket(service=ServiceFactory(), subject="Ailleurs")
    make_ticket(service=service, subject="Quelqu’un d’autre", requester_email="autre@exemple.example")
    content = page(desk.get(url_of(ticket)))
    assert "Visible" in content
    assert "Ailleurs" not in content
    assert "Quelqu’un d’autre" not in content


def test_queue_puts_the_most_pressing_first(desk, service):
    now = timezone.now()
    late = make_ticket(service=service, subject="Ancienne", at=now - timedelta(days=10))
    new = make_ticket(service=service, subject="Récente", at=now)
    response = desk.get(QUEUE)
    assert [row.pk for row in response.context["page"].rows] == [late.pk, new.pk]
    assert "En retard" in page(response)
    assert [row.pk for row in desk.get(QUEUE, {"etat": "en-retard"}).context["page"].rows] == [late.pk]


def test_filters(desk, agent, service, ticket):
    other = ServiceFactory(members=[agent])
    mine = make_ticket(service=other, requester_email="Zoe@exemple.example")
    tickets.assign_ticket(mine, assignee=agent, acting_user=agent)
    closed = make_ticket(service=other, answered_by=agent, closed_by=agent)

    def found(**params):
        return {row.pk for row in desk.get(QUEUE, params).context["page"].rows}

    assert found() == {ticket.pk, mine.pk}
    assert found(service=other.code) == {mine.pk}
    assert found(**{"a-moi": "1"}) == {mine.pk}
    assert found(etat="closed") == {closed.pk}
    assert found(etat="toutes") == {ticket.pk, mine.pk, closed.pk}
    assert found(etat="new") == {ticket.pk}
    assert found(q=closed.reference.lower()) == {closed.pk}
    assert found(q="ZOE@exemple.example") == {mine.pk}
    assert found(**{"non-lues": "1"}) == {ticket.pk}
    assert found(etat="<script>", service="a\0b", q="\0") == set()


def test_filter_does_not_open_another_service(desk, ticket):
    other = make_ticket(service=ServiceFactory())
    for params in ({"service": other.service.code}, {"q": other.reference}, {"etat": "toutes"}):
        assert other.pk not in {row.pk for row in desk.get(QUEUE, params).context["page"].rows}


@pytest.mark.parametrize("etat", ["a-repondre", "toutes"])
def test_pages_follow_without_gap_or_double(desk, service, etat):
    now = timezone.now()
    topic = make_ticket(service=service).topic
    Ticket.objects.all().update(received_at=now - timedelta(days=30))
    template = Ticket.objects.get()
    rows = []
    for number in range(PAGE_SIZE * 2 + 5):
        at = now + timedelta(minutes=number // 7)  # many at the same instant
        rows.append(
            Ticket(
                reference=f"2025-{'BCDFGHJK'[number % 8] * 5}{'23456789'[number // 8 % 8]}{'BCDFGHJK'[number // 64]}2",
                kind=template.kind,
                public=Public.ADULT,
                topic=topic,
                service=service,
                requester_name="x",
                requester_email="x@exemple.example",
                subject=str(number),
                received_at=now - timedelta(days=1),
                due_at=at,
                first_due_at=at,
                resolution_due_at=at,
                calendar_version=1,
                last_message_at=at,
            )
        )
    Ticket.objects.bulk_create(rows)
    seen, url = [], f"{QUEUE}?etat={etat}"
    while url:
        response = desk.get(url)
        seen += [row.pk for row in response.context["page"].rows]
        url = response.context["next_url"]
    assert len(seen) == len(set(seen)) == PAGE_SIZE * 2 + 6


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "WyIyMDI2LTAxLTAxIiwxXQ"])
def test_made_up_cursor_is_not_found(desk, cursor):
    assert desk.get(QUEUE, {"apres": cursor}).status_code == 404


def _queries(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert not [query["sql"] for query in captured if not query["sql"].startswith(("SELECT", "DECLARE"))]
    return len(captured)


def test_queue_costs_the_same_with_more_rows(desk, service, ticket):
    one = _queries(desk, QUEUE)
    for _ in range(2):
        make_ticket(service=service)
    assert _queries(desk, QUEUE) == one
    assert one <= 16


def test_ticket_page_costs_the_same_with_a_longer_thread(desk, agent, service, ticket):
    one = _queries(desk, url_of(ticket))
    for number in range(2):
        tickets.requester_reply(ticket, body=str(number))
        tickets.add_note(ticket, body=str(number), acting_user=agent)
        make_ticket(service=service)
    assert _queries(desk, url_of(ticket)) == one
    assert one <= 34


def test_todo_shows_what_waits(agent, stranger, service, ticket):
    make_ticket(service=service, at=timezone.now() - timedelta(days=30))
    provider = next(one for one in registry.todo_providers if one.__name__ == "tickets_to_answer")
    todos = {item.label: item for item in provider(User.objects.get(pk=agent.pk))}
    assert todos["Demandes en retard"].count == 1
    assert todos["Demandes en retard"].urgent
    assert todos["Nouvelles demandes dans mes services"].count == 2
    assert provider(stranger) == []
