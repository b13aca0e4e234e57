"""Reports asked for on a screen and made by a worker."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState
from crc.models import Service
from quality.enums import ReportKind


@tracked(exclude=["progress", "heartbeat_at"])
class ReportRun(LongRun):
    """A report for a month, of one service or of all; its file is made once and kept with its digest."""

    kind = models.CharField("nature", max_length=20, choices=ReportKind, default=ReportKind.MONTHLY_REQUESTS)
    month = models.DateField("mois", help_text="Premier jour du mois.")
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="service"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="demandé par"
    )
    file = models.FileField("fichier", upload_to="reports/", blank=True, max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "rapport"
        verbose_name_plural = "rapports"
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["-created_at", "-id"], name="report_latest")]
        constraints = [
            *LongRun.Meta.constraints,
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="report_month_is_a_first",
                violation_error_message="Un mois est désigné par son premier jour.",
            ),
            models.UniqueConstraint(
                fields=["kind", "month", "service"],
                condition=Q(state__in=[RunState.PENDING, RunState.RUNNING]),
                nulls_distinct=False,
                name="report_asked_once",
                violation_error_message="Ce rapport est déjà en préparation.",
            ),
            models.CheckConstraint(
                condition=(Q(state=RunState.DONE, sha256__regex=r"^[0-9a-f]{64}$") & ~Q(file=""))
                | (~Q(state=RunState.DONE) & Q(sha256="", file="")),
                name="report_done_whole",
                violation_error_message="Un rapport terminé a un fichier et son empreinte.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.month:%m/%Y}"

    def get_absolute_url(self):
        return reverse("admin:quality_report", kwargs={"pk": self.pk})
