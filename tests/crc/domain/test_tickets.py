import threading
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.template.base import Template
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain import tickets
from crc.domain.refusals import MoveRefused, Refusal, StaleTicket
from crc.domain.tracking import find_tracked
from crc.enums import ALLOWED_MOVES, Direction, Event, Kind, State
from crc.models import LogEntry, Message, RoutingDecision, Ticket
from tests.crc.factories import ServiceFactory, TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    return fallback_service()


@pytest.fixture
def clerk(agent, service):
    """An agent of the default service."""
    agent.service_memberships.create(service=service)
    return agent


def test_request_is_written_whole(service):
    ticket = make_ticket()
    assert ticket.state == State.NEW
    assert ticket.service == service
    assert ticket.due_at == ticket.first_due_at > ticket.received_at
    assert ticket.calendar_version == service.calendar.version
    assert ticket.messages.get().direction == Direction.IN
    assert ticket.has_unread
    assert list(ticket.log.order_by("pk").values_list("event", flat=True)) == [Event.RECEIVED, Event.ROUTED]
    mail = Mail.objects.get()
    assert mail.to == ticket.requester_email
    assert mail.subject == f"Demande {ticket.reference} : bien reçue"


def test_acknowledgement_says_what_the_law_asks(service):
    ticket = make_ticket(topic=TopicFactory(kind=Kind.COMPLAINT))
    mail = Mail.objects.get()
    for part in (mail.text, mail.html):
        assert ticket.reference in part
        assert service.name in part
        assert service.email in part
        assert service.phone in part
        assert "1 rue Imaginaire" in part
        assert "L231-4" in part
        assert "/demandes/suivi/" in part
    assert "Réponse prévue au plus tard le" in mail.text
    assert "Camille" not in mail.subject


def test_information_request_has_no_decision_by_silence(service):
    make_ticket()
    assert "ne vaut aucune décision" in Mail.objects.get().text


def test_failing_mail_leaves_no_ticket(service, settings, monkeypatch):
    """The mail is rendered last: when it cannot be, nothing of the request remains."""
    topic = TopicFactory()

    def broken(self, context):
        raise OSError("no template")

    monkeypatch.setattr(Template, "render", broken)
    with pytest.raises(OSError, match="no template"):
        make_ticket(topic=topic)
    for model in (Ticket, Message, RoutingDecision, LogEntry, Mail):
        assert not model.objects.exists()


def test_same_form_twice_gives_one_ticket(service):
    key = uuid.uuid4()
    first = make_ticket(submission_key=key)
    second = make_ticket(submission_key=key)
    assert first == second
    assert Ticket.objects.count() == Message.objects.count() == Mail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_form_twice_at_once_gives_one_ticket():
    fallback_service()
    topic, key, made = TopicFactory(), uuid.uuid4(), []

    def send():
        try:
            made.append(make_ticket(topic=topic, submission_key=key).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert len(set(made)) == 1
    assert Ticket.objects.count() == Message.objects.count() == Mail.objects.count() == 1


def test_references_do_not_follow_each_other(service):
    codes = {make_ticket().reference for _ in range(20)}
    assert len(codes) == 20
    assert len({code[5:7] for code in codes}) > 5


def test_answer_reaches_the_requester(clerk):
    ticket = make_ticket(at=timezone.now() - timedelta(days=7))
    message = tickets.answer_ticket(ticket, body="Le voici.", version=ticket.version, acting_user=clerk)
    ticket.refresh_from_db()
    assert ticket.state == State.ANSWERED
    assert ticket.first_answer_at == message.created_at
    assert ticket.first_answer_minutes > 0
    assert ticket.assignee == clerk
    assert not ticket.has_unread
    mail = Mail.objects.get(kind="crc/email/ticket_answered")
    assert "Le voici." in mail.text
    token = mail.text.split("/demandes/suivi/")[1].split("/")[0]
    assert find_tracked(token) == ticket


def test_second_answer_keeps_the_first_date(clerk):
    ticket = make_ticket(answered_by=clerk)
    first = ticket.first_answer_at
    tickets.answer_ticket(ticket, body="Encore.", version=ticket.version, acting_user=clerk)
    ticket.refresh_from_db()
    assert ticket.first_answer_at == first
    assert ticket.message_count == 3


def test_answer_written_before_a_new_message_is_sent_back(clerk):
    ticket = make_ticket()
    last_seen = ticket.messages.get().pk
    tickets.requester_reply(ticket, body="J’oubliais…")
    tickets.requester_reply(ticket, body="Et aussi…")
    with pytest.raises(StaleTicket, match="2 nouveaux messages depuis l’ouverture"):
        tickets.answer_ticket(ticket, body="Voilà.", version=ticket.version, last_seen=last_seen, acting_user=clerk)
    assert not ticket.messages.filter(direction=Direction.OUT).exists()
    assert not Mail.objects.filter(kind="crc/email/ticket_answered").exists()


@pytest.mark.django_db(transaction=True)
def test_two_agents_answer_at_once_and_one_leaves(staff):
    service = fallback_service()
    agents = [staff(Role.CRC_AGENT), staff(Role.CRC_AGENT)]
    ServiceFactory(members=agents)
    for one in agents:
        one.service_memberships.create(service=service)
    ticket = make_ticket()
    outcome = []

    def send(one):
        try:
            tickets.answer_ticket(ticket, body=f"De {one.pk}", version=ticket.version, last_seen=0, acting_user=one)
            outcome.append("sent")
        except StaleTicket:
            outcome.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[one]) for one in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["sent", "stale"]
    assert ticket.messages.filter(direction=Direction.OUT).count() == 1
    assert Mail.objects.filter(kind="crc/email/ticket_answered").count() == 1


