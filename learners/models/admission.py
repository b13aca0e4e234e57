"""What a training asks of those who enrol: written by the units, read by the enrolment path."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from cned_portal.common.history import tracked


@tracked()
class Admission(models.Model):
    """Conditions of entry of a training beyond the choice of a session; a training without any has no row.

    The questionnaire situates the person to adapt the course; the check of prior learning looks at the prerequisites
    that condition access. The quality referential keeps the two apart (indicator 8, guide V9), so do we.
    """

    training = models.OneToOneField(
        "catalogue.Training", models.CASCADE, related_name="admission", verbose_name="formation"
    )
    checks_prior_learning = models.BooleanField(
        "vérifie les acquis",
        default=False,
        help_text="Diplômes ou expériences qui conditionnent l’accès : une personne les vérifie avant la confirmation.",
    )
    positioning_intro = models.TextField("présentation du positionnement", max_length=1000, blank=True)

    class Meta:
        verbose_name = "conditions d’inscription"
        verbose_name_plural = "conditions d’inscription"

    def __str__(self):
        return f"Conditions de « {self.training} »"


@tracked()
class PositioningQuestion(models.Model):
    """A question that the learner answers by rating themselves."""

    admission = models.ForeignKey(Admission, models.CASCADE, related_name="questions", verbose_name="conditions")
    rank = models.PositiveSmallIntegerField("ordre", default=1)
    text = models.CharField("question", max_length=300)

    class Meta:
        verbose_name = "question de positionnement"
        verbose_name_plural = "questions de positionnement"
        ordering = ["rank", "pk"]

    def __str__(self):
        return self.text


@tracked()
class PositioningAdvice(models.Model):
    """What the portal advises from a result upwards; a person decides."""

    admission = models.ForeignKey(Admission, models.CASCADE, related_name="advice", verbose_name="conditions")
    from_percent = models.PositiveSmallIntegerField("à partir de (%)", default=0, validators=[MaxValueValidator(100)])
    text = models.CharField("conseil", max_length=500)

    class Meta:
        verbose_name = "conseil selon le résultat"
        verbose_name_plural = "conseils selon le résultat"
        ordering = ["from_percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "from_percent"],
                name="positioning_advice_once",
                violation_error_message="Un seul conseil par seuil.",
            ),
            models.CheckConstraint(
                condition=Q(from_percent__lte=100),
                name="positioning_advice_percent",
                violation_error_message="Un seuil va de 0 à 100.",
            ),
        ]

    def __str__(self):
        return f"à partir de {self.from_percent} %"


@tracked()
class RequiredPiece(models.Model):
    """A document to provide, and why it is asked for."""

    admission = models.ForeignKey(Admission, models.CASCADE, related_name="required_pieces", verbose_name="conditions")
    rank = models.PositiveSmallIntegerField("ordre", default=1)
    label = models.CharField("pièce", max_length=150)
    why = models.CharField("pourquoi (lu par l’apprenant)", max_length=300)
    minors_only = models.BooleanField("pour les mineurs seulement", default=False)

    class Meta:
        verbose_name = "pièce à fournir"
        verbose_name_plural = "pièces à fournir"
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["admission", "label"],
                name="required_piece_once",
                violation_error_message="Cette pièce est déjà demandée.",
            )
        ]

    def __str__(self):
        return self.label
