from django.conf import settings
from django.db import models

from catalogue.models.trainings import Training


class Favourite(models.Model):
    """A training that a person kept. Without history: what someone no longer keeps is nobody's business."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favourites", verbose_name="personne"
    )
    training = models.ForeignKey(Training, models.CASCADE, related_name="+", verbose_name="formation")
    kept_at = models.DateTimeField("gardée le", auto_now_add=True)

    class Meta:
        verbose_name = "favori"
        verbose_name_plural = "favoris"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "training"],
                name="favourite_once",
                violation_error_message="Cette formation est déjà dans les favoris.",
            ),
        ]

    def __str__(self):
        return str(self.training)
