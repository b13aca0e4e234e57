"""The live board, against small sets counted by hand."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.domain import tickets
from crc.domain.queries.board import kept_board, live_board
from crc.models import Ticket
from tests.crc.factories import ServiceFactory, TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db
NOW = timezone.make_aware(datetime(2026, 11, 25, 15))  # a Wednesday


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


def ticket_of(service, *, days=0, **fields):
    """A ticket received that many days before NOW, promised for the day after NOW unless told."""
    values = {"due_at": NOW + timedelta(days=1), "first_due_at": NOW + timedelta(days=1)}
    ticket = make_ticket(service=service, at=NOW - timedelta(days=days), topic=fields.pop("topic", None))
    Ticket.objects.filter(pk=ticket.pk).update(**{**values, "resolution_due_at": NOW + timedelta(days=60), **fields})
    ticket.refresh_from_db()
    return ticket


def test_stock_by_age_in_calendar_days(supervisor):
    service = ServiceFactory(name="Inscriptions")
    for days in (0, 1, 3, 4, 7, 8, 30):
        ticket_of(service, days=days)
    found = live_board(supervisor, now=NOW)
    (stock,) = found.services
    assert (stock.name, stock.count, stock.ages) == ("Inscriptions", 7, (1, 2, 2, 2))
    assert found.total.ages == (1, 2, 2, 2)


def test_age_begins_at_midnight_even_the_day_the_clock_changes(supervisor):
    service = ServiceFactory()
    now = timezone.make_aware(datetime(2026, 10, 26, 0, 30))  # the day before had 25 hours
    topic = TopicFactory()
    for moment in (datetime(2026, 10, 26, 0, 1), datetime(2026, 10, 25, 0, 1), datetime(2026, 10, 22, 23, 59)):
        make_ticket(service=service, topic=topic if moment.day == 26 else None, at=timezone.make_aware(moment))
    assert live_board(supervisor, now=now).total.ages == (1, 1, 1, 0)


def test_late_missed_unread_unassigned_and_oldest_promise(supervisor, agent):
    service = ServiceFactory(members=[agent])
    yesterday = NOW - timedelta(days=1)
    ticket_of(service, days=3, due_at=yesterday, first_due_at=yesterday)
    ticket_of(service, days=3, first_due_at=yesterday, has_unread=False)  # a new date was given
    ticket_of(service, assignee=agent)
    (stock,) = live_board(supervisor, now=NOW).services
    assert (stock.late, stock.missed, stock.unread, stock.unassigned) == (1, 2, 2, 2)
    assert stock.oldest_promise == yesterday


def test_answered_and_closed_tickets_are_not_on_the_board(supervisor, agent):
    service = ServiceFactory(members=[agent])
    make_ticket(service=service, answered_by=agent)
    make_ticket(service=service, answered_by=agent, closed_by=agent)
    found = live_board(supervisor)
    assert (found.services, found.agents, found.total.count) == ((), (), 0)


def test_load_of_each_agent_the_latest_first(supervisor, staff):
    one, two = staff(Role.CRC_AGENT), staff(Role.CRC_AGENT)
    service = ServiceFactory(members=[one, two])
    for _ in range(2):
        ticket_of(service, assignee=one)
    ticket_of(service, days=2, assignee=two, due_at=NOW - timedelta(hours=1), first_due_at=NOW - timedelta(hours=1))
    ticket_of(service)
    agents = live_board(supervisor, now=NOW).agents
    assert [(load.name, load.count, load.late) for load in agents] == [
        (two.get_full_name(), 1, 1),
        (one.get_full_name(), 2, 0),
    ]


def test_reroutes_by_topic_with_their_rate(supervisor, agent):
    first, second = ServiceFactory(), ServiceFactory()
    topic, quiet = TopicFactory(label="Paiement"), TopicFactory(label="Adresse")
    moved = [ticket_of(first, topic=topic) if number == 0 else make_ticket(topic=topic, at=NOW) for number in range(4)]
    tickets.reroute_ticket(moved[0], service=second, reason="x", acting_user=agent)
    tickets.reroute_ticket(moved[0], service=first, reason="y", acting_user=agent)
    make_ticket(topic=quiet, at=NOW)
    old = make_ticket(topic=quiet, at=NOW - timedelta(days=8))
    tickets.reroute_ticket(old, service=second, reason="x", acting_user=agent)
    found = live_board(supervisor, now=NOW)
    assert [(row.topic, row.share.count, row.share.total, row.is_over) for row in found.topics] == [
        ("Paiement", 1, 4, True),
        ("Adresse", 0, 1, False),
    ]
    assert (found.every_topic.share.count, found.every_topic.share.total) == (1, 5)


def test_default_service_that_forgets_a_request_raises_the_alarm(supervisor, agent):
    make_ticket(at=NOW - timedelta(minutes=59))
    make_ticket(service=ServiceFactory(), at=NOW - timedelta(hours=5))
    assert live_board(supervisor, now=NOW).fallback is None
    make_ticket(at=NOW - timedelta(minutes=61))
    found = live_board(supervisor, now=NOW)
    assert (found.fallback, found.forgotten) == (fallback_service(), 1)


def test_services_one_may_not_see_count_for_nothing(supervisor, agent):
    mine, other, restricted = ServiceFactory(members=[agent]), ServiceFactory(), ServiceFactory(is_restricted=True)
    for service in (mine, other, restricted):
        ticket_of(service)
    assert {stock.code for stock in live_board(supervisor, now=NOW).services} == {mine.code, other.code}
    seen = live_board(agent, now=NOW)
    assert [stock.code for stock in seen.services] == [mine.code]
    assert (seen.total.count, len(seen.topics)) == (1, 1)


@pytest.mark.parametrize("rows", [1, 3])
def test_number_of_queries_is_constant(supervisor, agent, rows, django_assert_num_queries):
    for _ in range(rows):
        service = ServiceFactory(members=[agent])
        ticket_of(service, assignee=agent)
        make_ticket(at=NOW - timedelta(days=1))
    supervisor.has_perm("crc.view_ticket")
    with django_assert_num_queries(5):
        live_board(supervisor, now=NOW)


def test_board_is_shared_by_those_who_may_read_the_same_tickets(staff, agent):
    service = ServiceFactory(members=[agent])
    ticket_of(service)
    first, second = staff(Role.CRC_SUPERVISOR), staff(Role.CRC_SUPERVISOR)
    board = kept_board(first)
    assert kept_board(second) == board
    ticket_of(ServiceFactory())  # of another service: what one may read changes, hence the board
    second = type(second).objects.get(pk=second.pk)  # as the next request reads them
    assert kept_board(second).total.count == 2
    assert kept_board(agent).total.count == 1


def test_kept_board_of_nobody_is_empty(learner):
    assert kept_board(learner).total.count == 0
