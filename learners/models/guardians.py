import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import tracked
from learners.enums import MAJORITY, SIGNING_RELATIONSHIPS, EndReason, Relationship
from learners.models.people import LearnerProfile, born_to_be


class GuardianshipQuerySet(models.QuerySet):
    def in_force(self):
        """Accepted, not ended."""
        return self.filter(accepted_at__isnull=False, ended_at__isnull=True)

    def of_minors(self):
        """Those whose learner is not known to be of age: access ends on the birthday, before the nightly task comes."""
        adult = born_to_be(MAJORITY, timezone.localdate())
        return self.filter(Q(learner__date_of_birth__isnull=True) | Q(learner__date_of_birth__gt=adult))

    def pending(self):
        """Invitations that may still be accepted."""
        return self.filter(accepted_at__isnull=True, ended_at__isnull=True, expires_at__gt=timezone.now())

    def signing(self):
        """Those of the adults who sign for the minor."""
        return self.in_force().filter(relationship__in=SIGNING_RELATIONSHIPS)


@tracked(exclude=["token_hash"])
class Guardianship(models.Model):
    """An adult invited to follow a minor, then bound to them until it ends.

    The link sent holds a secret of which only the hash is kept. It is worth one acceptance, by an account whose
    verified address is the one that was invited.
    """

    learner = models.ForeignKey(
        LearnerProfile, models.CASCADE, related_name="guardianships", verbose_name="apprenant mineur"
    )
    guardian = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guardianships",
        verbose_name="responsable",
    )
    relationship = models.CharField("lien", max_length=14, choices=Relationship, default=Relationship.PARENT)
    invited_email = models.EmailField("adresse invitée")
    token_hash = models.CharField("empreinte du lien", max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="invité par"
    )
    invited_at = models.DateTimeField("invité le", default=timezone.now)
    expires_at = models.DateTimeField("invitation valable jusqu’au")
    accepted_at = models.DateTimeField("accepté le", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    end_reason = models.CharField("raison de la fin", max_length=10, choices=EndReason, blank=True, db_default="")

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        verbose_name = "responsable d’un mineur"
        verbose_name_plural = "responsables de mineurs"
        default_permissions = ("view",)
        permissions = [("end_guardianship", "Peut mettre fin au lien d’un responsable avec un mineur")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "invited_email"],
                condition=Q(ended_at__isnull=True),
                name="guardianship_invited_once",
                violation_error_message="Cette personne est déjà invitée ou responsable.",
            ),
            models.UniqueConstraint(
                fields=["learner", "guardian"],
                condition=Q(ended_at__isnull=True, guardian__isnull=False),
                name="guardianship_held_once",
                violation_error_message="Cette personne est déjà responsable de cet apprenant.",
            ),
            models.CheckConstraint(
                condition=Q(guardian__isnull=True, accepted_at__isnull=True)
                | Q(guardian__isnull=False, accepted_at__isnull=False),
                name="guardianship_accepted_by_someone",
                violation_error_message="Une invitation acceptée dit par qui et quand.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at")),
                name="guardianship_expires_later",
                violation_error_message="Une invitation expire après son envoi.",
            ),
            models.CheckConstraint(
                condition=Q(end_reason="") | Q(ended_at__isnull=False),
                name="guardianship_end_explained",
                violation_error_message="La raison d’une fin va avec sa date.",
            ),
        ]
        triggers = [
            # A check constraint cannot read the learner's account.
            pgtrigger.Trigger(
                name="guardianship_of_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("guardian_id", "learner_id"),
                condition=pgtrigger.Q(new__guardian__isnull=False),
                func=(
                    "IF EXISTS (SELECT 1 FROM learners_learnerprofile l "
                    "WHERE l.id = NEW.learner_id AND l.user_id = NEW.guardian_id) THEN "
                    "RAISE EXCEPTION 'nobody is their own guardian' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.get_relationship_display()} de {self.learner.number}"

    @property
    def signs(self):
        """Whether this adult signs for the minor."""
        return self.relationship in SIGNING_RELATIONSHIPS
