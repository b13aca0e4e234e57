from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse

from cned_portal.common.history import tracked


@tracked()
class Domain(models.Model):
    """Domain of the catalogue, as the public reads it."""

    slug = models.SlugField("identifiant", max_length=80, unique=True)
    name = models.CharField("nom", max_length=120, unique=True)

    class Meta:
        verbose_name = "domaine"
        verbose_name_plural = "domaines"

    def __str__(self):
        return self.name


@tracked()
class DiplomaType(models.Model):
    """Type of diploma or of offer (CAP, BTS, préparation à un concours…)."""

    slug = models.SlugField("identifiant", max_length=80, unique=True)
    name = models.CharField("nom", max_length=120, unique=True)
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=100)

    class Meta:
        verbose_name = "type de diplôme"
        verbose_name_plural = "types de diplôme"

    def __str__(self):
        return self.name


@tracked()
class Occupation(models.Model):
    """A job of the ROME nomenclature, with the names that people give it: they lead to trainings."""

    code = models.CharField(
        "code ROME",
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^[A-N][0-9]{4}$", "Un code ROME a une lettre de A à N et quatre chiffres.")],
    )
    label = models.CharField("intitulé", max_length=200)
    names = ArrayField(models.CharField(max_length=200), verbose_name="appellations", default=list, blank=True)
    families = models.ManyToManyField(
        "catalogue.JobFamily", blank=True, related_name="occupations", verbose_name="familles de métiers (FAP)"
    )

    class Meta:
        verbose_name = "métier (ROME)"
        verbose_name_plural = "métiers (ROME)"

    def __str__(self):
        return f"{self.code} {self.label}"

    def get_absolute_url(self):
        return reverse("catalogue:job", kwargs={"code": self.code.lower()})


@tracked()
class Formacode(models.Model):
    """A subject of the Formacode thesaurus, with its synonyms."""

    code = models.CharField(
        "code", max_length=5, unique=True, validators=[RegexValidator(r"^[0-9]{5}$", "Un Formacode a cinq chiffres.")]
    )
    label = models.CharField("intitulé", max_length=200)
    synonyms = ArrayField(models.CharField(max_length=200), verbose_name="synonymes", default=list, blank=True)

    class Meta:
        verbose_name = "Formacode"
        verbose_name_plural = "Formacodes"

    def __str__(self):
        return f"{self.code} {self.label}"
