"""The live board: what waits at this instant, counted on open tickets alone, in a fixed number of queries."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils import timezone

from cned_portal.common.statistics import Share
from crc.domain.queries.periods import midnight
from crc.models import RoutingDecision, Service, Ticket

AGE_LABELS = ("Moins d’un jour", "1 à 3 jours", "4 à 7 jours", "Plus de 7 jours")
REROUTES_DAYS = 7
REROUTES_TARGET = 5  # per cent: above, the rules of the topic send it to the wrong door
FALLBACK_PATIENCE = timedelta(hours=1)
AGENTS_SHOWN = 100
KEEP_SECONDS = 15


@dataclass(frozen=True)
class Stock:
    """Tickets that a service owes an answer; `ages` follow AGE_LABELS."""

    code: str
    name: str
    count: int
    ages: tuple[int, ...]
    late: int
    missed: int
    unread: int
    unassigned: int
    oldest_promise: datetime | None


@dataclass(frozen=True)
class Load:
    """What a person has to answer."""

    name: str
    count: int
    late: int


@dataclass(frozen=True)
class Reroutes:
    """Tickets of a topic received in the last days, and how many of them changed service."""

    topic: str
    share: Share

    @property
    def is_over(self):
        return self.share.percent is not None and self.share.percent >= REROUTES_TARGET


@dataclass(frozen=True)
class Board:
    at: datetime
    services: tuple[Stock, ...]
    total: Stock
    agents: tuple[Load, ...]
    more_agents: bool
    topics: tuple[Reroutes, ...]
    every_topic: Reroutes
    fallback: Service | None
    forgotten: int


def kept_board(user):
    """The board, at most KEEP_SECONDS old: those who may read the same tickets, and refresh all day, share one."""
    try:
        seen = str(Ticket.objects.visible_to(user).query)
    except EmptyResultSet:
        return live_board(user)
    return cache.get_or_set(
        f"crc:board:{hashlib.sha256(seen.encode()).hexdigest()}", lambda: live_board(user), KEEP_SECONDS
    )


def live_board(user, *, now=None):
    """The board of the tickets that `user` may read: four queries, whatever their number."""
    now = now or timezone.now()
    visible = Ticket.objects.visible_to(user)
    stocks, forgotten = _stocks(visible.to_answer(), now)
    agents = _loads(visible.to_answer(), now)
    topics = _reroutes(visible, now)
    return Board(
        at=now,
        services=tuple(stocks),
        total=_total(stocks),
        agents=tuple(agents[:AGENTS_SHOWN]),
        more_agents=len(agents) > AGENTS_SHOWN,
        topics=tuple(topics),
        every_topic=Reroutes(
            "Ensemble", Share(sum(one.share.count for one in topics), sum(one.share.total for one in topics))
        ),
        fallback=Service.objects.filter(is_fallback=True).first() if forgotten else None,
        forgotten=forgotten,
    )


def age_bounds(now):
    """Instants at which an age begins: midnight today, three and seven days before it, in local time."""
    today = timezone.localdate(now)
    return tuple(midnight(today - timedelta(days=days)) for days in (0, 3, 7))


def age_counts(bounds):
    """Aggregates `age_0`… of the four classes of age, in calendar days since the reception."""
    today, three, seven = bounds
    classes = (
        Q(received_at__gte=today),
        Q(received_at__lt=today, received_at__gte=three),
        Q(received_at__lt=three, received_at__gte=seven),
        Q(received_at__lt=seven),
    )
    return {f"age_{number}": Count("pk", filter=held) for number, held in enumerate(classes)}


def _stocks(open_tickets, now):
    rows = (
        open_tickets.order_by()
        .values("service", "service__code", "service__name")
        .annotate(
            count=Count("pk"),
            late=Count("pk", filter=Q(due_at__lt=now)),
            missed=Count("pk", filter=Q(first_answer_at__isnull=True, first_due_at__lt=now)),
            unread=Count("pk", filter=Q(has_unread=True)),
            unassigned=Count("pk", filter=Q(assignee__isnull=True)),
            oldest=Min("due_at"),
            forgotten=Count(
                "pk",
                filter=Q(
                    service__is_fallback=True, first_answer_at__isnull=True, received_at__lt=now - FALLBACK_PATIENCE
                ),
            ),
            **age_counts(age_bounds(now)),
        )
        .order_by("-late", "-count", "service__name")
    )
    stocks = [
        Stock(
            code=row["service__code"],
            name=row["service__name"],
            count=row["count"],
            ages=tuple(row[f"age_{number}"] for number in range(len(AGE_LABELS))),
            late=row["late"],
            missed=row["missed"],
            unread=row["unread"],
            unassigned=row["unassigned"],
            oldest_promise=row["oldest"],
        )
        for row in rows
    ]
    return stocks, sum(row["forgotten"] for row in rows)


def _total(stocks):
    def added(name):
        return sum(getattr(stock, name) for stock in stocks)

    return Stock(
        code="",
        name="Ensemble",
        count=added("count"),
        ages=tuple(sum(stock.ages[number] for stock in stocks) for number in range(len(AGE_LABELS))),
        late=added("late"),
        missed=added("missed"),
        unread=added("unread"),
        unassigned=added("unassigned"),
        oldest_promise=min((stock.oldest_promise for stock in stocks), default=None),
    )


def _loads(open_tickets, now):
    rows = (
        open_tickets.filter(assignee__isnull=False)
        .order_by()
        .values("assignee", "assignee__first_name", "assignee__last_name")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
        .order_by("-late", "-count", "assignee__last_name", "assignee")[: AGENTS_SHOWN + 1]
    )
    return [
        Load(
            f"{row['assignee__first_name']} {row['assignee__last_name']}".strip() or f"Compte n° {row['assignee']}",
            row["count"],
            row["late"],
        )
        for row in rows
    ]


def changed_service():
    """Whether a ticket went to another service after its first one."""
    return Exists(RoutingDecision.objects.filter(ticket=OuterRef("pk"), previous_service__isnull=False))


def _reroutes(visible, now):
    """The tickets of the last days, closed or not: bounded by their date of reception."""
    rows = (
        visible.filter(received_at__gte=now - timedelta(days=REROUTES_DAYS))
        .order_by()
        .values("topic", label=F("topic__label"))
        .annotate(received=Count("pk"), rerouted=Count("pk", filter=changed_service()))
        .order_by("-rerouted", "label")
    )
    return [Reroutes(row["label"], Share(row["rerouted"], row["received"])) for row in rows]
