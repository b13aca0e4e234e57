"""The national quality referential (Qualiopi): versions in force at dates, criteria, indicators."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from cned_portal.common.history import tracked
from quality.enums import Category, Condition, Evidence, IndicatorType, Severity


class ReferentialVersionQuerySet(models.QuerySet):
    def at(self, day):
        """The version that an audit of that day applies: the date of the audit selects it, not the certificate's."""
        until = Q(in_force_until__isnull=True) | Q(in_force_until__gte=day)
        return self.filter(until, in_force_from__lte=day).first()


@tracked()
class ReferentialVersion(models.Model):
    """A wording of the indicators, with the days of the audits that apply it."""

    code = models.CharField("code", max_length=20, unique=True)
    name = models.CharField("nom", max_length=100)
    law = models.CharField("textes", max_length=300)
    in_force_from = models.DateField("pour les audits à partir du")
    in_force_until = models.DateField("jusqu’au", null=True, blank=True)

    objects = ReferentialVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "version du référentiel"
        verbose_name_plural = "versions du référentiel"
        ordering = ["-in_force_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_force_until__isnull=True) | Q(in_force_until__gte=F("in_force_from")),
                name="referential_ends_after_start",
                violation_error_message="La fin suit le début.",
            ),
            ExclusionConstraint(
                name="referential_one_at_a_time",
                expressions=[
                    (
                        Func(
                            "in_force_from",
                            "in_force_until",
                            models.Value("[]"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Une autre version s’applique déjà à ces dates.",
            ),
        ]

    def __str__(self):
        return self.name


@tracked()
class Criterion(models.Model):
    """One of the seven criteria of article R. 6316-1, the same in every version so far."""

    version = models.ForeignKey(
        ReferentialVersion, models.CASCADE, related_name="criteria", verbose_name="version du référentiel"
    )
    number = models.PositiveSmallIntegerField("numéro")
    text = models.TextField("texte officiel")

    class Meta:
        verbose_name = "critère"
        verbose_name_plural = "critères"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"],
                name="criterion_number_once",
                violation_error_message="Ce numéro existe déjà.",
            )
        ]

    def __str__(self):
        return f"Critère {self.number}"


@tracked()
class Indicator(models.Model):
    """An indicator of a version: official text, to whom it applies, and what is known of what an auditor expects."""

    version = models.ForeignKey(
        ReferentialVersion, models.CASCADE, related_name="indicators", verbose_name="version du référentiel"
    )
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="indicators", verbose_name="critère")
    number = models.PositiveSmallIntegerField("numéro")
    label = models.CharField("intitulé", max_length=150)
    text = models.TextField("texte officiel")
    type = models.CharField("type", max_length=10, choices=IndicatorType)
    categories = ArrayField(
        models.CharField(max_length=3, choices=Category), verbose_name="catégories d’action", size=len(Category)
    )
    condition = models.CharField("condition", max_length=20, choices=Condition, blank=True)
    severity = models.CharField("gravité possible", max_length=20, choices=Severity)
    adapted_for_newcomers = models.BooleanField("adapté pour un nouvel entrant", default=False)
    change = models.TextField("ce qui a changé", blank=True)
    expected = models.TextField("niveau attendu (résumé)", blank=True)
    evidence = models.TextField("exemples de preuves (résumé)", blank=True)
    minor_when = models.TextField("mineure si (résumé)", blank=True)
    notes = models.TextField("particularités (résumé)", blank=True)
    fed_by = ArrayField(
        models.CharField(max_length=12, choices=Evidence),
        verbose_name="preuves datées par le portail",
        default=list,
        db_default=[],
        blank=True,
    )

    class Meta:
        verbose_name = "indicateur"
        verbose_name_plural = "indicateurs"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"],
                name="indicator_number_once",
                violation_error_message="Ce numéro existe déjà dans cette version.",
            ),
            models.CheckConstraint(
                condition=~Q(categories=[]),
                name="indicator_has_a_category",
                violation_error_message="Un indicateur concerne au moins une catégorie d’action.",
            ),
        ]

    def __str__(self):
        return f"Indicateur {self.number}"
