"""Half-days in which a service may call back, taken from its opening calendar."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats, timezone

DAYS = 5  # open days offered
_LOOK_AHEAD = 30
_NOON = time(13)
_NOTICE = timedelta(hours=1)  # no slot that ends sooner than this


def call_slots(calendar, *, now=None):
    """(value, label) of the next half-days in which the calendar is open, soonest first; at most five days.

    `calendar` is a BusinessCalendar; hours are said in its time zone.
    """
    now = now or timezone.now()
    zone = ZoneInfo(calendar.timezone)
    today, slots, days = now.astimezone(zone).date(), [], 0
    for ahead in range(_LOOK_AHEAD):
        day = today + timedelta(days=ahead)
        noon = datetime.combine(day, _NOON, zone)
        found = []
        midnight, next_midnight = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        for name, first, last in (("matin", midnight, noon), ("apres-midi", noon, next_midnight)):
            open_in = [(max(start, first), min(end, last)) for start, end in calendar.intervals(day)]
            open_in = [(start, end) for start, end in open_in if start < end and end > now + _NOTICE]
            if open_in:
                hours = f"{_hour(open_in[0][0], zone)} – {_hour(open_in[-1][1], zone)}"
                part = "le matin" if name == "matin" else "l’après-midi"
                found.append((f"{day.isoformat()}-{name}", f"{formats.date_format(day, 'l j F')}, {part} ({hours})"))
        slots += found
        days += bool(found)
        if days == DAYS:
            break
    return slots


def _midnight(day, zone):
    return datetime.combine(day, time.min, zone)


def _hour(moment, zone):
    local = moment.astimezone(zone)
    return f"{local.hour} h" if not local.minute else f"{local.hour} h {local.minute:02}"
