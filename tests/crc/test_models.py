from datetime import time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from crc.enums import Direction, State, Visibility
from crc.models import Message, OpeningInterval, Service, Ticket
from tests.crc.factories import ServiceCalendarFactory, ServiceFactory, make_ticket

pytestmark = pytest.mark.django_db


def refused(act, *, match=None):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act()


@pytest.fixture
def ticket(agent):
    return make_ticket()


def test_database_refuses_a_public_note(ticket, agent):
    refused(
        lambda: Message.objects.create(
            ticket=ticket, author=agent, direction=Direction.NOTE, visibility=Visibility.PUBLIC, body="x"
        ),
        match="message_note_is_internal",
    )
    refused(
        lambda: Message.objects.create(ticket=ticket, direction=Direction.IN, visibility=Visibility.INTERNAL, body="x"),
        match="message_note_is_internal",
    )


def test_database_refuses_a_message_without_visibility(ticket):
    refused(lambda: Message.objects.create(ticket=ticket, direction=Direction.IN, visibility=None, body="x"))


def test_database_refuses_an_unsigned_answer(ticket):
    refused(
        lambda: Message.objects.create(ticket=ticket, direction=Direction.OUT, visibility=Visibility.PUBLIC, body="x"),
        match="message_signed_by_staff_only",
    )


@pytest.mark.parametrize("related", ["messages", "log", "routing_decisions"])
def test_database_refuses_to_rewrite_the_past(ticket, related):
    rows = getattr(ticket, related)
    refused(lambda: rows.update(ticket_id=F("ticket_id")), match="append_only")
    refused(lambda: rows.all()._raw_delete("default"), match="append_only")

    def raw():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {rows.model._meta.db_table} SET ticket_id = ticket_id")

    refused(raw, match="append_only")


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.CLOSED},
        {"closed_at": timezone.now()},
        {"state": State.ANSWERED},
        {"state": State.WAITING},
        {"reference": "2026-1"},
        {"reference": "2026-AAAAAAAA"},
        {"due_at": timezone.now() - timedelta(days=9)},
        {"requester_name": "Camille\nBcc: tous@exemple.example"},
        {"requester_email": "a@exemple.example\nBcc: tous@exemple.example"},
        {"first_answer_at": timezone.now()},
    ],
)
def test_database_refuses_incoherent_tickets(ticket, change):
    refused(lambda: Ticket.objects.filter(pk=ticket.pk).update(**change))


@pytest.mark.parametrize("state", [state for state in State if state not in {State.NEW, State.CLOSED}])
def test_database_refuses_a_move_back_to_new(agent, state):
    ticket = make_ticket()
    dates = {} if state == State.OPEN else {"first_answer_at": timezone.now(), "first_answer_minutes": 1}
    Ticket.objects.filter(pk=ticket.pk).update(state=state, **dates)
    refused(lambda: Ticket.objects.filter(pk=ticket.pk).update(state=State.NEW), match="Invalid transition")


def test_one_default_service():
    ServiceFactory(fallback=True)
    refused(lambda: ServiceFactory(is_fallback=True), match="one_fallback_service")
    refused(
        lambda: Service.objects.filter(is_fallback=True).update(is_restricted=True), match="fallback_service_is_open"
    )


def test_opening_hours_in_order_and_apart():
    calendar = ServiceCalendarFactory()
    refused(
        lambda: OpeningInterval.objects.create(calendar=calendar, weekday=5, start=time(12), end=time(9)),
        match="opening_starts_before_end",
    )
    with pytest.raises(ValidationError, match="chevauche"):
        OpeningInterval(calendar=calendar, weekday=0, start=time(12), end=time(19)).full_clean()
    OpeningInterval(calendar=calendar, weekday=0, start=time(18), end=time(19)).full_clean()


def test_ticket_with_history_cannot_be_deleted(ticket):
    with pytest.raises((IntegrityError, DatabaseError)):
        ticket.delete()
