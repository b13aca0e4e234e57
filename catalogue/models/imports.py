from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from catalogue.enums import ImportFormat, ImportMode, ImportStep, LineOutcome
from catalogue.models.trainings import Training
from catalogue.models.units import OperatingUnit
from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet


@tracked(exclude=["progress", "heartbeat_at"])
class CatalogueImport(LongRun):
    """A file of trainings: checked first, then written when a person has accepted what the check shows."""

    file = models.FileField("fichier", upload_to="imports/", max_length=200)
    file_name = models.CharField("nom du fichier", max_length=150)
    file_format = models.CharField("format", max_length=10, choices=ImportFormat)
    unit = models.ForeignKey(
        OperatingUnit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="unité des nouvelles formations",
        help_text="Pour celles dont le fichier ne dit pas l’unité.",
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="demandé par"
    )
    step = models.CharField("étape", max_length=10, choices=ImportStep, default=ImportStep.CHECK)
    mode = models.CharField("ce qui est accepté", max_length=10, choices=ImportMode, blank=True)
    created_count = models.PositiveIntegerField("créées", default=0)
    changed_count = models.PositiveIntegerField("modifiées", default=0)
    unchanged_count = models.PositiveIntegerField("inchangées", default=0)
    refused_count = models.PositiveIntegerField("refusées", default=0)
    ignored_columns = ArrayField(
        models.CharField(max_length=200), verbose_name="colonnes ignorées", default=list, blank=True
    )

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "import de formations"
        verbose_name_plural = "imports de formations"
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["-created_at", "-id"], name="catalogue_import_latest")]
        constraints = [
            *LongRun.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(step=ImportStep.WRITE) | ~Q(mode=""),
                name="catalogue_import_written_as_accepted",
                violation_error_message="Un import ne s’écrit qu’après avoir été accepté.",
            ),
        ]

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("admin:catalogue_import", kwargs={"pk": self.pk})

    @property
    def is_written(self):
        return self.step == ImportStep.WRITE and self.state == "done"

    @property
    def waits_for_decision(self):
        return self.step == ImportStep.CHECK and self.state == "done"

    @property
    def good_count(self):
        """Trainings that accepting would write."""
        return self.created_count + self.changed_count


class ImportLine(models.Model):
    """What the import makes of one training of the file; keys follow the order in which lines are shown."""

    run = models.ForeignKey(CatalogueImport, models.CASCADE, related_name="lines", verbose_name="import")
    line = models.PositiveIntegerField("ligne")
    reference = models.CharField("référence", max_length=200, blank=True)
    title = models.CharField("intitulé", max_length=255, blank=True)
    outcome = models.CharField("effet", max_length=10, choices=LineOutcome)
    training = models.ForeignKey(
        Training, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="formation"
    )
    changes = ArrayField(models.CharField(max_length=200), verbose_name="éléments modifiés", default=list, blank=True)
    problems = models.JSONField("refus", default=list, help_text="[ligne, champ, raison]")

    class Meta:
        verbose_name = "ligne d’import"
        verbose_name_plural = "lignes d’import"
        default_permissions = ()
        indexes = [models.Index(fields=["run", "outcome", "id"], name="import_line_outcome")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=LineOutcome.REFUSED) & ~Q(problems=[])
                | ~Q(outcome=LineOutcome.REFUSED) & Q(problems=[]),
                name="import_line_refused_with_reason",
                violation_error_message="Une ligne refusée a une raison, une autre n’en a pas.",
            ),
        ]

    def __str__(self):
        return f"ligne {self.line}"
