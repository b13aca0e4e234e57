from django.db import models

from cned_portal.common.history import tracked


@tracked()
class JobFamily(models.Model):
    """A family of jobs (FAP 2009) with its figures of « Les métiers en 2030 »: thousands of people, 2019 to 2030.

    A figure that the source does not give is empty. `tension` goes from 1 (weak) to 5 (strong), measured in 2019.
    """

    code = models.CharField("code FAP", max_length=3, unique=True)
    label = models.CharField("intitulé", max_length=200)
    jobs = models.DecimalField("emplois en 2019", max_digits=7, decimal_places=1, null=True, blank=True)
    created = models.DecimalField("créations nettes d’emplois", max_digits=7, decimal_places=1, null=True, blank=True)
    leaving = models.DecimalField("départs en fin de carrière", max_digits=7, decimal_places=1, null=True, blank=True)
    openings = models.DecimalField("postes à pourvoir", max_digits=7, decimal_places=1, null=True, blank=True)
    imbalance = models.DecimalField("déséquilibre", max_digits=7, decimal_places=1, null=True, blank=True)
    tension = models.DecimalField("tension en 2019", max_digits=3, decimal_places=1, null=True, blank=True)
    source = models.CharField("source", max_length=300)
    year = models.PositiveSmallIntegerField("année de publication")

    class Meta:
        verbose_name = "famille de métiers (FAP)"
        verbose_name_plural = "familles de métiers (FAP)"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tension__isnull=True) | models.Q(tension__gte=1, tension__lte=5),
                name="job_family_tension_scale",
                violation_error_message="La tension va de 1 à 5.",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.label}"
