"""The register of complaints of a month and the actions that follow, for the report; counts, and nobody's words."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q

from cned_portal.common.statistics import Share
from crc.domain.queries.indicators import Percentile
from crc.domain.queries.periods import Period
from crc.enums import ComplaintOutcome
from crc.models import Complaint
from quality.domain.queries.improvements import proved_indicators
from quality.domain.queries.referentials import version_at
from quality.enums import UNDERWAY, ImprovementState
from quality.models import Improvement, ImprovementStep, Indicator, ReferentialVersion

ACTIONS_SHOWN = 30
NO_CAUSE = "Cause à déterminer"
_LIVE = [ImprovementState.TO_DECIDE, *UNDERWAY, ImprovementState.DONE]


@dataclass(frozen=True)
class Register:
    """Complaints opened, instructed and reviewed: three populations, each at its own date, as in the whole report."""

    opened: int
    by_cause: tuple[tuple[str, int], ...]
    by_outcome: tuple[tuple[str, int], ...]
    second_looks: Share
    median_days: float | None
    actions: list[Improvement]
    more_actions: bool
    version: ReferentialVersion | None
    indicators: list[Indicator]


def register_of(month, service=None):
    """Figures of the month, of one service or of all but the restricted ones. A fixed number of queries."""
    period = Period.month(month)
    start, end = period.bounds
    scope = Q(ticket__service=service) if service else Q(ticket__service__is_restricted=False)
    complaints = Complaint.objects.filter(scope).order_by()
    opened = complaints.filter(opened_at__gte=start, opened_at__lt=end)
    by_cause = opened.values("cause__label").annotate(number=Count("pk")).order_by("-number", "cause__label")
    causes = tuple((row["cause__label"] or NO_CAUSE, row["number"]) for row in by_cause)
    instructed = complaints.filter(decided_at__gte=start, decided_at__lt=end)
    by_outcome = instructed.values("outcome").annotate(
        number=Count("pk"), reviewed=Count("pk", filter=Q(second_look_at__isnull=False))
    )
    outcomes = list(by_outcome.order_by("-number", "outcome"))
    time_taken = ExpressionWrapper(F("second_look_at") - F("opened_at"), output_field=DurationField())
    median = complaints.filter(second_look_at__gte=start, second_look_at__lt=end).aggregate(
        median=Percentile(time_taken, 0.5, output_field=DurationField())
    )["median"]
    actions = list(_actions(start, end, service)[: ACTIONS_SHOWN + 1])
    version = version_at(period.last)
    return Register(
        opened=sum(number for _, number in causes),
        by_cause=causes,
        by_outcome=tuple((ComplaintOutcome(row["outcome"]).label, row["number"]) for row in outcomes),
        second_looks=Share(sum(row["reviewed"] for row in outcomes), sum(row["number"] for row in outcomes)),
        median_days=None if median is None else median / timedelta(days=1),
        actions=actions[:ACTIONS_SHOWN],
        more_actions=len(actions) > ACTIONS_SHOWN,
        version=version,
        indicators=list(proved_indicators(version)),
    )


def _actions(start, end, service):
    """Those that wait for something, and those that moved in the month; as they are when the report is made."""
    moved = ImprovementStep.objects.filter(improvement=OuterRef("pk"), at__gte=start, at__lt=end)
    scope = Q(service=service) if service else Q(service=None) | Q(service__is_restricted=False)
    found = Improvement.objects.filter(scope, opened_at__lt=end).filter(Q(state__in=_LIVE) | Exists(moved))
    return found.with_steps().order_by("-opened_at", "-pk")
