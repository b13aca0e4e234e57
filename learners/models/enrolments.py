import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import Perimeter
from catalogue.models import UnitMembership
from cned_portal.common.history import tracked
from learners.enums import ENROLLED_STATES, ENROLMENT_MOVES, LIVE_STATES, AbandonReason, EnrolmentState
from learners.models.organisations import Organisation
from learners.models.people import LearnerProfile

State = EnrolmentState


class EnrolmentQuerySet(models.QuerySet):
    def live(self):
        """Asked for, confirmed or under way."""
        return self.filter(state__in=LIVE_STATES)

    def of_user(self, user):
        """The person's own enrolments."""
        return self.filter(learner__user=user)

    def followed_by(self, user):
        """The person's own enrolments, and those of the minors they are the guardian of."""
        return self.filter(learner__in=LearnerProfile.objects.followed_by(user))

    def visible_to(self, user):
        """Enrolments that a member of staff may see.

        Every one with `view_every_enrolment`; those of the trainings of the person's units with `view_unit_enrolments`;
        those that an organisation pays for with `view_organisation_enrolments`; those given to the person as a tutor
        with `view_tutored_enrolments`.
        """
        if not user.is_active or not user.has_perm("learners.view_enrolment"):
            return self.none()
        if user.has_perm("learners.view_every_enrolment"):
            return self
        mine = Q(pk__in=[])
        if user.has_perm("learners.view_unit_enrolments"):
            mine |= Q(training__unit__in=UnitMembership.objects.filter(user=user).values("unit"))
        if user.has_perm("learners.view_organisation_enrolments"):
            mine |= Q(organisation__isnull=False)
        if user.has_perm("learners.view_tutored_enrolments"):
            mine |= Q(pk__in=user.tutoring.filter(ended_at__isnull=True).values("enrolment"))
        return self.filter(mine)


