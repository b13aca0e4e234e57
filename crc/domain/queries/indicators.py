"""Indicators of the desk over a period, computed by the database in a fixed number of queries; no page in here.

Each one has its definition as data, shown wherever the figure is: a rate without its population says nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.core.cache import cache
from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Lower, TruncMonth
from django.db.models.lookups import Exact
from django.utils import timezone

from cned_portal.common.charts import MISSING, Point, Series, bar_chart, format_number, line_chart
from cned_portal.common.statistics import Share
from crc.domain.queries.board import changed_service
from crc.domain.queries.periods import month_bounds, previous_month
from crc.enums import Direction, State
from crc.models import CallCount, Message, Ticket

REPEAT_DAYS = 7
REITERATION_DAYS = 14
CHART_MONTHS = 12
RUNNING_SECONDS = 60
ENDED_SECONDS = 3_600  # a ticket reopened, rerouted or merged since still moves the figures of a past month
_NOT_CLOSED = [state for state in State if state != State.CLOSED]


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
class Backlog:
    """Tickets not closed at an instant, and their age in days."""

    count: int
    median_days: float | None
    over_a_week: int


@dataclass(frozen=True)
class Calls:
    """Telephone calls of a period; `thresholds` are the shortest and longest time to pick up that was promised."""

    offered: int
    answered: int
    in_time: int
    abandoned: int
    thresholds: tuple[int, int] | None
    mean_talk_seconds: float | None

    @property
    def promised(self):
        """The time to pick up, in words; empty without calls."""
        if self.thresholds is None:
            return ""
        shortest, longest = self.thresholds
        return f"{longest} secondes" if shortest == longest else f"de {shortest} à {longest} secondes"

    @property
    def answer_rate(self):
        return Share(self.answered, self.offered)

    @property
    def service_rate(self):
        return Share(self.in_time, self.offered)

    @property
    def abandon_rate(self):
        return Share(self.abandoned, self.offered)


@dataclass(frozen=True)
class Figures:
    """Figures of a period. Received, answered and closed are three populations: each is counted at its own date."""

    received: int
    first_answer: Delay
    in_time: Share
    resolution: Delay
    backlog: Backlog
    first_contact: Share
    reiterated: Share
    reopened: Share
    rerouted: Share
    calls: Calls | None
    brought: Mapping[str, object] = field(default_factory=dict)  # by code: what the apps above measure


@dataclass(frozen=True)
class Definition:
    """An indicator: where its figure is in `Figures`, in which unit, what it counts and where it comes from.

    Without a path, its figure is the one that was brought under its code.
    """

    code: str
    label: str
    unit: str  # "count", "minutes", "days", "seconds" or "share"
    path: str
    text: str
    source: str = "Demandes du portail"


_SWITCHBOARD = "Comptages du standard, importés chaque jour"
DEFINITIONS = (
    Definition("received", "Demandes reçues", "count", "received", "Demandes dont la réception tombe dans la période."),
    Definition(
        "first-answers",
        "Premières réponses données",
        "count",
        "first_answer.count",
        "Demandes dont la première réponse d’un agent tombe dans la période. L’accusé de réception n’en est pas une.",
    ),
    Definition(
        "first-answer-median",
        "Première réponse, délai médian",
        "minutes",
        "first_answer.median",
        "Temps ouvré du service entre la réception et la première réponse d’un agent : une sur deux attend moins.",
    ),
    Definition(
        "first-answer-p90",
        "Première réponse, neuf sur dix en moins de",
        "minutes",
        "first_answer.p90",
        "Même temps ouvré, neuvième décile : neuf demandes sur dix attendent moins.",
    ),
    Definition(
        "in-time",
        "Premières réponses dans le délai promis",
        "share",
        "in_time",
        "Premières réponses données au plus tard à la première date promise, sur les premières réponses de la période. "
        "Une nouvelle date annoncée ensuite n’y change rien.",
    ),
    Definition(
        "closed", "Demandes closes", "count", "resolution.count", "Demandes dont la clôture tombe dans la période."
    ),
    Definition(
        "resolution-median",
        "Résolution, délai médian",
        "minutes",
        "resolution.median",
        "Temps ouvré du service entre la réception et la clôture, pour les demandes closes dans la période.",
    ),
    Definition(
        "resolution-p90",
        "Résolution, neuf sur dix en moins de",
        "minutes",
        "resolution.p90",
        "Même temps ouvré, neuvième décile : neuf demandes sur dix sont closes plus vite.",
    ),
    Definition(
        "backlog",
        "Demandes non closes à la fin",
        "count",
        "backlog.count",
        "Demandes reçues avant la fin de la période et non closes à cette date (aujourd’hui si elle n’est pas finie). "
        "Une demande close puis rouverte depuis compte comme non close.",
    ),
    Definition(
        "backlog-age",
        "Âge médian des demandes non closes",
        "days",
        "backlog.median_days",
        "Jours de calendrier entre la réception et la fin de la période, pour les demandes non closes.",
    ),
    Definition(
        "backlog-old",
        "Demandes non closes de plus de 7 jours",
        "count",
        "backlog.over_a_week",
        "Parmi les demandes non closes à la fin, celles reçues plus de sept jours de calendrier avant.",
    ),
    Definition(
        "first-contact",
        "Résolues au premier contact",
        "share",
        "first_contact",
        "Demandes closes après une seule réponse, jamais rouvertes, sans autre demande de la même adresse sur le même "
        "sujet entre les sept jours d’avant la réception et les sept jours d’après la clôture ; sur les demandes "
        "closes dans la période. Le chiffre des sept derniers jours est provisoire.",
    ),
    Definition(
        "reiterated",
        "Demandes réitérées",
        "share",
        "reiterated",
        "Demandes qui suivent de moins de quatorze jours une autre de la même adresse sur le même sujet ; sur les "
        "demandes reçues dans la période.",
    ),
    Definition(
        "reopened",
        "Demandes rouvertes",
        "share",
        "reopened",
        "Demandes rouvertes au moins une fois ; sur les demandes reçues dans la période et closes au moins une fois.",
    ),
    Definition(
        "rerouted",
        "Demandes ayant changé de service",
        "share",
        "rerouted",
        "Demandes transmises au moins une fois à un autre service après leur première orientation ; sur les demandes "
        "reçues dans la période. Cible : moins de 5 %.",
    ),
    Definition(
        "calls-offered",
        "Appels présentés",
        "count",
        "calls.offered",
        "Appels arrivés aux lignes dans la période, décrochés ou non.",
        _SWITCHBOARD,
    ),
    Definition(
        "calls-answered",
        "Taux de décroché",
        "share",
        "calls.answer_rate",
        "Appels décrochés sur appels présentés. Variante retenue : les abandons restent au dénominateur, même les plus "
        "courts.",
        _SWITCHBOARD,
    ),
    Definition(
        "calls-in-time",
        "Qualité de service téléphonique",
        "share",
        "calls.service_rate",
        "Appels décrochés dans le délai fixé pour la ligne, sur appels présentés.",
        _SWITCHBOARD,
    ),
    Definition(
        "calls-abandoned",
        "Appels abandonnés",
        "share",
        "calls.abandon_rate",
        "Appels raccrochés par l’appelant avant d’être décrochés, sur appels présentés.",
        _SWITCHBOARD,
    ),
    Definition(
        "calls-talk",
        "Durée moyenne d’un appel",
        "seconds",
        "calls.mean_talk_seconds",
        "Durée moyenne de conversation, pondérée par les appels décrochés des lignes qui la mesurent.",
        _SWITCHBOARD,
    ),
)


_brought: list[tuple[tuple[Definition, ...], Callable]] = []


def bring_measures(definitions, measure):
    """Add what an app above measures about tickets, in `AppConfig.ready`.

    `measure(period, service, public)` gives the values of these definitions, by code; None is shown « n. d. ».
    """
    _brought.append((tuple(definitions), measure))


def all_definitions():
    """Definitions in the order of the pages: what was brought before the telephone."""
    brought = [definition for definitions, _ in _brought for definition in definitions]
    calls = [one for one in DEFINITIONS if one.path.startswith("calls.")]
    return [*(one for one in DEFINITIONS if one not in calls), *brought, *calls]


@dataclass(frozen=True)
class Line:
    """An indicator with its figure for the period and for the one before, as values and in words."""

    definition: Definition
    value: object
    before: object

    @property
    def shown(self):
        return in_words(self.value, self.definition.unit)

    @property
    def shown_before(self):
        return in_words(self.before, self.definition.unit)


def indicator_lines(figures, before):
    """One line for each definition that has a figure: the telephone has none where services are told apart."""
    return [
        Line(definition, _figure(figures, definition), _figure(before, definition))
        for definition in all_definitions()
        if figures.calls is not None or not definition.path.startswith("calls.")
    ]


def in_words(value, unit):
    """« 1 204 », « 3 h 20 ouvrées », « 4,5 jours », « 2 min 05 s », « 87,4 % (14 sur 16) »; « n. d. » for none."""
    if isinstance(value, Share):
        if value.percent is None:
            return MISSING
        return f"{format_number(value.percent, '%')} ({format_number(value.count)} sur {format_number(value.total)})"
    if value is None:
        return MISSING
    if unit == "minutes":
        return business_minutes(value)
    if unit == "days":
        return f"{format_number(value)}\u00a0jour{'s' if value >= 2 else ''}"
    if unit == "seconds":
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes}\u00a0min {seconds:02}\u00a0s" if minutes else f"{seconds}\u00a0s"
    return format_number(value)


def business_minutes(minutes):
    """Business minutes in hours and minutes: « 3 h 20 ouvrées », « 40 min ouvrées »; « n. d. » for none."""
    if minutes is None:
        return MISSING
    hours, left = divmod(round(minutes), 60)
    if hours:
        return f"{format_number(hours)}\u00a0h {left:02} ouvrées" if left else f"{format_number(hours)}\u00a0h ouvrées"
    return f"{left}\u00a0min ouvrées"


def indicators(period, *, service=None, public="", now=None):
    """Figures of the period, of one service or of all but the restricted ones. Five queries, four without the calls,
    and those of the measures that were brought.

    Telephone lines belong to no service: their figures are left out when one is chosen.
    """
    start, end = period.bounds
    tickets = _tickets(service, public)
    received = tickets.filter(received_at__gte=start, received_at__lt=end).aggregate(
        count=Count("pk"),
        reiterated=Count("pk", filter=_other(received_at__lt=OuterRef("received_at"), days_before=REITERATION_DAYS)),
        closed_once=Count("pk", filter=Q(state=State.CLOSED) | Q(reopen_count__gt=0)),
        reopened=Count("pk", filter=Q(reopen_count__gt=0)),
        rerouted=Count("pk", filter=changed_service()),
    )
    answered = tickets.filter(first_answer_at__gte=start, first_answer_at__lt=end).aggregate(
        count=Count("pk"),
        in_time=Count("pk", filter=Q(first_answer_at__lte=F("first_due_at"))),
        median=Percentile("first_answer_minutes", 0.5),
        p90=Percentile("first_answer_minutes", 0.9),
    )
    closed = tickets.filter(closed_at__gte=start, closed_at__lt=end).aggregate(
        count=Count("pk"),
        first_contact=Count("pk", filter=_first_contact()),
        median=Percentile("resolution_minutes", 0.5),
        p90=Percentile("resolution_minutes", 0.9),
    )
    return Figures(
        received=received["count"],
        first_answer=Delay(answered["count"], answered["median"], answered["p90"]),
        in_time=Share(answered["in_time"], answered["count"]),
        resolution=Delay(closed["count"], closed["median"], closed["p90"]),
        backlog=_backlog(tickets, min(end, now or timezone.now())),
        first_contact=Share(closed["first_contact"], closed["count"]),
        reiterated=Share(received["reiterated"], received["count"]),
        reopened=Share(received["reopened"], received["closed_once"]),
        rerouted=Share(received["rerouted"], received["count"]),
        calls=None if service else _calls(period, public),
        brought={code: value for _, measure in _brought for code, value in measure(period, service, public).items()},
    )


def kept_figures(period, *, service=None, public=""):
    """(instant, figures of the period, of the one before, charts), kept for a while: past months hardly change.

    What the switchboard counted is read anew: it is imported, then corrected.
    """
    asked = {"service": service, "public": public}

    def compute():
        both = [indicators(one, **asked) for one in (period, period.before)]
        return timezone.now(), both, monthly_charts(period.last, **asked)

    key = f"crc:figures:{period.first}:{period.last}:{service.pk if service else ''}:{public}"
    at, both, charts = cache.get_or_set(key, compute, RUNNING_SECONDS if period.is_running else ENDED_SECONDS)
    if service is None:
        both = [replace(one, calls=_calls(of, public)) for one, of in zip(both, (period, period.before), strict=True)]
    return at, *both, charts


def monthly_charts(until, *, service=None, public=""):
    """Two drawings of the twelve months that end with that of `until`: requests received, promises kept."""
    months = [until.replace(day=1)]
    while len(months) < CHART_MONTHS:
        months.insert(0, previous_month(months[0]))
    start, end = month_bounds(months[0])[0], month_bounds(months[-1])[1]
    tickets = _tickets(service, public)
    received = _by_month(tickets.filter(received_at__gte=start, received_at__lt=end), "received_at", Count("pk"))
    in_time = _by_month(
        tickets.filter(first_answer_at__gte=start, first_answer_at__lt=end),
        "first_answer_at",
        100.0 * Count("pk", filter=Q(first_answer_at__lte=F("first_due_at"))) / Count("pk"),
    )
    labels = {month: f"{month:%m/%Y}" for month in months}
    return [
        bar_chart(
            title="Demandes reçues par mois",
            bars=[(labels[month], float(received.get(month, 0))) for month in months],
            label_header="Mois",
            value_header="Demandes",
        ),
        line_chart(
            title="Premières réponses dans le délai promis",
            series=[Series("Part", tuple(Point(labels[month], in_time.get(month)) for month in months))],
            x_label="Mois",
        ),
    ]


def _by_month(tickets, field, figure):
    rows = tickets.order_by().annotate(month=TruncMonth(field)).values("month").annotate(figure=figure)
    return {timezone.localdate(row["month"]): row["figure"] for row in rows}


def _tickets(service, public):
    tickets = Ticket.objects.filter(service=service) if service else Ticket.objects.filter(service__is_restricted=False)
    return tickets.filter(public=public) if public else tickets


def _other(*, days_before, **filters):
    """Whether the same address asked on the same topic; an address that is not known is nobody's."""
    return Exists(
        Ticket.objects.alias(lower_email=Lower("requester_email"))
        .filter(
            ~Q(requester_email=""),
            lower_email=Lower(OuterRef("requester_email")),
            topic=OuterRef("topic"),
            received_at__gte=OuterRef("received_at") - timedelta(days=days_before),
            **filters,
        )
        .exclude(pk=OuterRef("pk"))
    )


