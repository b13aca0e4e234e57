"""Figures of the follow-up by training and period, for indicators 12 and 19: quality reads them."""

from dataclasses import asdict, dataclass

from django.db.models import Count, Q

from learners.enums import AbandonReason, ContactKind, ContactOutcome, SignalEnd, SignalKind
from learners.models import Activity, Contact, FollowUpAttestation, Signal


@dataclass(frozen=True)
class FollowUpFigures:
    """Counts of a period; every dictionary has each of its keys, zero included."""

    followed: int  # enrolments under way on at least one day of the period
    active: int  # among them, those with an activity in the period
    signals: dict[str, int]  # opened in the period, by rule
    ended: dict[str, int]  # closed in the period, by reason
    reminders: int
    contacts: int  # calls, mails, meetings
    outcomes: dict[str, int]  # of the reminders and contacts of the period
    abandoned: dict[str, int]  # by reason
    attestations: int  # « suivi vérifié » whose period meets this one

    def as_dict(self):
        return asdict(self)


def under_way(enrolments, starts_on, ends_on):
    """Those that were under way on at least one day of the period."""
    return (
        enrolments.filter(started_on__lte=ends_on)
        .exclude(finished_on__lt=starts_on)
        .exclude(abandoned_on__lt=starts_on)
    )


def followup_figures(enrolments, starts_on, ends_on, *, training=None):
    """Figures of these enrolments between two days included; in a fixed number of queries."""
    if training is not None:
        enrolments = enrolments.filter(training=training)
    keys = enrolments.order_by().values("pk")
    period = (starts_on, ends_on)
    followed = under_way(enrolments, starts_on, ends_on)
    active = Activity.objects.filter(enrolment__in=followed.order_by().values("pk"), at__date__range=period)
    signals = Signal.objects.filter(enrolment__in=keys)
    contacts = Contact.objects.filter(enrolment__in=keys, day__range=period)
    by_kind = contacts.aggregate(
        reminders=Count("pk", filter=Q(kind=ContactKind.REMINDER)),
        contacts=Count("pk", filter=~Q(kind=ContactKind.REMINDER)),
    )
    attested = FollowUpAttestation.objects.filter(
        lines__enrolment__in=keys, starts_on__lte=ends_on, ends_on__gte=starts_on
    )
    return FollowUpFigures(
        followed=followed.count(),
        active=active.values("enrolment").distinct().count(),
        signals=_by(signals.filter(opened_at__date__range=period), "kind", SignalKind),
        ended=_by(signals.filter(closed_at__date__range=period), "end", SignalEnd),
        **by_kind,
        outcomes=_by(contacts, "outcome", ContactOutcome),
        abandoned=_by(enrolments.filter(abandoned_on__range=period), "abandon_reason", AbandonReason),
        attestations=attested.distinct().count(),
    )


def _by(rows, name, choices):
    counted = dict(rows.order_by().values_list(name).annotate(number=Count("pk")))
    return {str(value): counted.get(value, 0) for value in choices.values}
