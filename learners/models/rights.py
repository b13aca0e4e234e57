"""What a person may ask about their data, what is kept for how long, and who opened their file."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState
from learners.enums import FileKind, LearnerRetention, RightKind, RightState
from learners.models.people import LearnerProfile


class DataExportQuerySet(LongRunQuerySet):
    def of_user(self, user):
        return self.filter(user=user)

    def kept(self):
        """Those whose file is not erased."""
        return self.filter(erased_at__isnull=True)


class DataExport(LongRun):
    """All that the portal knows of a person, in one file made for them, erased after a few days."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="data_exports", verbose_name="personne"
    )
    file = models.FileField("fichier", upload_to="exports/", max_length=200, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    erased_at = models.DateTimeField("effacé le", null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "copie de mes données"
        verbose_name_plural = "copies de données"
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="data_export_of_user")]
        constraints = [
            *LongRun.Meta.constraints,
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=[RunState.PENDING, RunState.RUNNING]),
                name="data_export_asked_once",
                violation_error_message="Une copie de vos données est déjà en préparation.",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(file=""),
                name="data_export_erased_is_empty",
                violation_error_message="Une copie effacée n’a plus de fichier.",
            ),
        ]

    def __str__(self):
        return f"copie de données n° {self.pk}"

    def get_absolute_url(self):
        return reverse("learners:data_export", kwargs={"pk": self.pk})


class RightRequestQuerySet(models.QuerySet):
    def of_user(self, user):
        return self.filter(learner__user=user)

    def open(self):
        return self.filter(state=RightState.OPEN)


class RightRequest(models.Model):
    """A person asks staff to change what they cannot change themselves. The law gives a month, or three when told why.

    Untracked: what was asked is erased with time, and its history would keep it. Who settled is on the row.
    """

    learner = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="right_requests", verbose_name="apprenant")
    kind = models.CharField("nature", max_length=14, choices=RightKind)
    wanted = models.TextField("ce qui est demandé", max_length=1000, blank=True)
    state = models.CharField("état", max_length=8, choices=RightState, default=RightState.OPEN)
    asked_at = models.DateTimeField("demandée le", default=timezone.now)
    due_on = models.DateField("réponse due le")
    extended_at = models.DateTimeField("prolongée le", null=True, blank=True)
    extension_reason = models.CharField("raison de la prolongation", max_length=300, blank=True)
    settled_at = models.DateTimeField("traitée le", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="traitée par"
    )
    answer = models.CharField("réponse", max_length=500, blank=True)

    objects = RightRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande sur mes données"
        verbose_name_plural = "demandes sur les données"
        default_permissions = ("view",)
        permissions = [("settle_rightrequest", "Peut traiter une demande sur les données")]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(state=RightState.OPEN), name="right_request_due"),
            models.Index(fields=["learner", "-asked_at"], name="right_request_of_learner"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="right_request_settled"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "kind"],
                condition=Q(state=RightState.OPEN),
                name="right_request_open_once",
                violation_error_message="Une demande de cette nature est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=Q(state=RightState.OPEN, settled_at__isnull=True)
                | (~Q(state=RightState.OPEN) & Q(settled_at__isnull=False)),
                name="right_request_settled_dated",
                violation_error_message="Une demande traitée a une date.",
            ),
            models.CheckConstraint(
                condition=~Q(state=RightState.REFUSED) | ~Q(answer=""),
                name="right_request_refusal_explained",
                violation_error_message="Un refus dit sa raison.",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True, extension_reason="")
                | (Q(extended_at__isnull=False) & ~Q(extension_reason="")),
                name="right_request_extension_explained",
                violation_error_message="Une prolongation a une date et une raison.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} (n° {self.pk})"

    @property
    def is_open(self):
        return self.state == RightState.OPEN

    @property
    def is_late(self):
        return self.is_open and self.due_on < timezone.localdate()


class AccountClosureQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(cancelled_at__isnull=True, done_at__isnull=True)

    def given_up(self):
        """Those whose person signed in again since: that is how one changes one's mind."""
        return self.waiting().filter(user__last_login__gt=F("asked_at"))

    def due(self, at):
        return self.waiting().filter(due_at__lte=at).exclude(user__last_login__gt=F("asked_at"))


