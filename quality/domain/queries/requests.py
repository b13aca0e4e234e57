"""The requests of a month, computed by the database in a fixed number of queries; no PDF nor page in here."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from crc.domain.queries.indicators import Figures, indicators
from crc.domain.queries.periods import Period, month_bounds
from crc.enums import Channel, Kind, Public
from crc.models import Ticket
from quality.domain.queries.satisfaction import Satisfaction, satisfaction

TOPICS_SHOWN = 10


@dataclass(frozen=True)
class MonthlyRequests:
    """Figures of a month: those of the desk, where the requests come from, and what their authors say."""

    month: date
    desk: Figures
    by_public: tuple[tuple[str, int], ...]
    by_kind: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]
    by_topic: tuple[tuple[str, int], ...]
    complaints: int
    late_now: int
    satisfaction: Satisfaction


def monthly_requests(month, service=None, *, now=None):
    """Figures of the month, of one service or of all but the restricted ones. A fixed number of queries."""
    start, end = month_bounds(month)
    tickets = Ticket.objects.filter(service=service) if service else Ticket.objects.filter(service__is_restricted=False)
    received = tickets.filter(received_at__gte=start, received_at__lt=end)
    by_kind = _counted(received, "kind")
    return MonthlyRequests(
        month=month,
        desk=indicators(Period.month(month), service=service, now=now),
        by_public=_labelled(_counted(received, "public"), Public),
        by_kind=_labelled(by_kind, Kind),
        by_channel=_labelled(_counted(received, "channel"), Channel),
        by_topic=tuple(list(_counted(received, "topic__label").items())[:TOPICS_SHOWN]),
        complaints=by_kind.get(Kind.COMPLAINT, 0),
        late_now=tickets.late(now).count(),
        satisfaction=satisfaction((start, end), service),
    )


def _counted(rows, field):
    counts = rows.order_by().values(field).annotate(number=Count("pk")).order_by("-number", field)
    return {row[field]: row["number"] for row in counts}


def _labelled(counts, choices):
    return tuple((choices(value).label, number) for value, number in counts.items())
