"""Business time against a count minute by minute, clock changes included."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cned_portal.common.calendars import BusinessCalendar, Opening

hours = st.tuples(st.integers(0, 23), st.integers(0, 23)).map(lambda pair: tuple(time(hour) for hour in sorted(pair)))
openings = st.lists(st.tuples(st.integers(0, 6), hours), max_size=8).map(
    lambda items: tuple(Opening(day, start, end) for day, (start, end) in items)
)
# around both clock changes of 2026: 29 March and 25 October
moments = st.tuples(
    st.sampled_from([datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]),
    st.integers(0, 4 * 24 * 60),
).map(lambda pair: pair[0] + timedelta(minutes=pair[1]))
calendars = st.builds(
    BusinessCalendar,
    openings=openings,
    closed_days=st.frozensets(st.sampled_from([date(2026, 3, 29), date(2026, 10, 26)])),
    special_openings=st.lists(hours.map(lambda pair: (date(2026, 10, 25), *pair)), max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(0, 2 * 24 * 60))
def test_minutes_between_agrees_with_a_count_minute_by_minute(calendar, start, length):
    counted = sum(calendar.is_open(start + timedelta(minutes=minute)) for minute in range(length))
    assert calendar.minutes_between(start, start + timedelta(minutes=length)) == counted


@settings(max_examples=60, deadline=None)
@given(calendars, moments, st.integers(1, 500))
def test_added_minutes_are_found_again(calendar, start, minutes):
    try:
        end = calendar.add_minutes(start, minutes)
    except ValueError:
        assert all(opening.start >= opening.end for opening in calendar.openings)
        return
    assert calendar.minutes_between(start, end) == minutes


def test_overlapping_openings_count_once():
    calendar = BusinessCalendar((Opening(0, time(8), time(12)), Opening(0, time(10), time(14))))
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert calendar.minutes_between(monday, monday + timedelta(days=1)) == 6 * 60


def test_end_before_start_counts_nothing():
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)
    calendar = BusinessCalendar((Opening(0, time(8), time(18)),))
    assert calendar.minutes_between(monday, monday - timedelta(hours=2)) == 0


def test_calendar_without_opening_promises_nothing():
    with pytest.raises(ValueError, match="open time"):
        BusinessCalendar(()).add_minutes(datetime(2026, 11, 23, tzinfo=UTC), 1)


def test_season_ends():
    opening = Opening(0, time(8), time(9), date(2026, 11, 23), date(2026, 11, 23))
    calendar = BusinessCalendar((opening,))
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert calendar.minutes_between(monday - timedelta(days=14), monday + timedelta(days=14)) == 60
