"""Improvement actions: where they come from, how far they are, and the dated steps that prove it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from catalogue.models import OperatingUnit, UnitMembership
from cned_portal.common.charts import MISSING, format_number
from cned_portal.common.history import append_only, tracked
from cned_portal.common.statistics import Share
from crc.models import Complaint, ComplaintCause, Service
from quality.enums import (
    DATED_AS_EVIDENCE,
    IMPROVEMENT_MOVES,
    UNDERWAY,
    VERDICTS,
    ImprovementState,
    Measure,
    Origin,
)
from quality.models.surveys import SurveyInvitation

# States that need neither an owner nor a plan.
_UNPLANNED = [ImprovementState.TO_DECIDE, ImprovementState.ABANDONED]
_FINISHED = [ImprovementState.DONE, *VERDICTS]
_MEASURED = [ImprovementState.DECIDED, *VERDICTS]


class ImprovementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Actions that a member of staff may read.

        Unit leads see those of their units and those they carry out; wider rights open the others. An action of a
        restricted service, should its service have become so since, belongs to its members.
        """
        if not user.is_active or not user.has_perm("quality.view_improvement"):
            return self.none()
        own, others = Service.objects.own_and_open(user)
        rows = self.filter(Q(service=None) | Q(service__in=sorted({*own, *others})))
        if user.has_perm("quality.view_all_improvements"):
            return rows
        units = UnitMembership.objects.filter(user=user).values("unit")
        return rows.filter(Q(owner=user) | Q(unit__in=units) | Q(service__unit__in=units))

    def to_decide(self):
        """Not decided yet, or without effect and followed by nothing."""
        return self.filter(
            Q(state=ImprovementState.TO_DECIDE) | Q(state=ImprovementState.INEFFECTIVE, followed_by__isnull=True)
        ).distinct()

    def underway(self):
        return self.filter(state__in=UNDERWAY)

    def late(self, day=None):
        """Planned for a day that has passed, and not done."""
        return self.underway().filter(planned_on__lt=day or timezone.localdate())

    def to_check(self, day=None):
        """Done for long enough for its effect to be measured."""
        return self.filter(state=ImprovementState.DONE, check_from__lte=day or timezone.localdate())

    def with_steps(self):
        """What lists read, in a fixed number of queries."""
        return self.select_related("cause", "service", "unit", "owner").prefetch_related("steps")


@tracked()
class Improvement(models.Model):
    """An improvement action. The row says what is planned; what happened, when and by whom is in its steps.

    It holds nothing of the people who complained: complaints are linked by their key. The state only moves by the
    verbs of `quality.domain.improvements`.
    """

    title = models.CharField("titre", max_length=150)
    origin = models.CharField("origine", max_length=12, choices=Origin)
    reason = models.TextField("pourquoi", max_length=2_000)
    cause = models.ForeignKey(
        ComplaintCause, models.PROTECT, null=True, blank=True, related_name="improvements", verbose_name="cause"
    )
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="improvements", verbose_name="service"
    )
    unit = models.ForeignKey(
        OperatingUnit, models.PROTECT, null=True, blank=True, related_name="improvements", verbose_name="unité"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="responsable"
    )
    planned_on = models.DateField("prévue pour le", null=True, blank=True)
    expected_effect = models.TextField("effet attendu", max_length=1_000, blank=True)
    measure = models.CharField("mesure de l’effet", max_length=12, choices=Measure, blank=True)
    check_from = models.DateField("effet mesurable à partir du", null=True, blank=True)
    state = models.CharField("état", max_length=12, choices=ImprovementState, default=ImprovementState.TO_DECIDE)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name="suite de"
    )
    opened_at = models.DateTimeField("ouverte le", default=timezone.now)
    submission_key = models.UUIDField("clé d’envoi", unique=True, null=True, editable=False)

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        verbose_name = "action d’amélioration"
        verbose_name_plural = "actions d’amélioration"
        default_permissions = ("view", "add")
        permissions = [
            ("view_all_improvements", "Peut lire les actions d’amélioration de toutes les unités"),
            ("decide_improvement", "Peut décider ou abandonner une action d’amélioration"),
            ("check_improvement", "Peut vérifier l’effet d’une action d’amélioration"),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="improvement_latest"),
            models.Index(fields=["state", "planned_on"], name="improvement_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=_UNPLANNED)
                | Q(owner__isnull=False, planned_on__isnull=False) & ~Q(measure="") & ~Q(expected_effect=""),
                name="improvement_decided_whole",
                violation_error_message="Une action décidée a un responsable, une date, un effet attendu et sa mesure.",
            ),
            models.CheckConstraint(
                condition=~Q(measure=Measure.COMPLAINTS) | Q(cause__isnull=False),
                name="improvement_counts_a_cause",
                violation_error_message="Pour compter les réclamations, l’action dit leur cause.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_FINISHED) | Q(check_from__isnull=False),
                name="improvement_done_has_a_check",
                violation_error_message="Une action faite a la date à partir de laquelle son effet se mesure.",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")),
                name="improvement_not_after_itself",
                violation_error_message="Une action n’est pas la suite d’elle-même.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="improvement_moves",
                field="state",
                transitions=[
                    (str(old), str(new)) for old, targets in IMPROVEMENT_MOVES.items() for new in sorted(targets)
                ],
            ),
            pgtrigger.Trigger(
                name="state_has_its_step",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                timing=pgtrigger.Deferred,  # the row is written before its step
                func=(
                    "IF NOT EXISTS (SELECT FROM quality_improvementstep "
                    "WHERE improvement_id = NEW.id AND state = NEW.state) THEN "
                    "RAISE EXCEPTION 'a state of an improvement has its dated step' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NULL;"
                ),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("admin:quality_improvement", kwargs={"pk": self.pk})

    @property
    def scope(self):
        """Where its effect is measured, in words."""
        return self.service.name if self.service else "Tous les services"

    @property
    def is_late(self):
        return self.state in UNDERWAY and self.planned_on < timezone.localdate()

    @property
    def is_checkable(self):
        return self.state == ImprovementState.DONE and self.check_from <= timezone.localdate()

    @property
    def baseline(self):
        """The step of the last decision, with what was measured that day; None before."""
        return self._last(ImprovementState.DECIDED)

    @property
    def effect(self):
        """The step of the check; None before, and anew once the action is taken up again."""
        return self._last(*VERDICTS) if self.state in VERDICTS else None

    def _last(self, *states):
        return next((step for step in reversed(list(self.steps.all())) if step.state in states), None)


@tracked()
class ImprovementSource(models.Model):
    """What somebody said that an action comes from: a complaint, or the answers to a survey."""

    improvement = models.ForeignKey(Improvement, models.PROTECT, related_name="sources", verbose_name="action")
    complaint = models.ForeignKey(
        Complaint, models.PROTECT, null=True, blank=True, related_name="improvement_sources", verbose_name="réclamation"
    )
    invitation = models.ForeignKey(
        SurveyInvitation,
        models.CASCADE,  # answers are erased after a while, and the link with them
        null=True,
        blank=True,
        related_name="improvement_sources",
        verbose_name="réponse à l’enquête",
    )
    linked_at = models.DateTimeField("rattachée le", default=timezone.now)

    class Meta:
        verbose_name = "origine d’une action"
        verbose_name_plural = "origines des actions"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(complaint__isnull=False, invitation__isnull=True)
                | Q(complaint__isnull=True, invitation__isnull=False),
                name="improvement_source_is_one_thing",
                violation_error_message="Une origine est une réclamation ou une réponse à l’enquête.",
            ),
            models.UniqueConstraint(
                fields=["improvement", "complaint"],
                name="complaint_linked_once",
                violation_error_message="Cette réclamation est déjà rattachée à l’action.",
            ),
            models.UniqueConstraint(
                fields=["improvement", "invitation"],
                name="answer_linked_once",
                violation_error_message="Cette réponse est déjà rattachée à l’action.",
            ),
        ]

    def __str__(self):
        return f"Origine n° {self.pk}"


