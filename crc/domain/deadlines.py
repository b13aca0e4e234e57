"""Dates promised, in business minutes of a service's calendar."""

import calendar
import logging
from datetime import timedelta

from django.utils import timezone

logger = logging.getLogger(__name__)

NO_CALENDAR_DELAY = timedelta(days=7)


def promised_at(service, minutes, *, since):
    """Instant by which the service answers: `minutes` of its open time after `since` (aware datetime).

    A calendar that never opens is a mistake in the settings, not a reason to refuse a request: seven days then.
    """
    try:
        return service.calendar.business_calendar().add_minutes(since, minutes)
    except ValueError:
        logger.error("calendar without enough open time", extra={"calendar": service.calendar_id})
        return since + NO_CALENDAR_DELAY


def minutes_spent(service, start, end):
    """Whole minutes of the service's open time between two instants."""
    return service.calendar.business_calendar().minutes_between(start, end)


def silence_date(received_at):
    """Day on which two months of silence are complete (articles L231-1 and L231-4 of the CRPA): calendar months."""
    day = timezone.localdate(received_at)
    months = day.month - 1 + 2
    year, month = day.year + months // 12, months % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
