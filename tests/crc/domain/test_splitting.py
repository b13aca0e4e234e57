from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from crc.domain import splitting, tickets
from crc.domain.attachments import join_files
from crc.domain.refusals import Refusal
from crc.domain.tracking import tracking_token
from crc.enums import Direction, Event, State
from crc.models import MessageOrigin, Ticket
from tests.crc.factories import RoutingRuleFactory, ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(agent):
    ticket = make_ticket(service=ServiceFactory(members=[agent]), at=timezone.now() - timedelta(days=2))
    tickets.requester_reply(ticket, body="Autre chose : mon paiement.")
    tickets.requester_reply(ticket, body="Par carte.")
    tickets.add_note(ticket, body="Deux questions", acting_user=agent)
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def payment():
    topic = TopicFactory(label="Paiement")
    RoutingRuleFactory(topic=topic, service=ServiceFactory(name="Comptables"))
    return topic


def split(ticket, topic, person, **changes):
    ticket.refresh_from_db()
    chosen = ticket.messages.filter(direction=Direction.IN).order_by("pk").values_list("pk", flat=True)[1:]
    values = {"messages": list(chosen), "subject": "Mon paiement", "version": ticket.version}
    return splitting.split_ticket(ticket, topic=topic, acting_user=person, **{**values, **changes})


def test_split_makes_a_ticket_with_its_own_topic_service_and_promise(agent, ticket, payment):
    Mail.objects.all().delete()
    new = split(ticket, payment, agent)
    new.refresh_from_db()
    assert (new.topic, new.service.name, new.state) == (payment, "Comptables", State.NEW)
    assert (new.requester_email, new.requester_name) == (ticket.requester_email, ticket.requester_name)
    assert new.due_at > timezone.now()
    assert [message.body for message in new.messages.order_by("pk")] == ["Autre chose : mon paiement.", "Par carte."]
    assert new.message_count == 2
    assert {origin.original.ticket for origin in MessageOrigin.objects.filter(message__ticket=new)} == {ticket}
    assert ticket.messages.count() == 4
    assert [mail.kind for mail in Mail.objects.all()] == ["crc/email/request_received"]
    assert ticket.log.filter(event=Event.SPLIT, actor=agent).exists()
    assert new.split.source == ticket


def test_second_click_splits_nothing(agent, ticket, payment):
    version = ticket.version
    split(ticket, payment, agent, version=version)
    with pytest.raises(Refusal, match="a changé"):
        split(ticket, payment, agent, version=version)
    assert Ticket.objects.count() == 2


def test_only_what_the_requester_wrote_here_is_split(agent, ticket, payment):
    note = ticket.messages.get(direction=Direction.NOTE).pk
    foreign = make_ticket().messages.get().pk
    for chosen in ([], [note], [foreign]):
        with pytest.raises(Refusal, match="Choisissez des messages"):
            split(ticket, payment, agent, messages=chosen)
    assert not Ticket.objects.filter(topic=payment).exists()


def test_undone_split_is_closed_and_owed_again_where_it_was_asked(agent, ticket, payment):
    new = split(ticket, payment, agent)
    ticket.refresh_from_db()
    tickets.answer_ticket(ticket, body="Voici", version=ticket.version, acting_user=agent, last_seen=0)
    splitting.undo_split(new, acting_user=agent)
    new.refresh_from_db()
    ticket.refresh_from_db()
    assert new.state == State.CLOSED
    assert new.log.filter(event=Event.CLOSED, detail="Scission annulée").exists()
    assert new.split.undone_at is not None
    assert (ticket.state, ticket.has_unread) == (State.OPEN, True)
    with pytest.raises(Refusal, match="déjà annulée"):
        splitting.undo_split(new, acting_user=agent)
    again = split(ticket, payment, agent)
    assert again.pk != new.pk


def test_origin_of_a_message_never_changes(agent, ticket, payment):
    split(ticket, payment, agent)
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        MessageOrigin.objects.all().delete()
    message = ticket.messages.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageOrigin.objects.create(message=message, original=message)


def test_files_of_the_copied_messages_are_read_on_both(client, agent):
    ticket = make_ticket(service=ServiceFactory(members=[agent]))
    message = ticket.messages.get()
    [file] = join_files(message, [("devoir.pdf", b"%PDF-1.7 fictif")])
    ticket.refresh_from_db()
    topic = TopicFactory()
    new = splitting.split_ticket(
        ticket, messages=[message.pk], topic=topic, subject="À part", version=ticket.version, acting_user=agent
    )
    for one in (ticket, new):
        page = client.get(reverse("crc:tracking", args=[tracking_token(one)])).text
        assert "devoir.pdf" in page
        answer = client.get(reverse("crc:tracking_file", args=[tracking_token(one), file.pk]))
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 fictif"