class ImprovementStepQuerySet(models.QuerySet):
    def evidence(self):
        """The steps that count as dated evidence, those of complaints apart with `from_complaints`."""
        return self.filter(state__in=DATED_AS_EVIDENCE)

    def from_complaints(self):
        return self.filter(improvement__origin=Origin.COMPLAINTS)


class ImprovementStep(models.Model):
    """A state reached: when, by whom, who was in charge, and what the portal measured. Never changed nor removed.

    A count without `total` is a number of complaints; with it, a share; without a count, too few answers to tell.
    """

    improvement = models.ForeignKey(Improvement, models.PROTECT, related_name="steps", verbose_name="action")
    state = models.CharField("étape", max_length=12, choices=ImprovementState)
    at = models.DateTimeField("le", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="par")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="responsable"
    )
    comment = models.TextField("commentaire", max_length=2_000, blank=True)
    measure = models.CharField("mesure", max_length=12, choices=Measure, blank=True)
    count = models.PositiveIntegerField("nombre", null=True)
    total = models.PositiveIntegerField("sur", null=True)
    first = models.DateField("mesuré du", null=True)
    last = models.DateField("au", null=True)

    objects = ImprovementStepQuerySet.as_manager()

    class Meta:
        verbose_name = "étape d’une action"
        verbose_name_plural = "étapes des actions"
        default_permissions = ()
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["-at", "-id"], name="improvement_step_latest")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=VERDICTS) | Q(by__isnull=False, owner__isnull=False) & ~Q(by=F("owner")),
                name="improvement_checked_by_another",
                violation_error_message="L’effet est vérifié par une autre personne que le responsable.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[*VERDICTS, ImprovementState.ABANDONED]) | ~Q(comment=""),
                name="improvement_end_has_a_reason",
                violation_error_message="Un effet vérifié ou un abandon dit pourquoi.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_MEASURED, first__isnull=False, last__gte=F("first")) & ~Q(measure="")
                | ~Q(state__in=_MEASURED) & Q(measure="", count=None, total=None, first=None, last=None),
                name="improvement_measured_over_days",
                violation_error_message="Une décision et une vérification ont une mesure et sa période.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ImprovementState.DECIDED, ImprovementState.EFFECTIVE]) | Q(count__isnull=False),
                name="improvement_figure_known",
                violation_error_message="On ne décide ni ne constate un effet sans chiffre.",
            ),
            models.CheckConstraint(
                condition=Q(total=None) | Q(count__lte=F("total"), total__gt=0),
                name="improvement_share_in_its_total",
                violation_error_message="Une part ne dépasse pas son total.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_state_display()}, le {timezone.localtime(self.at):%d/%m/%Y}"

    @property
    def figure(self):
        """« 5 réclamations », « 62,5 % (10 sur 16) », « n. d. »."""
        if self.count is None:
            return MISSING
        if self.total is None:
            return f"{format_number(self.count)}\u00a0réclamation{'s' if self.count > 1 else ''}"
        return f"{format_number(self._percent, '%')} ({format_number(self.count)} sur {format_number(self.total)})"

    def is_better_than(self, baseline):
        """Whether what was measured improves on what was before; keeping the best possible figure counts."""
        if self.count is None:
            return False
        if self.total is None:
            return self.count == 0 or self.count < baseline.count
        return self.count == self.total or self._percent > baseline._percent

    @property
    def _percent(self):
        return Share(self.count, self.total).percent