def _first_contact():
    """One answer and no more, never reopened, and nothing asked again around."""
    answers = (
        Message.objects.filter(ticket=OuterRef("pk"), direction=Direction.OUT)
        .order_by()
        .values("ticket")
        .annotate(number=Count("pk"))
        .values("number")
    )
    again = _other(days_before=REPEAT_DAYS, received_at__lte=OuterRef("closed_at") + timedelta(days=REPEAT_DAYS))
    return Q(reopen_count=0) & Exact(Subquery(answers), 1) & ~again


def _backlog(tickets, at):
    age = ExpressionWrapper(Value(at) - F("received_at"), output_field=DurationField())
    found = (
        tickets.filter(Q(state__in=_NOT_CLOSED) | Q(closed_at__gte=at), received_at__lt=at)
        .order_by()
        .aggregate(
            count=Count("pk"),
            median=Percentile(age, 0.5, output_field=DurationField()),
            over_a_week=Count("pk", filter=Q(received_at__lt=at - timedelta(days=REPEAT_DAYS))),
        )
    )
    median = found["median"]
    return Backlog(found["count"], None if median is None else median / timedelta(days=1), found["over_a_week"])


def _calls(period, public):
    counts = CallCount.objects.filter(day__gte=period.first, day__lte=period.last)
    if public:
        counts = counts.filter(public=public)
    talked = Q(mean_talk_seconds__isnull=False)
    # No alias may be the name of a field: the next aggregates would take it for the sum.
    found = counts.order_by().aggregate(
        presented=Coalesce(Sum("offered"), 0),
        picked_up=Coalesce(Sum("answered"), 0),
        in_time=Coalesce(Sum("answered_in_time"), 0),
        lost=Coalesce(Sum("abandoned"), 0),
        shortest=Min("threshold_seconds"),
        longest=Max("threshold_seconds"),
        talked=Sum("answered", filter=talked),
        seconds=Sum(Cast("answered", BigIntegerField()) * F("mean_talk_seconds"), filter=talked),
    )
    return Calls(
        offered=found["presented"],
        answered=found["picked_up"],
        in_time=found["in_time"],
        abandoned=found["lost"],
        thresholds=None if found["shortest"] is None else (found["shortest"], found["longest"]),
        mean_talk_seconds=found["seconds"] / found["talked"] if found["talked"] else None,
    )


def _figure(figures, definition):
    if not definition.path:
        return figures.brought[definition.code]
    for name in definition.path.split("."):
        figures = getattr(figures, name)
    return figures
