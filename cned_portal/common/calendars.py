"""Business time: minutes counted only while a service is open.

Pure arithmetic on frozen values, with several opening intervals a day, seasons, closed days and exceptional openings.
Local hours are converted to UTC day by day, so that the 23-hour and 25-hour days are counted right.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HORIZON_DAYS = 3 * 366  # no promise is made further than this


@dataclass(frozen=True)
class Opening:
    """A weekly interval, Monday is 0; it holds from `valid_from` to `valid_to` included where they are given."""

    weekday: int
    start: time
    end: time
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day):
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class BusinessCalendar:
    """Opening hours of a service."""

    openings: tuple[Opening, ...]
    closed_days: frozenset[date] = frozenset()
    special_openings: tuple[tuple[date, time, time], ...] = ()
    timezone: str = "Europe/Paris"
    _days: dict = field(default_factory=dict, repr=False, compare=False)

    def intervals(self, day):
        """Open intervals of a local day, as sorted and disjoint pairs of UTC instants."""
        if day not in self._days:
            zone = ZoneInfo(self.timezone)
            hours = [(start, end) for special, start, end in self.special_openings if special == day]
            if not hours and day not in self.closed_days:
                hours = [(opening.start, opening.end) for opening in self.openings if opening.holds_on(day)]
            instants = sorted(
                (datetime.combine(day, start, zone).astimezone(UTC), datetime.combine(day, end, zone).astimezone(UTC))
                for start, end in hours
            )
            self._days[day] = _merged(instants)
        return self._days[day]

    def add_minutes(self, moment, minutes):
        """First instant at which `minutes` of open time have passed since `moment` (aware datetimes).

        Raises ValueError when the calendar has not that much open time within three years.
        """
        remaining = timedelta(minutes=minutes)
        day = moment.astimezone(ZoneInfo(self.timezone)).date()
        for _ in range(HORIZON_DAYS):
            for start, end in self.intervals(day):
                start = max(start, moment)
                if start >= end:
                    continue
                if end - start >= remaining:
                    return start + remaining
                remaining -= end - start
            day += timedelta(days=1)
        raise ValueError("the calendar has not enough open time")

    def minutes_between(self, start, end):
        """Whole minutes of open time between two instants; 0 when `end` is not after `start`."""
        total = timedelta()
        zone = ZoneInfo(self.timezone)
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            for opened, closed in self.intervals(day):
                total += max(min(closed, end) - max(opened, start), timedelta())
            day += timedelta(days=1)
        return int(total.total_seconds() // 60)

    def is_open(self, moment):
        """Whether the service is open at this instant."""
        intervals = self.intervals(moment.astimezone(ZoneInfo(self.timezone)).date())
        index = bisect_right(intervals, moment, key=lambda interval: interval[0]) - 1
        return index >= 0 and moment < intervals[index][1]


def _merged(instants):
    """Disjoint intervals: overlapping openings count once; an interval that ends before it starts counts for none."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in instants:
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)
