from django.db import models
from django.db.models import Q

from catalogue.models.trainings import Training
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState


class Brochure(LongRun):
    """A training's page as a document, made once for what it says: one row, one file, for each content.

    A cache that can be emptied at any time; it has no history.
    """

    training = models.ForeignKey(Training, models.CASCADE, related_name="brochures", verbose_name="formation")
    fingerprint = models.CharField("empreinte du contenu", max_length=64, editable=False)
    file = models.FileField("fichier", upload_to="documentations/", blank=True, max_length=200)

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "documentation"
        verbose_name_plural = "documentations"
        default_permissions = ()
        constraints = [
            *LongRun.Meta.constraints,
            models.UniqueConstraint(
                fields=["training", "fingerprint"],
                name="brochure_once",
                violation_error_message="Cette documentation existe déjà.",
            ),
            models.CheckConstraint(
                condition=(Q(state=RunState.DONE) & ~Q(file="")) | (~Q(state=RunState.DONE) & Q(file="")),
                name="brochure_done_has_file",
                violation_error_message="Une documentation prête a un fichier, une autre n’en a pas.",
            ),
        ]

    def __str__(self):
        return f"documentation de {self.training}"