@tracked()
class AccountClosure(models.Model):
    """A person closes their account; it happens after some days unless they sign in again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="closures", verbose_name="personne")
    asked_at = models.DateTimeField("demandée le", default=timezone.now)
    due_at = models.DateTimeField("prévue le")
    cancelled_at = models.DateTimeField("abandonnée le", null=True, blank=True)
    done_at = models.DateTimeField("faite le", null=True, blank=True)
    hindered_by = models.CharField("retardée par", max_length=300, blank=True)
    kept = models.JSONField("ce qui est gardé", default=list, blank=True)

    objects = AccountClosureQuerySet.as_manager()

    class Meta:
        verbose_name = "fermeture de compte"
        verbose_name_plural = "fermetures de comptes"
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(cancelled_at__isnull=True, done_at__isnull=True),
                name="closure_waiting",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(cancelled_at__isnull=True, done_at__isnull=True),
                name="closure_asked_once",
                violation_error_message="La fermeture de ce compte est déjà demandée.",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(done_at__isnull=True),
                name="closure_done_or_not",
                violation_error_message="Une fermeture est faite ou abandonnée.",
            ),
        ]

    def __str__(self):
        return f"Fermeture n° {self.pk}"

    @property
    def is_given_up(self):
        return bool(self.user.last_login and self.user.last_login > self.asked_at)


@tracked()
class LearnerRetentionRule(models.Model):
    """How many days a sort of data is kept once it serves no more."""

    subject = models.CharField("données", max_length=12, choices=LearnerRetention, unique=True)
    days = models.PositiveIntegerField("durée (jours)")
    is_active = models.BooleanField("active", default=True)
    reason = models.TextField("motif", max_length=500, help_text="D’où vient cette durée : texte, décision, usage.")

    class Meta:
        verbose_name = "durée de conservation (apprenants)"
        verbose_name_plural = "durées de conservation (apprenants)"
        ordering = ["subject"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=30),
                name="learner_retention_not_too_short",
                violation_error_message="Une durée est d’au moins 30 jours.",
            ),
            models.CheckConstraint(
                condition=~Q(subject=LearnerRetention.INACTIVE) | Q(days__gte=730),
                name="learner_retention_of_accounts",
                violation_error_message="Un compte sans activité est gardé deux ans au moins (730 jours).",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="learner_retention_has_a_reason",
                violation_error_message="Une durée a un motif.",
            ),
        ]

    def __str__(self):
        return f"{self.get_subject_display()} : {self.days} jours"


class LearnerRetentionRun(models.Model):
    """What one rule did in one night, whatever the number of workers."""

    rule = models.ForeignKey(
        LearnerRetentionRule, models.CASCADE, related_name="runs", verbose_name="durée de conservation"
    )
    day = models.DateField("nuit du")
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)
    rows = models.PositiveIntegerField("effacées", default=0)

    class Meta:
        verbose_name = "nuit d’effacement (apprenants)"
        verbose_name_plural = "nuits d’effacement (apprenants)"
        ordering = ["-day", "rule"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "day"],
                name="learner_retention_once_a_night",
                violation_error_message="Une durée a une ligne par nuit.",
            ),
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="learner_retention_latest")]

    def __str__(self):
        return f"{self.rule}, nuit du {self.day:%d/%m/%Y}"


class FileAccess(models.Model):
    """A member of staff opened something of a learner's file that day. Append-only; the first time of the day counts.

    `service` is the role they acted in: it is all that the learner is told.
    """

    learner = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="accesses", verbose_name="apprenant")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    service = models.CharField("service", max_length=60)
    kind = models.CharField("ouvert", max_length=10, choices=FileKind)
    page = models.CharField("depuis la page", max_length=80)
    day = models.DateField("jour")
    at = models.DateTimeField("le", default=timezone.now)

    class Meta:
        verbose_name = "consultation d’un dossier"
        verbose_name_plural = "consultations de dossiers"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at", "-id"], name="file_access_latest"),
            models.Index(fields=["learner", "-at", "-id"], name="file_access_of_learner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "agent", "kind", "day"],
                name="file_access_once_a_day",
                violation_error_message="Cette consultation est déjà notée.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y})"
