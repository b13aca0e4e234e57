"""Operating units and trainings that the other apps point at."""

from django.conf import settings
from django.db import models


class OperatingUnit(models.Model):
    """A « direction opérationnelle »: it makes trainings and answers for them."""

    code = models.CharField("code", max_length=20, unique=True)
    name = models.CharField("nom", max_length=150, unique=True)
    slug = models.SlugField("identifiant", max_length=100, unique=True)

    class Meta:
        verbose_name = "direction opérationnelle"
        verbose_name_plural = "directions opérationnelles"

    def __str__(self):
        return self.name


class UnitMembership(models.Model):
    """A member of staff works in a unit."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="unit_memberships", verbose_name="personne"
    )
    unit = models.ForeignKey(OperatingUnit, models.CASCADE, related_name="memberships", verbose_name="direction")

    class Meta:
        verbose_name = "appartenance à une direction"
        verbose_name_plural = "appartenances à une direction"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit"],
                name="unit_member_once",
                violation_error_message="Cette personne fait déjà partie de la direction.",
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.unit}"


class TrainingQuerySet(models.QuerySet):
    def published(self):
        """Trainings shown to the public."""
        return self.filter(is_published=True)


class Training(models.Model):
    """A training on offer."""

    slug = models.SlugField("adresse", max_length=200, unique=True)
    title = models.CharField("intitulé", max_length=255)
    unit = models.ForeignKey(OperatingUnit, models.PROTECT, related_name="trainings", verbose_name="direction")
    is_published = models.BooleanField("publiée", default=False)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = "formation"
        verbose_name_plural = "formations"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/formations/{self.slug}/"
