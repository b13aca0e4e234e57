from django.db import models


class MailState(models.TextChoices):
    PENDING = "pending", "À envoyer"
    CLAIMED = "claimed", "Pris en charge"
    SENDING = "sending", "En cours de remise"
    SENT = "sent", "Envoyé"
    UNKNOWN = "unknown", "Sort inconnu"
    BOUNCED = "bounced", "Non distribué"
    FAILED = "failed", "Abandonné"
    CANCELLED = "cancelled", "Annulé"


class Delivery(models.TextChoices):
    """What to do when the process died between handing a mail over and writing that it was sent."""

    AT_MOST_ONCE = "at-most-once", "Jamais deux fois (invitations)"
    AT_LEAST_ONCE = "at-least-once", "Toujours au moins une fois (accusés de réception)"


class Priority(models.IntegerChoices):
    HIGH = 0, "Haute"
    NORMAL = 5, "Normale"
    LOW = 9, "Basse"
