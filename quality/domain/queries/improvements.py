"""What calls for an improvement action, what its effect is measured by, and the evidence that its steps make."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from crc.domain.queries.periods import Period, next_month, previous_month
from crc.models import Complaint, Ticket
from crc.validators import is_reference
from quality.domain.queries.satisfaction import satisfaction
from quality.enums import Evidence, ImprovementState, Measure
from quality.models import Improvement, ImprovementSource, ImprovementStep, Indicator

WINDOW_DAYS = 90  # a quarter: long enough for complaints, which are few, to be counted before and after
RECURRENT_FROM = 3  # two of one cause in a quarter may be chance; from the third on, the cause is looked into
SIGNALLED_DAYS = 365  # a complaint marked « à porter à l’amélioration » that nobody took up in a year is past deciding


@dataclass(frozen=True)
class RecurringCause:
    """Complaints of one cause about one service in the window, and how many have led to no action."""

    cause: int
    cause_label: str
    service_code: str
    service_name: str
    number: int
    without_action: int


def measured(improvement, measure, day):
    """What the measure says at the end of `day`, as a step that is not written; no count where too few answered.

    Complaints are counted over the 90 days that end with it. Scores are those of the last whole month, as everywhere:
    periods that differ by some days would tell what one person answered.
    """
    step = ImprovementStep(improvement=improvement, measure=measure)
    if measure == Measure.COMPLAINTS:
        period = Period(day - timedelta(days=WINDOW_DAYS - 1), day)
        start, end = period.bounds
        complaints = _of_services(Complaint.objects.filter(opened_at__gte=start, opened_at__lt=end), improvement)
        step.count = complaints.filter(cause=improvement.cause).count()
    else:
        period = Period.month(previous_month(day.replace(day=1)))
        found = satisfaction(period.bounds, improvement.service)
        share = found.satisfied if measure == Measure.CSAT else found.resolved
        if found.is_shown and share.total:
            step.count, step.total = share.count, share.total
    step.first, step.last = period.first, period.last
    return step


def measurable_from(measure, day):
    """The first day when the measure says nothing of before `day`, when the action was done."""
    if measure == Measure.COMPLAINTS:
        return day + timedelta(days=WINDOW_DAYS)
    return next_month(next_month(day.replace(day=1)))


def without_cause_yet(step):
    """Complaints of the period that are not instructed: the figure may still grow. None for a score."""
    if step.measure != Measure.COMPLAINTS:
        return None
    start, end = Period(step.first, step.last).bounds
    complaints = Complaint.objects.filter(opened_at__gte=start, opened_at__lt=end, cause=None)
    return _of_services(complaints, step.improvement).count()


def _of_services(complaints, improvement):
    if improvement.service_id:
        return complaints.filter(ticket__service=improvement.service_id)
    return complaints.filter(ticket__service__is_restricted=False)


def recurring_causes(user, *, now=None):
    """The causes found at least three times in 90 days for a service, among the complaints that `user` may read."""
    rows = (
        _open_complaints(user, since=_window_start(now))
        .filter(cause__isnull=False)
        .annotate(has_action=_has_action())
        .values("cause", "cause__label", "ticket__service__code", "ticket__service__name")
        .annotate(number=Count("pk"), without_action=Count("pk", filter=Q(has_action=False)))
        .filter(number__gte=RECURRENT_FROM)
        .order_by("-number", "cause__label", "ticket__service__name")
    )
    return [
        RecurringCause(*row)
        for row in rows.values_list(
            "cause", "cause__label", "ticket__service__code", "ticket__service__name", "number", "without_action"
        )
    ]


def complaints_of_cause(user, cause, service, *, now=None):
    """Complaints of the window, of this cause and service, that have led to no action."""
    found = _open_complaints(user, since=_window_start(now)).filter(
        ~_has_action(), cause=cause, ticket__service=service
    )
    return found.order_by("opened_at", "pk")


def signalled_complaints(user, *, now=None):
    """Complaints reviewed and marked « à porter à l’amélioration continue » that have led to no action."""
    since = (now or timezone.now()) - timedelta(days=SIGNALLED_DAYS)
    return (
        _open_complaints(user, since=since)
        .filter(~_has_action(), needs_improvement=True, second_look_at__isnull=False)
        .select_related("ticket__service", "cause")
    )


def find_complaint(reference, user):
    """The complaint of a reference when `user` may read it, else None."""
    if not is_reference(reference):
        return None
    found = Complaint.objects.filter(ticket__in=Ticket.objects.visible_to(user), ticket__reference=reference)
    return found.select_related("ticket__service", "cause").first()


def complaints_behind(improvement, user):
    """(complaints that an action comes from and that `user` may read, number of the others)."""
    complaints = Complaint.objects.filter(improvement_sources__improvement=improvement)
    readable = complaints.filter(ticket__in=Ticket.objects.visible_to(user)).select_related("ticket")
    shown = list(readable.order_by("opened_at", "pk"))
    return shown, complaints.count() - len(shown)


def _window_start(now):
    return (now or timezone.now()) - timedelta(days=WINDOW_DAYS)


def _open_complaints(user, *, since):
    """Those that `user` may read and that do not belong to a restricted service: nothing leaves these."""
    return Complaint.objects.filter(
        opened_at__gte=since, ticket__service__is_restricted=False, ticket__in=Ticket.objects.visible_to(user)
    )


def _has_action():
    """An abandoned action is none."""
    sources = ImprovementSource.objects.filter(complaint=OuterRef("pk"))
    return Exists(sources.exclude(improvement__state=ImprovementState.ABANDONED))


def evidence_for(indicator, user):
    """The dated steps that prove an indicator of the referential, among the actions that `user` may read."""
    steps = ImprovementStep.objects.evidence().filter(improvement__in=Improvement.objects.visible_to(user))
    if Evidence.IMPROVEMENTS not in indicator.fed_by:
        steps = steps.from_complaints() if Evidence.COMPLAINTS in indicator.fed_by else steps.none()
    return steps.select_related("improvement", "by")


def proved_indicators(version):
    """The indicators of a version that what the portal dates may prove."""
    return Indicator.objects.filter(version=version).exclude(fed_by=[]).order_by("number")
