import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalogue.enums import Level
from catalogue.models.trainings import Training, bumps_page_version
from cned_portal.common.history import tracked

# A check constraint cannot read another table; nothing sold or certified hangs under a central project.
refuse_central_project = pgtrigger.Trigger(
    name="not_of_central_project",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func=(
        "IF EXISTS (SELECT 1 FROM catalogue_training WHERE id = NEW.training_id AND kind = 'central_project') THEN "
        "RAISE EXCEPTION 'a central project has no price, session or certification' "
        "USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
    ),
)


class CertificationQuerySet(models.QuerySet):
    def expired(self, on=None):
        return self.filter(expires_on__lt=on or timezone.localdate())


@tracked()
class Certification(models.Model):
    """A record of the RNCP or of the Répertoire spécifique. One title may have several codes over time."""

    code = models.CharField(
        "code",
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^(RNCP|RS)[0-9]{1,6}$", "Un code s’écrit RNCP38565 ou RS5080.")],
    )
    title = models.CharField("intitulé exact", max_length=600)
    certifier = models.CharField("certificateur", max_length=200, blank=True)
    level = models.PositiveSmallIntegerField("niveau", choices=Level, null=True, blank=True)
    registered_on = models.DateField("date d’enregistrement", null=True, blank=True)
    expires_on = models.DateField("échéance de l’enregistrement", null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="remplacée par"
    )

    objects = CertificationQuerySet.as_manager()

    class Meta:
        verbose_name = "certification"
        verbose_name_plural = "certifications"
        triggers = [
            bumps_page_version(
                "SELECT training_id FROM catalogue_trainingcertification WHERE certification_id = changed.id"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(registered_on__isnull=True)
                | Q(expires_on__isnull=True)
                | Q(registered_on__lt=F("expires_on")),
                name="certification_dates_ordered",
                violation_error_message="L’échéance vient après l’enregistrement.",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
                name="certification_not_its_successor",
                violation_error_message="Une certification ne se remplace pas elle-même.",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.title}"

    def is_expired(self, on=None):
        return self.expires_on is not None and self.expires_on < (on or timezone.localdate())

    @property
    def register_url(self):
        """Public record at France compétences."""
        register = "rncp" if self.code.startswith("RNCP") else "rs"
        return f"https://www.francecompetences.fr/recherche/{register}/{self.code.removeprefix('RNCP').removeprefix('RS')}/"


class TrainingCertificationQuerySet(models.QuerySet):
    def in_force(self, on=None):
        on = on or timezone.localdate()
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on)).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        )


@tracked()
class TrainingCertification(models.Model):
    """The training prepares the certification, from a date to a date."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="certification_links", verbose_name="formation")
    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="training_links", verbose_name="certification"
    )
    valid_from = models.DateField("préparée depuis le", null=True, blank=True)
    valid_to = models.DateField("préparée jusqu’au", null=True, blank=True)

    objects = TrainingCertificationQuerySet.as_manager()

    class Meta:
        verbose_name = "certification préparée"
        verbose_name_plural = "certifications préparées"
        triggers = [refuse_central_project, bumps_page_version("changed.training_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "certification"],
                name="training_certification_once",
                violation_error_message="Cette certification est déjà rattachée à la formation.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="training_certification_dates_ordered",
                violation_error_message="La fin ne vient pas avant le début.",
            ),
        ]

    def __str__(self):
        return str(self.certification)

    def is_in_force(self, on=None):
        on = on or timezone.localdate()
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)