def test_reply_is_owed_an_answer_by_a_new_date(clerk):
    ticket = make_ticket(answered_by=clerk, at=timezone.now() - timedelta(days=20))
    promised = ticket.due_at
    tickets.requester_reply(ticket, body="Merci, mais…")
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN
    assert ticket.has_unread
    assert ticket.due_at > promised
    assert ticket.first_due_at == promised


def test_reply_while_an_answer_is_owed_does_not_move_its_date(service):
    ticket = make_ticket(at=timezone.now() - timedelta(days=20))
    tickets.requester_reply(ticket, body="Alors ?")
    promised = ticket.due_at
    ticket.refresh_from_db()
    assert (ticket.state, ticket.due_at) == (State.NEW, promised)


def test_reply_reopens_a_closed_ticket(clerk):
    ticket = make_ticket(answered_by=clerk, closed_by=clerk)
    tickets.requester_reply(ticket, body="Pas d’accord.")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at, ticket.reopen_count) == (State.OPEN, None, 1)
    assert ticket.log.filter(event=Event.REOPENED).exists()


def test_same_reply_twice_is_kept_once(service):
    ticket, key = make_ticket(), uuid.uuid4()
    first = tickets.requester_reply(ticket, body="Alors ?", submission_key=key)
    assert tickets.requester_reply(ticket, body="Alors ?", submission_key=key) == first
    assert ticket.messages.count() == 2


def test_note_tells_nobody_outside(clerk):
    ticket = make_ticket()
    Mail.objects.all().delete()
    tickets.add_note(ticket, body="Client difficile", acting_user=clerk)
    assert not Mail.objects.exists()
    assert not ticket.public_messages().filter(body="Client difficile").exists()
    ticket.refresh_from_db()
    assert ticket.message_count == 1


def test_note_makes_an_open_answer_stale(clerk):
    ticket = make_ticket()
    seen = ticket.messages.get().pk
    tickets.add_note(ticket, body="Ne pas répondre.", acting_user=clerk)
    with pytest.raises(StaleTicket, match="Un nouveau message"):
        tickets.answer_ticket(ticket, body="Oui", version=ticket.version, last_seen=seen, acting_user=clerk)


def test_close_tells_the_requester_and_measures(clerk):
    ticket = make_ticket(answered_by=clerk, closed_by=clerk)
    assert ticket.closed_at
    assert ticket.resolution_minutes is not None
    assert Mail.objects.filter(kind="crc/email/ticket_closed").count() == 1


def test_close_without_answer_needs_a_reason(clerk):
    ticket = make_ticket()
    with pytest.raises(Refusal, match="pourquoi"):
        tickets.close_ticket(ticket, acting_user=clerk)
    tickets.close_ticket(ticket, reason="Indésirable", acting_user=clerk)
    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED


def test_refused_moves(clerk):
    ticket = make_ticket(answered_by=clerk, closed_by=clerk)
    refused = [
        lambda: tickets.answer_ticket(ticket, body="Oui", version=ticket.version, acting_user=clerk),
        lambda: tickets.close_ticket(ticket, acting_user=clerk),
        lambda: tickets.reroute_ticket(ticket, service=ServiceFactory(), reason="x", acting_user=clerk),
    ]
    for act in refused:
        with pytest.raises(MoveRefused):
            act()
    tickets.reopen_ticket(ticket, acting_user=clerk)
    with pytest.raises(MoveRefused):
        tickets.reopen_ticket(ticket, acting_user=clerk)
    ticket.refresh_from_db()
    with pytest.raises(MoveRefused):
        tickets.answer_ticket(ticket, body="Oui", version=ticket.version, then=State.NEW, acting_user=clerk)


def test_no_state_goes_back_to_new():
    assert set(ALLOWED_MOVES) == set(State)
    assert all(State.NEW not in targets for targets in ALLOWED_MOVES.values())


def test_assign_to_a_colleague_only(clerk, staff):
    ticket = make_ticket()
    other = staff(Role.CRC_AGENT)
    with pytest.raises(Refusal, match="ne travaille pas"):
        tickets.assign_ticket(ticket, assignee=other, acting_user=clerk)
    tickets.assign_ticket(ticket, assignee=clerk, acting_user=clerk)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state) == (clerk, State.OPEN)
    tickets.assign_ticket(ticket, assignee=None, acting_user=clerk)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state) == (None, State.OPEN)


def test_reroute_keeps_the_promise_and_says_why(clerk):
    ticket = make_ticket()
    tickets.assign_ticket(ticket, assignee=clerk, acting_user=clerk)
    other = ServiceFactory()
    promised = ticket.due_at
    tickets.reroute_ticket(ticket, service=other, reason="Question de paiement", acting_user=clerk)
    ticket.refresh_from_db()
    assert (ticket.service, ticket.assignee, ticket.due_at) == (other, None, promised)
    decision = ticket.routing_decisions.last()
    assert (decision.decided_by, decision.rule, decision.reason) == (clerk, None, "Question de paiement")
    assert decision.previous_service == fallback_service()
    with pytest.raises(Refusal, match="déjà"):
        tickets.reroute_ticket(ticket, service=other, reason="x", acting_user=clerk)
    with pytest.raises(Refusal, match="plus actif"):
        tickets.reroute_ticket(ticket, service=ServiceFactory(is_active=False), reason="x", acting_user=clerk)


def test_history_names_the_verb_and_the_agent(clerk):
    ticket = make_ticket()
    tickets.assign_ticket(ticket, assignee=clerk, acting_user=clerk)
    event = apps.get_model("crc", "TicketEvent").objects.filter(pgh_obj=ticket).order_by("pgh_id").last()
    context = event.pgh_context
    assert context["verb"] == "crc.assign_ticket"
    assert context["user"] == clerk.pk
