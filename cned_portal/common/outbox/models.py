"""Outgoing mail: a row written in the transaction of the fact it announces."""

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from cned_portal.common.outbox.enums import Delivery, MailState, Priority


class Mail(models.Model):
    """One message to one person. `key` names the fact announced: a second row for the same fact is refused."""

    key = models.CharField("clé", max_length=200, unique=True)
    kind = models.CharField("nature", max_length=60)
    to = models.EmailField("destinataire")
    from_email = models.CharField("expéditeur", max_length=320)
    reply_to = models.CharField("répondre à", max_length=320, blank=True)
    subject = models.CharField("objet", max_length=200)
    text = models.TextField("texte")
    html = models.TextField("HTML", blank=True)
    headers = models.JSONField("en-têtes", default=dict, blank=True)
    message_id = models.CharField("Message-ID", max_length=255, unique=True)
    priority = models.PositiveSmallIntegerField("priorité", choices=Priority, default=Priority.NORMAL)
    delivery = models.CharField("garantie", max_length=20, choices=Delivery, default=Delivery.AT_LEAST_ONCE)
    state = models.CharField("état", max_length=10, choices=MailState, default=MailState.PENDING)
    due_at = models.DateTimeField("à envoyer à partir du", default=timezone.now)
    attempts = models.PositiveSmallIntegerField("tentatives", default=0)
    claimed_by = models.CharField("pris par", max_length=100, blank=True)
    lease_until = models.DateTimeField("bail jusqu’au", null=True, blank=True)
    provider_id = models.CharField("identifiant du prestataire", max_length=255, blank=True)
    error = models.TextField("dernière erreur", blank=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    give_up_at = models.DateTimeField("abandon à partir du", null=True, blank=True)
    purged_at = models.DateTimeField("contenu effacé le", null=True, blank=True)

    class Meta:
        verbose_name = "message sortant"
        verbose_name_plural = "messages sortants"
        indexes = [
            models.Index(fields=["priority", "due_at"], condition=models.Q(state=MailState.PENDING), name="mail_due"),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=[MailState.CLAIMED, MailState.SENDING]),
                name="mail_leased",
            ),
            models.Index(fields=["state"], condition=~models.Q(state__in=["sent", "cancelled"]), name="mail_unsettled"),
            models.Index(Lower("to"), name="mail_of_address"),
            models.Index(fields=["created_at", "id"], condition=models.Q(purged_at__isnull=True), name="mail_to_purge"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="mail_provider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=MailState.SENT, sent_at__isnull=False) | ~models.Q(state=MailState.SENT),
                name="mail_sent_dated",
                violation_error_message="Un message envoyé a une date d’envoi.",
            ),
            models.CheckConstraint(
                condition=~models.Q(subject__contains="\n") & ~models.Q(to__contains="\n"),
                name="mail_headers_single_line",
                violation_error_message="Un en-tête tient sur une ligne.",
            ),
        ]

    def __str__(self):
        return f"{self.kind} ({self.get_state_display()})"
