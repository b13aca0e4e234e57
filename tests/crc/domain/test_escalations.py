"""Promises about to pass, or passed: who is told, and that nobody is told twice."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cned_portal.common.backoffice import registry
from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import tickets
from crc.domain.escalations import MOST_NEW_DATES, POSTPONED_MAIL, escalate_tickets, still_wanted
from crc.domain.mail.threads import proven_ticket
from crc.enums import EscalationStep, Event, State
from crc.models import Escalation, Ticket
from crc.tasks import escalate_tickets as periodic_task
from tests.crc.factories import ServiceFactory, TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(datetime(2026, 11, 25, 10))  # a Wednesday; open from 8:30 to 18:00


def at(day, hour, minute=0):
    return timezone.make_aware(datetime(2026, 11, day, hour, minute))


def ticket_due(due, **fields):
    """A ticket received two days before NOW, whose answer is promised at `due`."""
    ticket = make_ticket(
        at=NOW - timedelta(days=2), topic=fields.pop("topic", None) or TopicFactory(first_answer_minutes=300)
    )
    values = {"due_at": due, "first_due_at": due, "resolution_due_at": NOW + timedelta(days=60), **fields}
    Ticket.objects.filter(pk=ticket.pk).update(**values)
    ticket.refresh_from_db()
    return ticket


def steps(ticket):
    return list(ticket.escalations.order_by("step").values_list("step", flat=True))


def postponed_mails():
    return Mail.objects.filter(kind=POSTPONED_MAIL)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (at(25, 13, 59), [EscalationStep.SOON]),
        (at(25, 14), []),  # in four business hours, not less
        (at(26, 9), []),
        (at(25, 9), [EscalationStep.LATE]),
    ],
)
def test_steps_by_business_hours_left(due, expected):
    ticket = ticket_due(due)
    escalate_tickets(now=NOW)
    assert steps(ticket) == expected


def test_hours_of_the_night_do_not_count():
    ticket = ticket_due(at(26, 10))
    escalate_tickets(now=at(25, 17))  # one hour today, an hour and a half tomorrow
    assert steps(ticket) == [EscalationStep.SOON]


def test_late_is_said_once_in_the_log_however_often_it_runs():
    ticket = ticket_due(NOW - timedelta(days=2))
    assert escalate_tickets(now=NOW) == {"soon": 0, "late": 1, "postponed": 0}
    assert escalate_tickets(now=NOW + timedelta(minutes=10)) == {"soon": 0, "late": 0, "postponed": 0}
    entry = ticket.log.get(event=Event.ESCALATED)
    assert (entry.actor, entry.new_state) == (None, State.NEW)
    ticket.refresh_from_db()
    assert ticket.version == 1


def test_database_refuses_a_second_row():
    ticket = ticket_due(at(25, 13))
    escalate_tickets(now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(ticket=ticket, step=EscalationStep.SOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(ticket=ticket, step=3)


def test_answered_ticket_is_left_alone_and_its_next_promise_has_its_own_steps(agent):
    ticket = ticket_due(at(25, 9))
    escalate_tickets(now=NOW)
    tickets.answer_ticket(ticket, body="Voici.", version=1, acting_user=agent, at=NOW)
    assert steps(ticket) == []
    assert escalate_tickets(now=NOW + timedelta(days=30))["late"] == 0
    tickets.requester_reply(ticket, body="Et ensuite ?", at=NOW)
    assert escalate_tickets(now=NOW + timedelta(days=30))["late"] == 1
    assert ticket.log.filter(event=Event.ESCALATED).count() == 2


def test_requester_is_told_of_a_new_date_before_the_promise_passes():
    ticket = ticket_due(at(25, 10, 59))
    assert escalate_tickets(now=NOW)["postponed"] == 1
    promised = ticket.due_at
    ticket.refresh_from_db()
    assert (ticket.first_due_at, ticket.due_at) == (promised, at(25, 15, 59))  # five hours after, by its topic
    mail = postponed_mails().get()
    assert mail.to == ticket.requester_email
    assert proven_ticket([mail.message_id]) == ticket, "its answer finds the ticket, and so does an erasure"
    assert mail.subject == f"Demande {ticket.reference} : nouvelle date de réponse"
    for part in (mail.text, mail.html):
        assert "plus de temps que prévu" in part
        assert "mercredi 25 novembre 2026 à 15:59" in part
        assert "/demandes/suivi/" in part
    entry = ticket.log.get(event=Event.POSTPONED)
    assert entry.detail == "25/11/2026 à 15:59, au lieu du 25/11/2026 à 10:59"


def test_answer_being_written_is_still_accepted_after_a_new_date(agent):
    ticket = ticket_due(at(25, 10, 30))
    escalate_tickets(now=NOW)
    tickets.answer_ticket(ticket, body="Voici.", version=1, acting_user=agent)
    ticket.refresh_from_db()
    assert ticket.state == State.ANSWERED


@pytest.mark.parametrize("due", [at(25, 11), at(24, 9)])
def test_no_mail_with_an_hour_left_or_for_a_promise_missed_long_ago(due):
    ticket = ticket_due(due)
    escalate_tickets(now=NOW)
    ticket.refresh_from_db()
    assert ticket.due_at == due
    assert not postponed_mails().exists()


def test_one_mail_for_each_promised_date_and_no_more_than_the_cap():
    ticket = ticket_due(at(25, 10, 30))
    now = NOW
    for _ in range(MOST_NEW_DATES + 2):
        escalate_tickets(now=now)
        escalate_tickets(now=now)
        ticket.refresh_from_db()
        now = ticket.due_at - timedelta(minutes=5)
    assert postponed_mails().count() == MOST_NEW_DATES
    assert len(set(postponed_mails().values_list("key", flat=True))) == MOST_NEW_DATES


def test_ticket_that_fails_does_not_stop_the_others(caplog):
    wrong, right = ticket_due(at(25, 10, 30), requester_email="sans adresse"), ticket_due(at(25, 10, 40))
    assert escalate_tickets(now=NOW)["postponed"] == 1
    assert postponed_mails().get().to == right.requester_email
    wrong.refresh_from_db()
    assert wrong.due_at == at(25, 10, 30), "no new date without its mail"
    assert f"ticket {wrong.pk}" in caplog.text
    assert "adresse" not in caplog.messages[-1]


def test_new_date_does_not_hide_the_missed_promise():
    ticket = ticket_due(at(25, 10, 30))
    escalate_tickets(now=NOW)
    escalate_tickets(now=at(25, 10, 40))
    assert EscalationStep.LATE in steps(ticket)


def test_ticket_waiting_for_the_requester_is_not_late(agent):
    ticket = ticket_due(at(25, 10, 30))
    tickets.answer_ticket(
        ticket, body="?", version=1, then=State.WAITING, acting_user=agent, at=NOW - timedelta(hours=1)
    )
    assert escalate_tickets(now=NOW) == {"soon": 0, "late": 0, "postponed": 0}


def test_mail_is_withdrawn_when_the_answer_leaves_first(agent):
    answered, waiting = ticket_due(at(25, 10, 30)), ticket_due(at(25, 10, 40))
    escalate_tickets(now=NOW)
    tickets.answer_ticket(answered, body="Voici.", version=1, acting_user=agent)
    keys = list(postponed_mails().values_list("key", flat=True))
    (kept,) = still_wanted(keys)
    assert f":{waiting.pk}:" in kept


def test_todos_of_the_agent_and_of_the_supervisor(staff):
    agent, supervisor = staff(Role.CRC_AGENT), staff(Role.CRC_SUPERVISOR)
    service = fallback_service()
    agent.service_memberships.create(service=service)
    now = timezone.now()
    ticket_due(now + timedelta(minutes=1), assignee=agent, state=State.OPEN)
    ticket_due(now - timedelta(days=3))
    hidden = ticket_due(now - timedelta(days=3))
    Ticket.objects.filter(pk=hidden.pk).update(service=ServiceFactory(is_restricted=True))
    Escalation.objects.bulk_create(
        Escalation(ticket=ticket, step=EscalationStep.SOON if ticket.assignee_id else EscalationStep.LATE)
        for ticket in Ticket.objects.all()
    )
    provider = next(one for one in registry.todo_providers if one.__name__ == "tickets_to_answer")

    def seen(person):
        return {item.label: item.count for item in provider(User.objects.get(pk=person.pk))}

    assert seen(agent)["Mes demandes à répondre dans les quatre heures"] == 1
    assert "Demandes signalées : promesse dépassée" not in seen(agent)
    assert seen(supervisor)["Demandes signalées : promesse dépassée"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once():
    ticket_due(at(25, 10, 30))
    ticket_due(NOW - timedelta(hours=1))
    taken, start = [], threading.Barrier(2)

    def work():
        try:
            start.wait()
            taken.append(escalate_tickets(now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    escalate_tickets(now=NOW)
    assert len(taken) == 2
    assert postponed_mails().count() == 2
    assert Escalation.objects.count() == 2
    assert Ticket.objects.filter(log__event=Event.ESCALATED).count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_a_run_that_finds_nothing_costs_the_same(rows, django_assert_num_queries):
    for _ in range(rows):
        ticket_due(NOW + timedelta(days=10))
    escalate_tickets(now=NOW)
    with django_assert_num_queries(5):
        escalate_tickets(now=NOW)


def test_periodic_task_does_it():
    ticket = make_ticket(at=timezone.now() - timedelta(days=30))
    periodic_task()
    assert steps(ticket) == [EscalationStep.LATE]