@tracked()
class Enrolment(models.Model):
    """A learner in a training. Its state only moves by the verbs of `learners.domain.enrolments`."""

    learner = models.ForeignKey(LearnerProfile, models.PROTECT, related_name="enrolments", verbose_name="apprenant")
    training = models.ForeignKey(
        "catalogue.Training", models.PROTECT, related_name="enrolments", verbose_name="formation"
    )
    session = models.ForeignKey(
        "catalogue.TrainingSession",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enrolments",
        verbose_name="session",
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="enrolments", verbose_name="organisation"
    )
    state = models.CharField("état", max_length=10, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField("demandée le", default=timezone.now)
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    started_on = models.DateField("commencée le", null=True, blank=True)
    finished_on = models.DateField("terminée le", null=True, blank=True)
    abandoned_on = models.DateField("abandonnée le", null=True, blank=True)
    abandon_reason = models.CharField("raison de l’abandon", max_length=12, choices=AbandonReason, blank=True)
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription"
        verbose_name_plural = "inscriptions"
        default_permissions = ("view",)
        permissions = [
            ("confirm_enrolment", "Peut confirmer, ouvrir ou annuler une inscription"),
            ("abandon_enrolment", "Peut enregistrer un abandon"),
            ("view_every_enrolment", "Voit les inscriptions de toutes les unités"),
            ("view_unit_enrolments", "Voit les inscriptions de ses unités"),
            ("view_organisation_enrolments", "Voit les inscriptions portées par une organisation"),
            ("view_tutored_enrolments", "Voit les inscriptions qui lui sont confiées comme tuteur"),
        ]
        indexes = [
            models.Index(fields=["learner", "-requested_at", "-id"], name="enrolment_of_learner"),
            models.Index(fields=["-requested_at", "-id"], name="enrolment_latest"),
            models.Index(fields=["state", "-requested_at", "-id"], name="enrolment_by_state"),
            models.Index(
                fields=["requested_at", "id"], condition=Q(state=State.REQUESTED), name="enrolment_to_confirm"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "training"],
                condition=Q(state__in=LIVE_STATES),
                name="enrolment_live_once",
                violation_error_message="Une inscription à cette formation est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False, state__in=[*ENROLLED_STATES, State.FINISHED, State.ABANDONED])
                | Q(confirmed_at__isnull=True, state=State.REQUESTED)
                | Q(state=State.CANCELLED),
                name="enrolment_confirmed_dated",
                violation_error_message="Une inscription confirmée a une date de confirmation.",
            ),
            models.CheckConstraint(
                condition=Q(started_on__isnull=False, state__in=[State.ACTIVE, State.FINISHED])
                | Q(started_on__isnull=True, state__in=[State.REQUESTED, State.CONFIRMED, State.CANCELLED])
                | Q(state=State.ABANDONED),
                name="enrolment_started_dated",
                violation_error_message="Une inscription en cours a une date de début.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.FINISHED, finished_on__isnull=False)
                | (~Q(state=State.FINISHED) & Q(finished_on__isnull=True)),
                name="enrolment_finished_dated",
                violation_error_message="Une inscription terminée a une date de fin, une autre n’en a pas.",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.ABANDONED, abandoned_on__isnull=False) & ~Q(abandon_reason=""))
                | (~Q(state=State.ABANDONED) & Q(abandoned_on__isnull=True, abandon_reason="")),
                name="enrolment_abandon_explained",
                violation_error_message="Un abandon a une date et une raison, une autre inscription n’en a pas.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CANCELLED, cancelled_at__isnull=False)
                | (~Q(state=State.CANCELLED) & Q(cancelled_at__isnull=True)),
                name="enrolment_cancelled_dated",
                violation_error_message="Une inscription annulée a une date d’annulation, une autre n’en a pas.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_at__gte=F("requested_at")),
                name="enrolment_confirmed_after_request",
                violation_error_message="La confirmation suit la demande.",
            ),
            models.CheckConstraint(
                condition=Q(finished_on__isnull=True) | Q(finished_on__gte=F("started_on")),
                name="enrolment_finished_after_start",
                violation_error_message="La fin ne vient pas avant le début.",
            ),
            models.CheckConstraint(
                condition=Q(abandoned_on__isnull=True)
                | Q(started_on__isnull=True)
                | Q(abandoned_on__gte=F("started_on")),
                name="enrolment_abandoned_after_start",
                violation_error_message="L’abandon ne vient pas avant le début.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="enrolment_moves",
                field="state",
                transitions=[
                    (str(old), str(new)) for old, targets in ENROLMENT_MOVES.items() for new in sorted(targets)
                ],
            ),
            # A check constraint cannot read the session's training.
            pgtrigger.Trigger(
                name="enrolment_session_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("session_id", "training_id"),
                condition=pgtrigger.Q(new__session__isnull=False),
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM catalogue_trainingsession s "
                    "JOIN catalogue_trainingaction a ON a.id = s.action_id "
                    "WHERE s.id = NEW.session_id AND a.training_id = NEW.training_id) THEN "
                    "RAISE EXCEPTION 'the session is not one of the training' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.learner} – {self.training}"

    def get_absolute_url(self):
        return reverse("learners:enrolment", kwargs={"pk": self.pk})

    @property
    def framework(self):
        """Legal perimeter in the learner's words."""
        return "scolarité réglementée" if self.training.perimeter == Perimeter.REGULATED else "inscription libre"

    @property
    def awaits_answer(self):
        """Whether an organisation asked for it, and nobody answered yet; reads `seat`."""
        seat = getattr(self, "seat", None)
        return self.state == EnrolmentState.REQUESTED and seat is not None and seat.agreed_at is None

    @property
    def is_live(self):
        return self.state in LIVE_STATES

    @property
    def is_enrolled(self):
        """Confirmed and not yet over: what a certificate of schooling says."""
        return self.state in ENROLLED_STATES
