"""Verbs on enrolments: the only functions that create them or change their state.

Each takes `at` (or `on`), the instant of the fact when it is recorded afterwards; now by default.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalogue.enums import TrainingState
from catalogue.models import TrainingSession
from cned_portal.common.verbs import verb
from learners.domain.notifications import notify
from learners.domain.people import register_learner
from learners.domain.refusals import AlreadyEnrolled, MoveRefused, Refusal
from learners.enums import ENROLMENT_MOVES, AbandonReason
from learners.enums import EnrolmentState as State
from learners.models import Enrolment


def open_sessions(training, on=None):
    """Sessions in which one may enrol that day, in the order of their start; none when the training takes nobody."""
    if training.state != TrainingState.PUBLISHED or training.is_central_project:
        return TrainingSession.objects.none()
    return (
        TrainingSession.objects.open_on(on or timezone.localdate())
        .filter(action__training=training)
        .select_related("action")
        .order_by("action__rank", "starts_on", "pk")
    )


@verb
def enrol(*, user, training, session, acting_user, organisation=None, identity=None, at=None):
    """Ask for a place: the learner's file, the enrolment and the acknowledgement, all of it or nothing.

    Raises Refusal when the session is not open, AlreadyEnrolled when a live enrolment exists.
    """
    at = at or timezone.now()
    if not open_sessions(training, timezone.localdate(at)).filter(pk=session.pk).exists():
        raise Refusal("Les inscriptions à cette session sont closes.")
    learner = register_learner(user, acting_user=acting_user, identity=identity)
    live = Enrolment.objects.live().filter(learner=learner, training=training)
    if twin := live.first():
        raise AlreadyEnrolled(twin)
    enrolment = Enrolment(
        learner=learner, training=training, session=session, organisation=organisation, requested_at=at
    )
    try:
        with transaction.atomic():
            enrolment.save(force_insert=True)
    except IntegrityError:
        if twin := live.first():
            raise AlreadyEnrolled(twin) from None
        raise
    _mail(enrolment, "enrolment_requested")
    return enrolment


@verb
def confirm_enrolment(enrolment, *, acting_user, at=None):
    """The place is given; the learner is told. Raises MoveRefused when it is not a request any more."""
    enrolment = _locked(enrolment)
    _move(enrolment, State.CONFIRMED, confirmed_at=at or timezone.now())
    _mail(enrolment, "enrolment_confirmed")
    return enrolment


@verb
def start_enrolment(enrolment, *, acting_user, on=None):
    """The training begins."""
    enrolment = _locked(enrolment)
    return _move(enrolment, State.ACTIVE, started_on=on or timezone.localdate())


@verb
def finish_enrolment(enrolment, *, acting_user, on=None):
    """The training has come to its end."""
    enrolment = _locked(enrolment)
    on = on or timezone.localdate()
    if enrolment.started_on is not None and on < enrolment.started_on:
        raise Refusal("La fin ne vient pas avant le début.")
    return _move(enrolment, State.FINISHED, finished_on=on)


@verb
def abandon_enrolment(enrolment, *, reason, acting_user, on=None):
    """The learner stops before the end: when, and why."""
    enrolment = _locked(enrolment)
    on = on or timezone.localdate()
    if reason not in AbandonReason.values:
        raise Refusal("Indiquez la raison de l’abandon.")
    if on > timezone.localdate():
        raise Refusal("Un abandon n’est pas daté du futur.")
    if enrolment.started_on is not None and on < enrolment.started_on:
        raise Refusal("L’abandon ne vient pas avant le début de la formation.")
    return _move(enrolment, State.ABANDONED, abandoned_on=on, abandon_reason=reason)


@verb
def cancel_enrolment(enrolment, *, acting_user, at=None):
    """The place is given back before the training begins."""
    enrolment = _locked(enrolment)
    return _move(enrolment, State.CANCELLED, cancelled_at=at or timezone.now())


def _locked(enrolment):
    return Enrolment.objects.select_for_update().get(pk=enrolment.pk)


def _move(enrolment, state, **fields):
    if state not in ENROLMENT_MOVES[enrolment.state]:
        now = enrolment.get_state_display().lower()
        raise MoveRefused(f"Cette inscription est {now} : elle ne peut pas devenir {State(state).label.lower()}.")
    enrolment.state = state
    for name, value in fields.items():
        setattr(enrolment, name, value)
    enrolment.save(update_fields=["state", *fields])
    return enrolment


def _mail(enrolment, kind):
    notify(
        enrolment.learner.user,
        event=kind,
        key=f"{kind}:{enrolment.pk}",
        context={"enrolment": enrolment, "url": enrolment.get_absolute_url()},
    )
