"""A merge undone gives the target back the promise it had, unless something else moved it since."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crc.domain import merging, tickets
from crc.domain.escalations import postpone_promise
from crc.enums import Event, State
from crc.models import MergedPromise, Ticket
from tests.crc.domain.test_merging import at_once, two_agents
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


@pytest.fixture
def topic(db):
    return TopicFactory()


@pytest.fixture
def make(service, topic):
    """Tickets to answer by a date, that many hours from now; or answered."""

    def ticket(hours=0, **fields):
        one = make_ticket(service=service, topic=topic, at=NOW - timedelta(days=1), **fields)
        if hours:
            Ticket.objects.filter(pk=one.pk).update(due_at=due(hours))
            one.refresh_from_db()
        return one

    return ticket


def due(hours):
    return NOW + timedelta(hours=hours)


def merge(source, into, agent):
    source.refresh_from_db()
    merging.merge_tickets(source, into=into, reason="Double", version=source.version, acting_user=agent)


def promise(ticket):
    ticket.refresh_from_db()
    return ticket.due_at, ticket.state


def test_earlier_date_that_a_merge_brought_leaves_with_it(make, agent):
    kept, double = make(30), make(10)
    merge(double, kept, agent)
    assert promise(kept) == (due(10), State.NEW)
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == (due(30), State.NEW)
    assert promise(double) == (due(10), State.NEW)
    assert not MergedPromise.objects.exists()


def test_target_that_owed_nothing_is_answered_again(make, agent):
    kept, double = make(answered_by=agent), make(10)
    before = promise(kept)
    merge(double, kept, agent)
    assert promise(kept) == (due(10), State.OPEN)
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == before
    last = kept.log.filter(event=Event.UNMERGED).latest("pk")
    assert (last.old_state, last.new_state) == (State.OPEN, State.ANSWERED)


def test_later_date_moved_nothing_and_gives_nothing_back(make, agent):
    kept, double = make(10), make(30)
    merge(double, kept, agent)
    assert not MergedPromise.objects.exists()
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == (due(10), State.NEW)


def test_date_postponed_since_stays(make, agent):
    kept, double = make(30), make(1)
    merge(double, kept, agent)
    at = due(2)
    assert postpone_promise(kept.pk, acting_user=None, at=at)
    postponed = promise(kept)
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == postponed


def test_answer_given_since_stays(make, agent):
    kept, double = make(30), make(10)
    merge(double, kept, agent)
    kept.refresh_from_db()
    tickets.answer_ticket(kept, body="Oui", version=kept.version, acting_user=agent)
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == (due(10), State.ANSWERED)


def test_reply_written_since_is_still_owed_an_answer(make, agent):
    kept, double = make(answered_by=agent), make(10)
    merge(double, kept, agent)
    tickets.requester_reply(kept, body="Et aussi ?")
    merging.undo_merge(double, acting_user=agent)
    assert promise(kept) == (due(10), State.OPEN)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize("dates", [(10, 8, 6), (6, 8, 10), (8, 6, 10), (8, 8, 8)])
@pytest.mark.parametrize("answered", [False, True])
def test_several_merges_undone_in_any_order_leave_the_first_promise(make, agent, order, dates, answered):
    kept = make(answered_by=agent) if answered else make(30)
    first = promise(kept)
    doubles = [make(hours) for hours in dates]
    for double in doubles:
        merge(double, kept, agent)
    left = dict(enumerate(dates))
    for place in order:
        merging.undo_merge(doubles[place], acting_user=agent)
        del left[place]
        assert promise(kept)[0] == (due(min(left.values())) if left else first[0]), (place, left)
    assert promise(kept) == first
    assert not MergedPromise.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answer_and_undone_merge_at_once_never_owe_what_was_answered(staff):
    (one, other), service = two_agents(staff)
    for _ in range(5):
        kept = make_ticket(service=service, answered_by=one, at=NOW - timedelta(days=1))
        double = make_ticket(service=service)
        merge(double, kept, one)
        kept.refresh_from_db()
        answer = {"body": "Oui", "version": kept.version, "acting_user": one}
        outcome = at_once(
            lambda kept=kept, answer=answer: tickets.answer_ticket(kept, **answer),
            lambda double=double: merging.undo_merge(double, acting_user=other),
        )
        assert isinstance(outcome[1], Ticket)
        assert promise(kept)[1] == State.ANSWERED
        assert not MergedPromise.objects.exists()
