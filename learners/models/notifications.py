from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from learners.enums import NotificationChannel, NotificationTopic, PushState, TimeZone


class NotificationChoice(models.Model):
    """By which means a person wants to be told of a topic; without a row, by mail."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_choices", verbose_name="personne"
    )
    topic = models.CharField("sujet", max_length=12, choices=NotificationTopic)
    channel = models.CharField("moyen", max_length=6, choices=NotificationChannel)

    class Meta:
        verbose_name = "choix de notification"
        verbose_name_plural = "choix de notification"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic"],
                name="notification_choice_once",
                violation_error_message="Ce sujet a déjà un moyen.",
            ),
        ]

    def __str__(self):
        return f"{self.get_topic_display()} : {self.get_channel_display()}"


class QuietHours(models.Model):
    """The hours at which a person wants no notification, in the time of where they live."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="quiet_hours", verbose_name="personne"
    )
    starts_at = models.TimeField("début")
    ends_at = models.TimeField("fin")
    time_zone = models.CharField("fuseau horaire", max_length=40, choices=TimeZone, default=TimeZone.PARIS)

    class Meta:
        verbose_name = "heures de silence"
        verbose_name_plural = "heures de silence"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(starts_at=F("ends_at")),
                name="quiet_hours_last",
                violation_error_message="Le début et la fin du silence diffèrent.",
            ),
        ]

    def __str__(self):
        return f"{self.starts_at:%H:%M} – {self.ends_at:%H:%M}"


class PushDevice(models.Model):
    """A browser that a person asked to be told in. Its address is a secret of that browser."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_devices", verbose_name="personne"
    )
    label = models.CharField("appareil", max_length=80)
    endpoint = models.CharField("adresse du service", max_length=600, unique=True)
    p256dh = models.CharField("clé", max_length=100)
    auth = models.CharField("secret", max_length=40)
    created_at = models.DateTimeField("ajouté le", default=timezone.now)

    class Meta:
        verbose_name = "appareil"
        verbose_name_plural = "appareils"
        default_permissions = ()
        indexes = [models.Index(fields=["user", "-created_at"], name="push_device_of_user")]

    def __str__(self):
        return self.label


class PushMessage(models.Model):
    """What a device is to be told: written in the transaction of the fact, sent by a worker after it."""

    device = models.ForeignKey(PushDevice, models.CASCADE, related_name="messages", verbose_name="appareil")
    key = models.CharField("fait", max_length=120)
    title = models.CharField("titre", max_length=200)
    url = models.CharField("adresse", max_length=300)
    state = models.CharField("état", max_length=9, choices=PushState, default=PushState.PENDING)
    due_at = models.DateTimeField("à envoyer le", default=timezone.now)
    give_up_at = models.DateTimeField("sans objet après le")
    lease_until = models.DateTimeField("pris jusqu’au", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    error = models.CharField("dernière erreur", max_length=100, blank=True)

    class Meta:
        verbose_name = "notification"
        verbose_name_plural = "notifications"
        default_permissions = ()
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state=PushState.PENDING), name="push_message_due"),
            models.Index(fields=["give_up_at"], name="push_message_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "key"],
                name="push_message_told_once",
                violation_error_message="Cet appareil en est déjà averti.",
            ),
        ]

    def __str__(self):
        return self.title
