"""Verbs on enrolments: the only functions that create them or change their state.

Each takes `at` (or `on`), the instant of the fact when it is recorded afterwards; now by default.
"""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import TrainingState
from catalogue.models import TrainingSession
from cned_portal.common.templatetags.french import after_de, french_day
from cned_portal.common.verbs import verb
from learners.domain import files, payments
from learners.domain.documents import request_document
from learners.domain.guardians import invite_guardian
from learners.domain.notifications import notify
from learners.domain.people import register_learner
from learners.domain.refusals import AlreadyEnrolled, IncompleteFile, MoveRefused, Refusal
from learners.enums import ENROLMENT_MOVES, AbandonReason, DocumentKind
from learners.enums import EnrolmentState as State
from learners.models import Enrolment, EnrolmentDraft, EnrolmentFile, Guardianship


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
def enrol(
    *,
    user,
    training,
    session,
    acting_user,
    organisation=None,
    identity=None,
    at=None,
    ratings=None,
    declared="",
    fundings=(),
    early_start=False,
    guardian=None,
    order_reference="",
):
    """Ask for a place: the learner's file, the enrolment, its own file and the acknowledgement, all of it or nothing.

    `ratings` and `declared` answer what the training asks at the entry, and may come later; `fundings` are the kinds
    of funders asked; `guardian` is the (address, relationship) of the adult to invite for a minor; an `organisation`
    bears the whole price, by its `order_reference`.
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
    _open_file(
        enrolment,
        at=at,
        ratings=ratings,
        declared=declared,
        fundings=fundings,
        early_start=early_start,
        order_reference=order_reference,
    )
    if guardian is not None and learner.is_minor:
        _invite(learner, *guardian, acting_user=acting_user)
    EnrolmentDraft.objects.filter(user=user, training=training).delete()
    _mail(enrolment, "enrolment_requested")
    return enrolment


def _open_file(enrolment, *, at, ratings, declared, fundings, early_start, order_reference):
    file = files.open_file(
        enrolment,
        ratings=ratings,
        declared=declared,
        early_start=early_start,
        price=enrolment.session.action.price,
        at=at,
    )
    payments.open_fundings(file, fundings, organisation=enrolment.organisation, order_reference=order_reference)
    files.refresh(file)


def _invite(learner, email, relationship, *, acting_user):
    """Invite the adult, but for one who already follows the minor or was already asked."""
    known = Guardianship.objects.filter(learner=learner, invited_email=email.strip().lower(), ended_at=None)
    if not known.exclude(accepted_at=None, expires_at__lte=timezone.now()).exists():
        invite_guardian(learner, email=email, relationship=relationship, acting_user=acting_user)


@verb
def confirm_enrolment(enrolment, *, acting_user, at=None):
    """The place is given; the learner is told, the period to withdraw runs, the summary of the contract is made.

    Raises MoveRefused when it is not a request any more, IncompleteFile when its file lacks something.
    """
    at = at or timezone.now()
    enrolment = _locked(enrolment)
    file = EnrolmentFile.objects.with_parts().filter(enrolment=enrolment).first()
    if file is not None and enrolment.state == State.REQUESTED and (lacking := files.missing(file)):
        raise IncompleteFile([item.text for item in lacking])
    _move(enrolment, State.CONFIRMED, confirmed_at=at)
    if file is not None:
        payments.schedule_payments(file, timezone.localdate(at))
        files.refresh(file)
        request_document(enrolment, kind=DocumentKind.SUMMARY, acting_user=acting_user)
    _mail(enrolment, "enrolment_confirmed")
    return enrolment


@verb
def withdraw_enrolment(enrolment, *, acting_user):
    """The learner goes back on the contract within the legal period, without a reason (L221-18).

    What was paid is to be refunded. The mail that acknowledges it says what was declared and when (D221-5, in force
    since 19 June 2026). Raises MoveRefused once the period is over, or when it was done already.
    """
    enrolment = _locked(enrolment)
    file = EnrolmentFile.objects.with_parts().filter(enrolment=enrolment).first()
    if file is None or not file.may_withdraw:
        raise MoveRefused("Le délai de rétractation ne court pas pour cette inscription.")
    file.withdrawn_at = timezone.now()
    file.save(update_fields=["withdrawn_at"])
    if enrolment.state == State.CONFIRMED:
        _move(enrolment, State.CANCELLED, cancelled_at=file.withdrawn_at)
    else:
        today = timezone.localdate()
        _move(enrolment, State.ABANDONED, abandoned_on=today, abandon_reason=AbandonReason.WITHDRAWAL)
    _close_file(enrolment)
    _acknowledge_withdrawal(file, acting_user)
    return enrolment


def withdrawal_text(enrolment, user):
    """What somebody declares who goes back on the contract: the learner, or who signs for them (D221-5)."""
    learner = enrolment.learner
    who = user.get_full_name()
    if user.pk != learner.user_id:
        who = f"{who}, responsable légal {after_de(learner.user.get_full_name())}"
    return (
        f"Je renonce au contrat d’inscription à la formation « {enrolment.training.title} », "
        f"confirmé le {french_day(enrolment.confirmed_at)}. {who}, numéro d’apprenant {learner.number}."
    )


def _acknowledge_withdrawal(file, declared_by):
    """To the learner, and to who declared it for them."""
    enrolment = file.enrolment
    own, theirs = enrolment.get_absolute_url(), reverse("learners:agreement", kwargs={"pk": file.pk})
    declaration = withdrawal_text(enrolment, declared_by)
    for user in {enrolment.learner.user, declared_by}:
        context = {
            "user": user,
            "file": file,
            "declaration": declaration,
            "url": own if user.pk == enrolment.learner.user_id else theirs,
        }
        key = f"withdrawal_received:{enrolment.pk}:{user.pk}"
        notify(user, event="withdrawal_received", key=key, context=context)


@verb
def start_enrolment(enrolment, *, acting_user, on=None):
    """The training begins. Raises MoveRefused while the period to withdraw runs or what is due is not paid."""
    enrolment = _locked(enrolment)
    on = on or timezone.localdate()
    file = EnrolmentFile.objects.with_parts().filter(enrolment=enrolment).first()
    if file is not None and enrolment.state == State.CONFIRMED:
        if file.withdrawal_until is not None and on <= file.withdrawal_until and not file.early_start:
            raise MoveRefused(
                f"Le délai de rétractation court jusqu’au {file.withdrawal_until:%d/%m/%Y} "
                "et la personne n’a pas demandé à commencer avant."
            )
        if any(payment.funding.is_own and payment.is_due for payment in file.payments):
            raise MoveRefused("Un paiement exigible n’est pas reçu.")
    return _move(enrolment, State.ACTIVE, started_on=on)


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
    """The place is given back before the training begins; what is not paid is not owed, what is paid goes back."""
    enrolment = _locked(enrolment)
    _move(enrolment, State.CANCELLED, cancelled_at=at or timezone.now())
    _close_file(enrolment)
    return enrolment


def _close_file(enrolment):
    file = EnrolmentFile.objects.with_parts().filter(enrolment=enrolment).first()
    if file is not None:
        payments.stop_payments(file)
        files.refresh(file)


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
