"""Follow-up by tutors: who follows whom, reminders and contacts with what came of them, attestations."""

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.courses import note_activity
from learners.domain.notifications import notify
from learners.domain.queries.followup import followup_figures, under_way
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import ActivityKind, ContactKind, ContactOutcome, EnrolmentState
from learners.models import AttestedEnrolment, Contact, Enrolment, FollowUpAttestation, Guardianship, TutorAssignment


@verb
def assign_tutor(enrolment, tutor, *, acting_user, at=None):
    """Give an enrolment to a tutor; the former one's follow-up ends. Given again to the same, nothing changes."""
    at = at or timezone.now()
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    current = TutorAssignment.objects.filter(enrolment=enrolment, ended_at__isnull=True).first()
    if current is not None:
        if current.tutor_id == tutor.pk:
            return current
        current.ended_at = max(at, current.assigned_at)
        current.save(update_fields=["ended_at"])
    return TutorAssignment.objects.create(enrolment=enrolment, tutor=tutor, assigned_by=acting_user, assigned_at=at)


@verb
def remind(enrolment, *, acting_user, client_key, note="", at=None):
    """Send a reminder to the learner, and to who signs for them when they are a minor; once a day at most.

    Raises Refusal when the enrolment is not under way or when a reminder has already left that day.
    """
    contact = record_contact(
        enrolment, kind=ContactKind.REMINDER, acting_user=acting_user, client_key=client_key, note=note, at=at
    )
    learner = contact.enrolment.learner
    people = [learner.user]
    if learner.is_minor:
        people += [
            row.guardian for row in Guardianship.objects.signing().filter(learner=learner).select_related("guardian")
        ]
    for person in people:
        notify(
            person,
            event="followup_reminder",
            key=f"followup_reminder:{contact.pk}:{person.pk}",
            context={
                "name": person.get_full_name(),
                "training": contact.enrolment.training.title,
                "tutor": acting_user.get_full_name() if acting_user else "",
                "is_guardian": person.pk != learner.user_id,
                "url": reverse("learners:courses"),
            },
        )
    return contact


@verb
def record_contact(
    enrolment, *, kind, acting_user, client_key, outcome=ContactOutcome.WAITING, note="", meets_at=None, at=None
):
    """Write down a call, a mail or a meeting, and what came of it if it is known. Sent twice, it is written once."""
    at = at or timezone.now()
    sent = Contact.objects.filter(client_key=client_key).select_related("enrolment__learner__user")
    if twin := sent.first():
        return twin
    enrolment = Enrolment.objects.select_related("learner__user", "training").get(pk=enrolment.pk)
    if enrolment.state != EnrolmentState.ACTIVE:
        raise Refusal("Cette inscription n’est pas en cours.")
    if meets_at is not None and kind != ContactKind.MEETING:
        raise Refusal("Seul un rendez-vous a une date de rencontre.")
    try:
        with transaction.atomic():
            return Contact.objects.create(
                enrolment=enrolment,
                kind=kind,
                by=acting_user,
                at=at,
                day=timezone.localdate(at),
                meets_at=meets_at,
                outcome=outcome,
                outcome_at=None if outcome == ContactOutcome.WAITING else at,
                note=note,
                client_key=client_key,
            )
    except IntegrityError:
        if twin := sent.first():
            return twin
        raise Refusal("Une relance est déjà partie aujourd’hui.") from None


@verb
def settle_contact(contact, *, outcome, acting_user, at=None):
    """Say what came of a contact. Raises MoveRefused when it is already known."""
    if outcome == ContactOutcome.WAITING:
        raise Refusal("Choisissez la suite donnée.")
    unsettled = Contact.objects.filter(pk=contact.pk, outcome__in=[ContactOutcome.WAITING, ContactOutcome.SILENCE])
    if not unsettled.update(outcome=outcome, outcome_at=at or timezone.now()):
        raise MoveRefused("La suite de ce contact est déjà connue.")
    contact.refresh_from_db()
    return contact


@verb
def answer_reminder(contact, *, text, acting_user, at=None):
    """The learner answers their tutor. Raises MoveRefused when they already did."""
    at = at or timezone.now()
    waiting = Contact.objects.filter(pk=contact.pk, kind=ContactKind.REMINDER, answer="")
    if not waiting.update(answer=text, outcome=ContactOutcome.ANSWERED, outcome_at=at):
        raise MoveRefused("Vous avez déjà répondu à cette relance.")
    note_activity(contact.enrolment, ActivityKind.ANSWERED, key=contact.client_key, at=at)


@verb
def attest_followup(enrolments, *, starts_on, ends_on, comment, acting_user, training=None, at=None):
    """« Suivi vérifié » for a period: the figures and each enrolment as they stand, frozen. Once for the same period.

    Raises Refusal when the period is not over, when there is nothing to attest, or when it is already attested.
    """
    at = at or timezone.now()
    if ends_on < starts_on:
        raise Refusal("La période finit après avoir commencé.")
    if ends_on > timezone.localdate(at):
        raise Refusal("On atteste le suivi d’une période passée.")
    if training is not None:
        enrolments = enrolments.filter(training=training)
    followed = (
        under_way(enrolments, starts_on, ends_on)
        .select_related("progress")
        .annotate(
            open_signals=Count("signals", filter=Q(signals__closed_at__isnull=True), distinct=True),
            period_contacts=Count("contacts", filter=Q(contacts__day__range=(starts_on, ends_on)), distinct=True),
        )
    )
    attestation = FollowUpAttestation(
        by=acting_user, at=at, training=training, starts_on=starts_on, ends_on=ends_on, comment=comment
    )
    attestation.figures = followup_figures(enrolments, starts_on, ends_on).as_dict()
    try:
        with transaction.atomic():
            attestation.save(force_insert=True)
    except IntegrityError:
        raise Refusal("Vous avez déjà attesté ce suivi pour cette période.") from None
    lines = [_attested(attestation, enrolment) for enrolment in followed.order_by("pk")]
    if not lines:
        raise Refusal("Aucune inscription n’était en cours dans cette période.")
    AttestedEnrolment.objects.bulk_create(lines, batch_size=2_000)
    return attestation


def _attested(attestation, enrolment):
    progress = getattr(enrolment, "progress", None)
    return AttestedEnrolment(
        attestation=attestation,
        enrolment=enrolment,
        last_activity_on=timezone.localdate(progress.last_activity_at) if progress else None,
        percent=progress.percent if progress else 0,
        open_signals=enrolment.open_signals,
        contacts=enrolment.period_contacts,
    )
