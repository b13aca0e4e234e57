"""Who was told that a promise is about to pass, or has passed."""

from django.db import models
from django.utils import timezone

from crc.enums import EscalationStep
from crc.models.tickets import Ticket


class Escalation(models.Model):
    """A step taken for the answer that a ticket is owed: one row for each, gone once the answer is given."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="escalations", verbose_name="demande")
    step = models.PositiveSmallIntegerField("palier", choices=EscalationStep)
    at = models.DateTimeField("le", default=timezone.now)

    class Meta:
        verbose_name = "escalade"
        verbose_name_plural = "escalades"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "step"],
                name="escalation_once_a_step",
                violation_error_message="Ce palier est déjà franchi.",
            ),
            models.CheckConstraint(
                condition=models.Q(step__in=EscalationStep.values),
                name="escalation_known_step",
                violation_error_message="Ce palier n’existe pas.",
            ),
        ]

    def __str__(self):
        return f"{self.ticket} : {self.get_step_display()}"
