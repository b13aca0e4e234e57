"""Register of violence, harassment and discrimination (indicator 12): apart from everything else, each access noted.

Reports and what is added to them are append-only. Nothing else reads these tables: no search, no export, no admin.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cned_portal.common.history import append_only
from learners.enums import ReportAccessKind, ReportedAs, ReportEntryKind, ReportKind

FACTS_LENGTH = 10_000


class ReportQuerySet(models.QuerySet):
    def open_to(self, user):
        """The register for its members, nothing for anyone else."""
        if not user.is_active or not user.has_perm("learners.view_safeguardingreport"):
            return self.none()
        return self

    def with_closed(self):
        ends = ReportEntry.objects.filter(report=OuterRef("pk"), kind=ReportEntryKind.OUTCOME)
        return self.annotate(is_closed=Exists(ends))


class SafeguardingReport(models.Model):
    """What a person reports, as they wrote it, for ever. Anonymous when `reporter` and `contact` are empty."""

    reference = models.CharField("référence", max_length=12, unique=True, editable=False)
    received_at = models.DateTimeField("reçu le", default=timezone.now)
    kind = models.CharField("nature", max_length=16, choices=ReportKind)
    reported_as = models.CharField("par", max_length=10, choices=ReportedAs)
    facts = models.TextField("faits", max_length=FACTS_LENGTH)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="auteur"
    )
    contact = models.CharField("comment joindre la personne", max_length=200, blank=True)
    client_key = models.UUIDField("clé d’envoi", default=uuid.uuid4, unique=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "signalement"
        verbose_name_plural = "signalements"
        default_permissions = ("view",)
        permissions = [("handle_safeguardingreport", "Peut traiter les signalements")]
        indexes = [models.Index(fields=["-received_at", "-id"], name="safeguarding_latest")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(facts=""),
                name="safeguarding_says_facts",
                violation_error_message="Dites ce qui s’est passé.",
            )
        ]
        triggers = append_only()

    def __str__(self):
        return self.reference

    @property
    def is_anonymous(self):
        return self.reporter_id is None and not self.contact


class ReportEntry(models.Model):
    """A fact made clearer, an action, a transmission or the outcome. Append-only."""

    report = models.ForeignKey(SafeguardingReport, models.PROTECT, related_name="entries", verbose_name="signalement")
    kind = models.CharField("nature", max_length=12, choices=ReportEntryKind)
    text = models.TextField("texte", max_length=FACTS_LENGTH)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    at = models.DateTimeField("le", default=timezone.now)
    client_key = models.UUIDField("clé d’envoi", default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        verbose_name = "suite d’un signalement"
        verbose_name_plural = "suites des signalements"
        default_permissions = ()
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""),
                name="report_entry_says_something",
                violation_error_message="Écrivez ce qui a été fait ou constaté.",
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(kind=ReportEntryKind.OUTCOME),
                name="report_one_outcome",
                violation_error_message="Ce signalement a déjà une issue.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y})"


class ReportAccess(models.Model):
    """Someone opened the register, read a report or added to it. Append-only; for those who oversee it."""

    report = models.ForeignKey(
        SafeguardingReport, models.PROTECT, null=True, related_name="accesses", verbose_name="signalement"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    kind = models.CharField("accès", max_length=6, choices=ReportAccessKind)
    at = models.DateTimeField("le", default=timezone.now)

    class Meta:
        verbose_name = "accès au registre des signalements"
        verbose_name_plural = "accès au registre des signalements"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-at", "-id"], name="report_access_latest")]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y %H:%M})"
