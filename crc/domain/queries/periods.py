"""Periods in local time: a month has 719, 720 or 721 hours and more."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

LONGEST_DAYS = 366


def month_bounds(month):
    """First instants of the month and of the next one, in local time."""
    return tuple(map(midnight, (month, next_month(month))))


def next_month(month):
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month):
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both in."""

    first: date
    last: date

    @classmethod
    def month(cls, month):
        return cls(month, next_month(month) - timedelta(days=1))

    @property
    def is_month(self):
        return self == Period.month(self.first.replace(day=1))

    @property
    def is_running(self):
        return self.last >= timezone.localdate()

    @property
    def bounds(self):
        """First instant of the period and of what follows it, in local time."""
        return midnight(self.first), midnight(self.last + timedelta(days=1))

    @property
    def before(self):
        """The month before a month; else as many days, just before."""
        if self.is_month:
            return Period.month(previous_month(self.first))
        length = self.last - self.first + timedelta(days=1)
        return Period(self.first - length, self.last - length)

    @property
    def label(self):
        if self.is_month:
            return date_format(self.first, "F Y").capitalize()
        return f"{self.first:%d/%m/%Y} au {self.last:%d/%m/%Y}"


def midnight(day):
    """First instant of a day, in local time."""
    return timezone.make_aware(datetime.combine(day, time.min))
