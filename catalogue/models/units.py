from django.conf import settings
from django.db import models

from cned_portal.common.history import tracked


@tracked()
class OperatingUnit(models.Model):
    """An « unité opérationnelle »: it makes trainings and answers for them. A family of trainings may span several."""

    code = models.CharField("code", max_length=20, unique=True)
    name = models.CharField("nom", max_length=150, unique=True)
    slug = models.SlugField("identifiant", max_length=100, unique=True)
    is_head_office = models.BooleanField(
        "direction générale",
        default=False,
        help_text="Porte les projets centraux ; n’est pas une unité opérationnelle.",
    )

    class Meta:
        verbose_name = "unité opérationnelle"
        verbose_name_plural = "unités opérationnelles"

    def __str__(self):
        return self.name


@tracked()
class Site(models.Model):
    """A town where a unit works; some have two."""

    unit = models.ForeignKey(OperatingUnit, models.CASCADE, related_name="sites", verbose_name="unité")
    city = models.CharField("ville", max_length=100)

    class Meta:
        verbose_name = "site"
        verbose_name_plural = "sites"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "city"],
                name="unit_site_once",
                violation_error_message="Ce site est déjà rattaché à l’unité.",
            ),
        ]

    def __str__(self):
        return self.city


@tracked()
class UnitMembership(models.Model):
    """A member of staff works in a unit: a unit lead sees the trainings of these units."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="unit_memberships", verbose_name="personne"
    )
    unit = models.ForeignKey(OperatingUnit, models.CASCADE, related_name="memberships", verbose_name="unité")

    class Meta:
        verbose_name = "appartenance à une unité"
        verbose_name_plural = "appartenances à une unité"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit"],
                name="unit_member_once",
                violation_error_message="Cette personne fait déjà partie de l’unité.",
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.unit}"
