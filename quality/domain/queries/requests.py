"""The requests of a month, computed by the database in a fixed number of queries; no PDF nor page in here."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Aggregate, Count, F, FloatField, Q
from django.utils import timezone

from crc.enums import Channel, Kind, Public
from crc.models import RoutingDecision, Ticket
from quality.domain.queries.satisfaction import Satisfaction, Share, satisfaction

TOPICS_SHOWN = 10


class Percentile(Aggregate):
    """Continuous percentile: the value under which that share of the rows lies."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression, share, **extra):
        super().__init__(expression, share=share, **extra)


@dataclass(frozen=True)
class Delay:
    """Durations in business minutes of the services: how many were measured, their median and their 90th centile."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class MonthlyRequests:
    """Figures of a month. Received, answered and closed are three populations: each is counted at its own date."""

    month: date
    received: int
    by_public: tuple[tuple[str, int], ...]
    by_kind: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]
    by_topic: tuple[tuple[str, int], ...]
    complaints: int
    first_answer: Delay
    in_time: Share
    resolution: Delay
    reopened: Share
    rerouted: int
    late_now: int
    satisfaction: Satisfaction


def month_bounds(month):
    """First instants of the month and of the next one, in local time: a month has 719, 720 or 721 hours and more."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return tuple(timezone.make_aware(datetime.combine(day, time.min)) for day in (month, after))


def previous_month(month):
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def monthly_requests(month, service=None, *, now=None):
    """Figures of the month, of one service or of all but the restricted ones. A fixed number of queries."""
    start, end = month_bounds(month)
    tickets = Ticket.objects.filter(service=service) if service else Ticket.objects.filter(service__is_restricted=False)
    received = tickets.filter(received_at__gte=start, received_at__lt=end)
    answered = tickets.filter(first_answer_at__gte=start, first_answer_at__lt=end).aggregate(
        count=Count("pk"),
        in_time=Count("pk", filter=Q(first_answer_at__lte=F("first_due_at"))),
        median=Percentile("first_answer_minutes", 0.5),
        p90=Percentile("first_answer_minutes", 0.9),
    )
    closed = tickets.filter(closed_at__gte=start, closed_at__lt=end).aggregate(
        count=Count("pk"),
        reopened=Count("pk", filter=Q(reopen_count__gt=0)),
        median=Percentile("resolution_minutes", 0.5),
        p90=Percentile("resolution_minutes", 0.9),
    )
    by_kind = _counted(received, "kind")
    rerouted = RoutingDecision.objects.filter(at__gte=start, at__lt=end, previous_service__isnull=False)
    return MonthlyRequests(
        month=month,
        received=sum(by_kind.values()),
        by_public=_labelled(_counted(received, "public"), Public),
        by_kind=_labelled(by_kind, Kind),
        by_channel=_labelled(_counted(received, "channel"), Channel),
        by_topic=tuple(list(_counted(received, "topic__label").items())[:TOPICS_SHOWN]),
        complaints=by_kind.get(Kind.COMPLAINT, 0),
        first_answer=Delay(answered["count"], answered["median"], answered["p90"]),
        in_time=Share(answered["in_time"], answered["count"]),
        resolution=Delay(closed["count"], closed["median"], closed["p90"]),
        reopened=Share(closed["reopened"], closed["count"]),
        rerouted=rerouted.filter(ticket__in=tickets).count(),
        late_now=tickets.late(now).count(),
        satisfaction=satisfaction((start, end), service),
    )


def _counted(rows, field):
    counts = rows.order_by().values(field).annotate(number=Count("pk")).order_by("-number", field)
    return {row[field]: row["number"] for row in counts}


def _labelled(counts, choices):
    return tuple((choices(value).label, number) for value, number in counts.items())
