"""Programs that write to the desk: partners and their requests, what is told to them, calls answered once."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.validators import validate_single_line
from crc.enums import DeliveryState, PartnerEvent, Public
from crc.models.routing import Topic
from crc.models.tickets import LogEntry, Ticket
from crc.validators import validate_webhook_address

RATE_MAX = 600
EXTERNAL_REFERENCE_PATTERN = r"^[A-Za-z0-9._:/-]{1,64}$"


@tracked(exclude=["token_sha256"])
class Partner(models.Model):
    """An organisation whose program asks for others. Of its token, only a prefix and a digest are kept."""

    name = models.CharField("nom", max_length=120, unique=True, validators=[validate_single_line])
    publics = ArrayField(models.CharField(max_length=20, choices=Public), verbose_name="publics permis")
    topic = models.ForeignKey(
        Topic,
        models.PROTECT,
        related_name="partners",
        verbose_name="sujet",
        help_text="Celui de ses demandes : il donne les délais promis.",
    )
    rate = models.PositiveIntegerField(
        "appels par minute", default=60, validators=[MinValueValidator(1), MaxValueValidator(RATE_MAX)]
    )
    is_active = models.BooleanField("actif", default=True)
    token_prefix = models.CharField("début du jeton", max_length=16, blank=True, editable=False)
    token_sha256 = models.CharField("empreinte du jeton", max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = "partenaire"
        verbose_name_plural = "partenaires"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(publics__len__gt=0),
                name="partner_has_a_public",
                violation_error_message="Un partenaire écrit pour un public au moins.",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=1, rate__lte=RATE_MAX),
                name="partner_rate_bounded",
                violation_error_message=f"Le nombre d’appels par minute va de 1 à {RATE_MAX}.",
            ),
            models.CheckConstraint(
                condition=Q(token_prefix="", token_sha256="") | ~Q(token_prefix="") & ~Q(token_sha256=""),
                name="partner_token_whole",
                violation_error_message="Un jeton a un début et une empreinte.",
            ),
            models.UniqueConstraint(
                fields=["token_prefix"],
                condition=~Q(token_prefix=""),
                name="partner_token_prefix_once",
                violation_error_message="Ce début de jeton existe déjà.",
            ),
        ]

    def __str__(self):
        return self.name


class PartnerTicket(models.Model):
    """A request that a partner brought, under the partner's own reference."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tickets", verbose_name="partenaire")
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="brought_by", verbose_name="demande")
    external_reference = models.CharField(
        "référence du partenaire", max_length=64, validators=[RegexValidator(EXTERNAL_REFERENCE_PATTERN)]
    )

    class Meta:
        verbose_name = "demande d’un partenaire"
        verbose_name_plural = "demandes des partenaires"
        default_permissions = ()
        indexes = [models.Index(fields=["partner", "-id"], name="partner_ticket_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "external_reference"],
                name="partner_ticket_once",
                violation_error_message="Ce partenaire a déjà une demande de cette référence.",
            ),
            models.CheckConstraint(
                condition=Q(external_reference__regex=EXTERNAL_REFERENCE_PATTERN),
                name="partner_ticket_reference_shape",
                violation_error_message="La référence du partenaire n’a pas la forme attendue.",
            ),
        ]

    def __str__(self):
        return self.external_reference


@tracked(exclude=["cursor", "next_cursor", "next_cursor_at"])
class WebhookEndpoint(models.Model):
    """Where a partner wants to be told of its requests. Its secret is derived from the portal's key, never stored.

    `cursor` is the log entry up to which everything was seen; `next_cursor` takes its place once no transaction begun
    before `next_cursor_at` can still be open, since keys are given before they are committed.
    """

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="endpoints", verbose_name="partenaire")
    address = models.CharField(
        "adresse",
        max_length=300,
        validators=[validate_webhook_address],
        help_text="Adresse https publique ; elle ne doit contenir ni secret ni donnée personnelle.",
    )
    subscriptions = ArrayField(
        models.CharField(max_length=20, choices=PartnerEvent), verbose_name="événements annoncés"
    )
    is_active = models.BooleanField("active", default=True)
    secret_generation = models.PositiveIntegerField("génération du secret", default=1, editable=False)
    cursor = models.PositiveBigIntegerField("dernier fait lu", default=0, editable=False)
    next_cursor = models.PositiveBigIntegerField("dernier fait vu", default=0, editable=False)
    next_cursor_at = models.DateTimeField("vu le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "adresse d’annonce"
        verbose_name_plural = "adresses d’annonce"
        ordering = ["partner", "address"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "address"],
                name="webhook_address_once",
                violation_error_message="Ce partenaire a déjà cette adresse.",
            ),
            models.CheckConstraint(
                condition=Q(address__startswith="https://"),
                name="webhook_address_https",
                violation_error_message="L’adresse commence par https://.",
            ),
            models.CheckConstraint(
                condition=Q(subscriptions__len__gt=0),
                name="webhook_has_an_event",
                violation_error_message="Choisissez un événement au moins.",
            ),
        ]

    def __str__(self):
        return self.address


class WebhookDelivery(models.Model):
    """One fact to tell to one endpoint, once: sent until it is taken, or given up."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries", verbose_name="adresse d’annonce"
    )
    entry = models.ForeignKey(LogEntry, models.PROTECT, related_name="+", verbose_name="fait")
    uid = models.UUIDField("identifiant", default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField("événement", max_length=20, choices=PartnerEvent)
    reference = models.CharField("référence", max_length=13)
    body = models.TextField("contenu")
    state = models.CharField("état", max_length=12, choices=DeliveryState, default=DeliveryState.PENDING)
    due_at = models.DateTimeField("à envoyer à partir du", default=timezone.now)
    give_up_at = models.DateTimeField("abandon à partir du")
    attempts = models.PositiveSmallIntegerField("tentatives", default=0)
    claimed_by = models.CharField("prise par", max_length=100, blank=True)
    lease_until = models.DateTimeField("bail jusqu’au", null=True, blank=True)
    error = models.CharField("dernière erreur", max_length=100, blank=True)
    created_at = models.DateTimeField("créée le", default=timezone.now)
    sent_at = models.DateTimeField("remise le", null=True, blank=True)

    class Meta:
        verbose_name = "annonce à un partenaire"
        verbose_name_plural = "annonces aux partenaires"
        default_permissions = ("view",)
        permissions = [("resend_webhookdelivery", "Peut renvoyer une annonce à un partenaire")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state=DeliveryState.PENDING), name="webhook_due"),
            models.Index(fields=["state", "-id"], name="webhook_by_state"),
            models.Index(fields=["created_at"], name="webhook_created"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "entry"],
                name="webhook_fact_once",
                violation_error_message="Ce fait est déjà annoncé à cette adresse.",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | ~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True),
                name="webhook_sent_dated",
                violation_error_message="Une annonce remise a une date de remise, une autre n’en a pas.",
            ),
        ]

    def __str__(self):
        return f"{self.event} ({self.get_state_display()})"
