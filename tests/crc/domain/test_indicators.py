"""Each indicator, against small sets counted by hand."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from crc.domain import tickets
from crc.domain.queries.indicators import (
    Share,
    all_definitions,
    business_minutes,
    in_words,
    indicator_lines,
    indicators,
    monthly_charts,
)
from crc.domain.queries.periods import Period
from crc.enums import Direction, Public, State, Visibility
from crc.models import CallCount, Message, Ticket
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db
OCTOBER = Period.month(date(2026, 10, 1))
NOW = timezone.make_aware(datetime(2026, 11, 26, 9))


def at(day, hour=9, month=10):
    return timezone.make_aware(datetime(2026, month, day, hour))


def make(received_at, *, answered=None, minutes=None, closed=None, resolution=600, answers=1, reopened=0, **fields):
    """A ticket with the dates it is given, and `answers` messages sent where it is answered."""
    ticket = make_ticket(at=received_at, service=fields.pop("service", None), **fields)
    promise = received_at + timedelta(days=2)
    values = {"first_due_at": promise, "due_at": promise, "resolution_due_at": received_at + timedelta(days=9)}
    state = State.NEW
    if answered:
        values |= {"first_answer_at": answered, "first_answer_minutes": 60 if minutes is None else minutes}
        state = State.ANSWERED
        Message.objects.bulk_create(
            Message(
                ticket=ticket, author=AUTHOR(), direction=Direction.OUT, visibility=Visibility.PUBLIC, body="Voici."
            )
            for _ in range(answers)
        )
    if closed:
        values |= {"closed_at": closed, "resolution_minutes": resolution}
        state = State.CLOSED
    Ticket.objects.filter(pk=ticket.pk).update(state=state, reopen_count=reopened, **values)
    return ticket


def AUTHOR():
    from tests.users.factories import UserFactory

    return UserFactory(is_staff=True)


def test_empty_period_has_no_rate_and_no_delay():
    found = indicators(OCTOBER, now=NOW)
    assert (found.received, found.first_answer.median, found.in_time.percent) == (0, None, None)
    assert (found.backlog.count, found.backlog.median_days, found.calls.offered) == (0, None, 0)
    lines = indicator_lines(found, found)
    assert len(lines) == len(all_definitions())
    assert {line.shown for line in lines} == {"0", "n. d."}


def test_received_in_the_period_by_paris_time():
    make(timezone.make_aware(datetime(2026, 10, 1, 0, 0)))
    make(timezone.make_aware(datetime(2026, 10, 31, 23, 59)))
    make(timezone.make_aware(datetime(2026, 9, 30, 23, 59)))
    make(timezone.make_aware(datetime(2026, 11, 1, 0, 0)))
    assert indicators(OCTOBER, now=NOW).received == 2


def test_first_answers_median_ninth_decile_and_promise():
    for minutes, days in ((10, 1), (20, 1), (30, 1), (40, 3)):  # promised in two days
        make(at(5), answered=at(5) + timedelta(days=days), minutes=minutes)
    make(at(5))  # acknowledged, never answered
    make(at(29, month=9), answered=at(1), minutes=1000)
    make(at(30), answered=at(1, month=11), minutes=5000)
    found = indicators(OCTOBER, now=NOW)
    assert found.first_answer.count == 5
    assert found.first_answer.median == 30
    assert found.first_answer.p90 == pytest.approx(40 + 0.6 * 960)
    assert found.in_time == Share(3 + 1, 5)


def test_new_promised_date_does_not_make_an_answer_in_time():
    ticket = make(at(5), answered=at(9))
    Ticket.objects.filter(pk=ticket.pk).update(due_at=at(20))
    assert indicators(OCTOBER, now=NOW).in_time == Share(0, 1)


def test_resolution_is_counted_at_the_closure():
    make(at(1, month=9), answered=at(2, month=9), closed=at(2), resolution=100)
    make(at(1), answered=at(2), closed=at(3), resolution=300)
    make(at(1), answered=at(2), closed=at(3, month=11), resolution=900)
    found = indicators(OCTOBER, now=NOW)
    assert (found.resolution.count, found.resolution.median) == (2, 200)
    assert found.resolution.p90 == pytest.approx(280)


def test_backlog_is_what_was_not_closed_at_the_end():
    end = timezone.make_aware(datetime(2026, 11, 1))
    make(end - timedelta(days=2))
    make(end - timedelta(days=4), answered=at(30))
    make(end - timedelta(days=10), answered=at(30), closed=at(5, month=11))
    make(end - timedelta(days=5), answered=at(30), closed=at(31))
    make(at(2, month=11))
    backlog = indicators(OCTOBER, now=NOW).backlog
    assert (backlog.count, backlog.over_a_week) == (3, 1)
    assert backlog.median_days == pytest.approx(4)


def test_backlog_of_a_period_that_goes_on_is_that_of_now():
    make(at(20, month=11))
    make(at(26, hour=12, month=11))  # after « now »
    november = indicators(Period.month(date(2026, 11, 1)), now=NOW)
    assert november.backlog.count == 1


def test_first_contact_resolution():
    topic, other = TopicFactory(), TopicFactory()
    asked = {"topic": topic, "requester_email": "lou@exemple.example"}
    make(at(1), answered=at(2), closed=at(2), topic=topic)  # resolved at once
    make(at(1), answered=at(2), closed=at(2), topic=topic, answers=2, requester_email="deux@exemple.example")
    make(at(1), answered=at(2), closed=at(2), reopened=1, requester_email="rouverte@exemple.example")
    make(at(1), closed=at(2), requester_email="sans-reponse@exemple.example")
    make(at(5), answered=at(5), closed=at(6), **asked)  # asked again six days after the closure
    make(at(12), **{**asked, "requester_email": "LOU@exemple.example"})
    make(at(5), answered=at(5), closed=at(6), topic=other, requester_email="lou@exemple.example")  # another topic
    assert indicators(OCTOBER, now=NOW).first_contact == Share(2, 6)


@pytest.mark.parametrize(("day", "resolved"), [(13, 0), (14, 1)])
def test_first_contact_looks_seven_days_after_the_closure(day, resolved):
    topic = TopicFactory()
    make(at(5), answered=at(5), closed=at(6), topic=topic)
    make(at(day, hour=9 if day == 13 else 10), topic=topic)
    assert indicators(OCTOBER, now=NOW).first_contact == Share(resolved, 1)


def test_reiteration_is_the_same_address_and_topic_within_fourteen_days():
    topic, other = TopicFactory(), TopicFactory()
    make(at(1), topic=topic)
    make(at(15), topic=topic, requester_email="CAMILLE@exemple.example")  # fourteen days after: reiterated
    make(at(30), topic=topic)  # fifteen days after the last
    make(at(15), topic=other)
    make(at(15), topic=topic, requester_email="autre@exemple.example")
    assert indicators(OCTOBER, now=NOW).reiterated == Share(1, 5)


def test_unknown_address_is_nobody_twice():
    topic = TopicFactory()
    for day in (1, 2):
        ticket = make(at(day), topic=topic, requester_email=f"{day}@exemple.example")
        Ticket.objects.filter(pk=ticket.pk).update(requester_email="")
    assert indicators(OCTOBER, now=NOW).reiterated == Share(0, 2)


def test_reopened_among_those_closed_at_least_once():
    make(at(1), answered=at(2), closed=at(3))
    make(at(1), answered=at(2), closed=at(9), reopened=1)
    make(at(1), answered=at(2), reopened=2)  # open again
    make(at(1), answered=at(2))  # never closed
    assert indicators(OCTOBER, now=NOW).reopened == Share(2, 3)


def test_rerouted_counts_a_ticket_once(agent):
    moved, _ = make(at(1)), make(at(2))
    first, second = ServiceFactory(), ServiceFactory()
    tickets.reroute_ticket(moved, service=first, reason="x", acting_user=agent)
    tickets.reroute_ticket(moved, service=second, reason="y", acting_user=agent)
    assert indicators(OCTOBER, now=NOW).rerouted == Share(1, 2)


def calls(day, line="Élèves", **changes):
    values = {"offered": 100, "answered": 80, "answered_in_time": 60, "threshold_seconds": 20, "abandoned": 20}
    return CallCount.objects.create(day=day, line=line, **{**values, **changes})


def test_telephone_rates_and_weighted_talk():
    calls(date(2026, 10, 1), mean_talk_seconds=100)
    calls(date(2026, 10, 31), answered=40, answered_in_time=30, abandoned=50, mean_talk_seconds=400)
    calls(date(2026, 10, 31), line="Entreprises", threshold_seconds=30, public=Public.COMPANY)
    calls(date(2026, 11, 1))
    found = indicators(OCTOBER, now=NOW).calls
    assert found.answer_rate == Share(200, 300)
    assert found.service_rate == Share(150, 300)
    assert found.abandon_rate == Share(90, 300)
    assert found.mean_talk_seconds == pytest.approx((80 * 100 + 40 * 400) / 120)
    assert found.thresholds == (20, 30)
    assert indicators(OCTOBER, public=Public.COMPANY, now=NOW).calls.offered == 100


def test_filters_of_service_and_public():
    service = ServiceFactory()
    make(at(1), service=service, public=Public.COMPANY)
    make(at(1), service=service)
    make(at(1), public=Public.COMPANY)
    make(at(1), service=ServiceFactory(is_restricted=True))
    assert indicators(OCTOBER, now=NOW).received == 3
    one = indicators(OCTOBER, service=service, now=NOW)
    assert (one.received, one.calls) == (2, None)
    assert "calls-offered" not in {line.definition.code for line in indicator_lines(one, one)}
    assert indicators(OCTOBER, service=service, public=Public.COMPANY, now=NOW).received == 1


@pytest.mark.parametrize("rows", [0, 3])
def test_number_of_queries_is_constant(rows, django_assert_num_queries):
    for _ in range(rows):
        make(at(1), answered=at(2), closed=at(3), service=ServiceFactory())
    with django_assert_num_queries(7):  # two of them for the survey
        indicators(OCTOBER, now=NOW)
    with django_assert_num_queries(2):
        monthly_charts(OCTOBER.last)


def test_charts_show_twelve_months():
    make(at(5), answered=at(6))
    make(at(5), answered=at(9))
    received, promises = monthly_charts(OCTOBER.last)
    assert [row[0] for row in received.rows][::11] == ["11/2025", "10/2026"]
    assert received.rows[-1] == ("10/2026", "2")
    assert promises.rows[-1] == ("10/2026", "50,0\u00a0%")
    assert promises.rows[0][1] == "n. d."


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (None, "n. d."),
        (0, "0\u00a0min ouvrées"),
        (59.6, "1\u00a0h ouvrées"),
        (200, "3\u00a0h 20 ouvrées"),
        (605, "10\u00a0h 05 ouvrées"),
    ],
)
def test_business_minutes_are_hours_and_minutes(minutes, words):
    assert business_minutes(minutes) == words


def test_figures_in_words():
    assert in_words(1204, "count") == "1\u202f204"
    assert in_words(4.5, "days") == "4,5\u00a0jours"
    assert in_words(125.4, "seconds") == "2\u00a0min 05\u00a0s"
    assert in_words(Share(7, 8), "share") == "87,5\u00a0% (7 sur 8)"


def test_period_before():
    assert OCTOBER.before == Period.month(date(2026, 9, 1))
    week = Period(date(2026, 10, 5), date(2026, 10, 11))
    assert week.before == Period(date(2026, 9, 28), date(2026, 10, 4))
    assert (OCTOBER.label, week.label) == ("Octobre 2026", "05/10/2026 au 11/10/2026")
