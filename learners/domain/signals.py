"""Signals of drop-out: rules with their number of days, opened and closed each day by the facts alone. No score.

Everything is read and written by sets; the database keeps a signal from being open twice, so a second run, or two at
once, add nothing.
"""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.queries.courses import devoirs_of, without_copy
from learners.enums import ContactKind, ContactOutcome, EnrolmentState, SignalEnd, SignalKind
from learners.models import Contact, Copy, Enrolment, Signal, SignalRule

BATCH = 2_000
REASONS = {
    SignalKind.INACTIVITY: "Sans activité, on ne sait rien de l’apprenant. Seuil à fixer par l’établissement.",
    SignalKind.LATE: "Quelques jours laissent le temps d’un imprévu ordinaire. Seuil à fixer par l’établissement.",
    SignalKind.SILENCE: "Une relance sans réponse appelle un contact de vive voix. Seuil à fixer par l’établissement.",
}


def load_signal_rules():
    """Add the rules that are missing, off: each institution sets its numbers of days."""
    SignalRule.objects.bulk_create(
        [SignalRule(kind=kind, days=None, reason=reason) for kind, reason in REASONS.items()], ignore_conflicts=True
    )


@verb
def refresh_signals(*, acting_user, today=None):
    """Close the signals whose fact has stopped, then open those that the rules ask for; (closed, opened)."""
    today = today or timezone.localdate()
    now = timezone.now()
    rules = dict(SignalRule.objects.filter(days__isnull=False).values_list("kind", "days"))
    _settle_contacts(now)
    closed = _close(rules, today, now)
    opened = 0
    if days := rules.get(SignalKind.INACTIVITY):
        opened += _open(_inactive(today - timedelta(days=days)), SignalKind.INACTIVITY, days, now)
    if days := rules.get(SignalKind.LATE):
        opened += _open(_late(today - timedelta(days=days)), SignalKind.LATE, days, now)
    if days := rules.get(SignalKind.SILENCE):
        opened += _open(_silent(today - timedelta(days=days), now), SignalKind.SILENCE, days, now)
    return closed, opened


def _settle_contacts(now):
    """Contacts without an answer whose learner has been active since: they came back."""
    unanswered = [ContactOutcome.WAITING, ContactOutcome.SILENCE]
    Contact.objects.filter(outcome__in=unanswered, enrolment__progress__last_activity_at__gt=F("at")).update(
        outcome=ContactOutcome.CAME_BACK, outcome_at=now
    )


def _close(rules, today, now):
    signals = Signal.objects.open()
    answered = Contact.objects.filter(
        enrolment=OuterRef("enrolment"), outcome=ContactOutcome.ANSWERED, outcome_at__gte=OuterRef("contact__at")
    )
    handed_in = Copy.objects.filter(enrolment=OuterRef("enrolment"), devoir=OuterRef("devoir"))
    still_due = devoirs_of(Enrolment.objects.filter(pk=OuterRef(OuterRef("enrolment")))).filter(
        pk=OuterRef("devoir"), due_on__lt=today
    )
    ends = [
        (SignalEnd.ENROLMENT_OVER, signals.exclude(enrolment__state=EnrolmentState.ACTIVE)),
        (SignalEnd.RULE_CHANGED, signals.exclude(kind__in=rules)),
        (
            SignalEnd.CAME_BACK,
            signals.filter(kind=SignalKind.INACTIVITY, enrolment__progress__last_activity_at__date__gt=F("fact_on")),
        ),
        (SignalEnd.HANDED_IN, signals.filter(Exists(handed_in), kind=SignalKind.LATE)),
        (SignalEnd.POSTPONED, signals.filter(~Exists(still_due), kind=SignalKind.LATE)),
        (SignalEnd.ANSWERED, signals.filter(Exists(answered), kind=SignalKind.SILENCE)),
        (
            SignalEnd.CAME_BACK,
            signals.filter(kind=SignalKind.SILENCE, contact__outcome=ContactOutcome.CAME_BACK),
        ),
    ]
    return sum(
        Signal.objects.open().filter(pk__in=found.values("pk")).update(closed_at=now, end=end) for end, found in ends
    )


def _without_open(kind, **match):
    return ~Exists(Signal.objects.open().filter(kind=kind, **match))


def _inactive(since):
    last = Coalesce(TruncDate("progress__last_activity_at"), "started_on")
    found = Enrolment.objects.filter(state=EnrolmentState.ACTIVE).annotate(last=last).filter(last__lte=since)
    found = found.filter(_without_open(SignalKind.INACTIVITY, enrolment=OuterRef("pk")))
    return found.values_list("pk", "last").iterator(BATCH)


def _late(since):
    active = Enrolment.objects.filter(state=EnrolmentState.ACTIVE)
    found = without_copy(devoirs_of(active)).filter(
        _without_open(SignalKind.LATE, enrolment=OuterRef("enrolment_id"), devoir=OuterRef("pk")), due_on__lte=since
    )
    return found.values_list("enrolment_id", "due_on", "pk").iterator(BATCH)


def _silent(since, now):
    """Reminders that nobody answered in time: their outcome is silence, and silence is a signal."""
    reminders = Contact.objects.filter(
        kind=ContactKind.REMINDER, enrolment__state=EnrolmentState.ACTIVE, day__lte=since
    )
    Contact.objects.filter(pk__in=reminders.filter(outcome=ContactOutcome.WAITING).values("pk")).update(
        outcome=ContactOutcome.SILENCE, outcome_at=now
    )
    found = reminders.filter(
        _without_open(SignalKind.SILENCE, enrolment=OuterRef("enrolment")),
        ~Exists(Signal.objects.filter(contact=OuterRef("pk"))),
        outcome=ContactOutcome.SILENCE,
    )
    return (
        (enrolment, day, None, pk)
        for enrolment, day, pk in found.order_by("day", "pk").values_list("enrolment", "day", "pk").iterator(BATCH)
    )


def _open(rows, kind, days, now):
    opened, batch = 0, []
    for enrolment, fact_on, *links in rows:
        devoir, contact = (*links, None, None)[:2]
        batch.append(
            Signal(
                enrolment_id=enrolment,
                kind=kind,
                devoir_id=devoir,
                contact_id=contact,
                fact_on=fact_on,
                threshold=days,
                opened_at=now,
            )
        )
        if len(batch) == BATCH:
            opened += _write(batch)
            batch = []
    return opened + _write(batch)


def _write(batch):
    Signal.objects.bulk_create(batch, ignore_conflicts=True)
    return len(batch)
