from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from crc.domain.deadlines import minutes_spent, promised_at, silence_date
from crc.models import ClosedDay, ServiceCalendar, SpecialOpening
from tests.crc.factories import ServiceCalendarFactory, ServiceFactory

PARIS = ZoneInfo("Europe/Paris")


def paris(*args):
    return datetime(*args, tzinfo=PARIS)


@pytest.fixture
def service(db):
    """Open from Monday to Friday, 8:30-18:00, and until 18:30 from June to October 2026; public holidays closed."""
    winter, summer = time(18), time(18, 30)
    hours = []
    for day in range(5):
        hours += [
            (day, time(8, 30), winter, None, date(2026, 5, 31)),
            (day, time(8, 30), summer, date(2026, 6, 1), date(2026, 10, 31)),
            (day, time(8, 30), winter, date(2026, 11, 1), None),
        ]
    service = ServiceFactory(calendar=ServiceCalendarFactory(hours=hours))
    call_command("seed_closed_days", "--from=2026", "--to=2027", verbosity=0)
    service.calendar.refresh_from_db()
    return service


@pytest.mark.parametrize(
    ("received", "minutes", "promised"),
    [
        pytest.param(paris(2026, 11, 20, 18, 0), 60, paris(2026, 11, 23, 9, 30), id="friday-evening"),
        pytest.param(paris(2026, 11, 20, 17, 30), 60, paris(2026, 11, 23, 9, 0), id="over-the-weekend"),
        pytest.param(paris(2026, 11, 22, 3, 0), 1, paris(2026, 11, 23, 8, 31), id="sunday-night"),
        pytest.param(paris(2026, 7, 13, 18, 0), 60, paris(2026, 7, 15, 9, 0), id="14-july"),
        pytest.param(paris(2026, 4, 30, 17, 0), 120, paris(2026, 5, 4, 9, 30), id="1-may-then-weekend"),
        pytest.param(paris(2026, 5, 29, 17, 0), 60, paris(2026, 5, 29, 18, 0), id="last-winter-evening"),
        pytest.param(paris(2026, 6, 1, 17, 30), 60, paris(2026, 6, 1, 18, 30), id="first-summer-evening"),
        pytest.param(paris(2026, 10, 30, 18, 15), 30, paris(2026, 11, 2, 8, 45), id="end-of-summer-hours"),
        pytest.param(paris(2026, 3, 27, 17, 30), 60, paris(2026, 3, 30, 9, 0), id="spring-forward"),
        pytest.param(paris(2026, 10, 23, 18, 0), 60, paris(2026, 10, 26, 9, 0), id="fall-back"),
        pytest.param(paris(2026, 12, 24, 17, 0), 120, paris(2026, 12, 28, 9, 30), id="christmas"),
    ],
)
def test_promise_counts_open_minutes(service, received, minutes, promised):
    assert promised_at(service, minutes, since=received) == promised
    assert minutes_spent(service, received, promised) == minutes


def test_special_opening_takes_the_place_of_a_closure(service):
    calendar = service.calendar
    SpecialOpening.objects.create(
        calendar=calendar, day=date(2026, 7, 14), start=time(9), end=time(12), label="Rentrée"
    )
    calendar.refresh_from_db()
    assert promised_at(service, 60, since=paris(2026, 7, 13, 18, 30)) == paris(2026, 7, 14, 10, 0)


def test_every_edit_makes_a_new_version(service):
    calendar = service.calendar
    before = calendar.version
    assert promised_at(service, 60, since=paris(2026, 11, 23, 9, 0)) == paris(2026, 11, 23, 10, 0)
    ClosedDay.objects.bulk_create([ClosedDay(calendar=calendar, day=date(2026, 11, 23), label="Inventaire")])
    calendar.refresh_from_db()
    assert calendar.version == before + 1
    assert promised_at(service, 60, since=paris(2026, 11, 23, 9, 0)) == paris(2026, 11, 24, 9, 30)
    ClosedDay.objects.filter(day=date(2026, 11, 23)).update(day=date(2026, 11, 25))
    calendar.refresh_from_db()
    assert calendar.version == before + 2
    ClosedDay.objects.filter(day=date(2026, 11, 25)).delete()
    calendar.refresh_from_db()
    assert calendar.version == before + 3


def test_calendar_that_never_opens_still_gives_a_date(db, caplog):
    service = ServiceFactory(calendar=ServiceCalendarFactory(hours=[]))
    since = paris(2026, 11, 23, 9, 0)
    assert (promised_at(service, 60, since=since) - since).days == 7
    assert "calendar without enough open time" in caplog.text


def test_seed_closed_days_twice_adds_nothing(service):
    before = service.calendar.closed_days.count()
    assert before == 22
    version = service.calendar.version
    call_command("seed_closed_days", "--from=2026", "--to=2027", verbosity=0)
    assert service.calendar.closed_days.count() == before
    assert ServiceCalendar.objects.get(pk=service.calendar.pk).version == version


@pytest.mark.parametrize(
    ("received", "day"),
    [
        (paris(2026, 11, 24, 10, 0), date(2027, 1, 24)),
        (paris(2026, 12, 31, 23, 59), date(2027, 2, 28)),
        (paris(2027, 12, 31, 0, 1), date(2028, 2, 29)),
        (paris(2026, 6, 30, 12, 0), date(2026, 8, 30)),
    ],
)
def test_silence_is_counted_in_calendar_months(received, day):
    assert silence_date(received) == day


@given(
    minutes=st.integers(min_value=1, max_value=5_000),
    since=st.datetimes(
        min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(ZoneInfo("UTC"))
    ),
)
def test_promise_and_measure_agree(minutes, since):
    from cned_portal.common.calendars import BusinessCalendar, Opening

    calendar = BusinessCalendar(
        tuple(
            Opening(day, *hours) for day in range(6) for hours in ((time(8, 30), time(12)), (time(13, 15), time(18)))
        ),
        frozenset({date(2026, 5, 1), date(2026, 7, 14)}),
    )
    since = since.replace(second=0, microsecond=0)
    assert calendar.minutes_between(since, calendar.add_minutes(since, minutes)) == minutes
