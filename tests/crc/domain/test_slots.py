"""Slots of a call back, from the opening calendar."""

from datetime import UTC, date, datetime, time

from cned_portal.common.calendars import BusinessCalendar, Opening
from crc.domain.queries.slots import call_slots

WEEK = tuple(
    Opening(day, start, end) for day in range(5) for start, end in ((time(9), time(12, 30)), (time(13, 30), time(17)))
)


def test_slots_are_the_open_half_days_that_come():
    calendar = BusinessCalendar(WEEK, closed_days=frozenset({date(2026, 11, 27)}))
    slots = call_slots(calendar, now=datetime(2026, 11, 26, 11, tzinfo=UTC))  # Thursday, noon in Paris
    assert slots[0] == ("2026-11-26-apres-midi", "jeudi 26 novembre, l’après-midi (13 h 30 – 17 h)")
    assert slots[1] == ("2026-11-30-matin", "lundi 30 novembre, le matin (9 h – 12 h 30)")
    assert {value[:10] for value, _ in slots} == {
        f"2026-{day}" for day in ("11-26", "11-30", "12-01", "12-02", "12-03")
    }


def test_slot_about_to_end_is_not_offered():
    slots = call_slots(BusinessCalendar(WEEK), now=datetime(2026, 11, 26, 15, 30, tzinfo=UTC))
    assert slots[0][0] == "2026-11-27-matin"


def test_calendar_that_never_opens_offers_none():
    assert call_slots(BusinessCalendar(())) == []
