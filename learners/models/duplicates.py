"""Files that may be one person's: found by a nightly task, judged by staff, joined for good."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cned_portal.common.history import tracked
from learners.enums import DuplicateRule, DuplicateState
from learners.models.people import LearnerProfile


class DuplicateCandidateQuerySet(models.QuerySet):
    def to_judge(self):
        return self.filter(state=DuplicateState.OPEN)


@tracked()
class DuplicateCandidate(models.Model):
    """Two files to compare. The older one is `first`: a pair exists once whatever rule finds it."""

    first = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="+", verbose_name="premier dossier")
    second = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="+", verbose_name="second dossier")
    rule = models.CharField("trouvé par", max_length=10, choices=DuplicateRule)
    state = models.CharField("état", max_length=10, choices=DuplicateState, default=DuplicateState.OPEN)
    reason = models.CharField("raison", max_length=200, blank=True)
    found_at = models.DateTimeField("trouvé le", auto_now_add=True)
    settled_at = models.DateTimeField("jugé le", null=True, blank=True)

    objects = DuplicateCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = "doublon possible"
        verbose_name_plural = "doublons possibles"
        default_permissions = ("view",)
        permissions = [("merge_learners", "Peut réunir deux dossiers d’apprenant")]
        indexes = [
            models.Index(fields=["found_at", "id"], condition=Q(state=DuplicateState.OPEN), name="duplicate_to_judge")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="duplicate_pair_once",
                violation_error_message="Ces deux dossiers sont déjà rapprochés.",
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="duplicate_pair_in_order",
                violation_error_message="Le premier dossier est le plus ancien.",
            ),
            models.CheckConstraint(
                condition=Q(state=DuplicateState.OPEN, settled_at__isnull=True)
                | (~Q(state=DuplicateState.OPEN) & Q(settled_at__isnull=False)),
                name="duplicate_settled_dated",
                violation_error_message="Un doublon jugé a une date.",
            ),
            models.CheckConstraint(
                condition=~Q(state=DuplicateState.DISMISSED) | ~Q(reason=""),
                name="duplicate_dismissed_explained",
                violation_error_message="Dites pourquoi ce sont deux personnes.",
            ),
        ]

    def __str__(self):
        return f"Rapprochement n° {self.pk}"


@tracked()
class LearnerMerge(models.Model):
    """What was done when two files became one: which, by whom, how many rows of each kind moved."""

    loser = models.OneToOneField(LearnerProfile, models.PROTECT, related_name="merge", verbose_name="dossier réuni")
    winner = models.ForeignKey(LearnerProfile, models.PROTECT, related_name="merges", verbose_name="dossier gardé")
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="réunis par"
    )
    merged_at = models.DateTimeField("réunis le", auto_now_add=True)
    moved = models.JSONField("ce qui a été déplacé", default=dict)

    class Meta:
        verbose_name = "réunion de dossiers"
        verbose_name_plural = "réunions de dossiers"
        default_permissions = ("view",)

    def __str__(self):
        return f"Réunion n° {self.pk}"
