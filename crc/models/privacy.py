"""How long personal data are kept, what was done about it, and who opened what of the restricted services."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from cned_portal.common.history import append_only, tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet
from crc.enums import AccessKind, RetentionSubject
from crc.models.services import Service
from crc.models.tickets import Ticket

COMPLAINT_DAYS = 1826  # five years: a claim against an administration lives no longer
SHORTEST_DAYS = 30
HASH_LENGTH = 64


@tracked()
class RetentionRule(models.Model):
    """How many days a sort of data is kept: tickets after they are closed, the rest after it is written."""

    subject = models.CharField("données", max_length=20, choices=RetentionSubject, unique=True)
    days = models.PositiveIntegerField(
        "durée (jours)", help_text="Après la clôture pour une demande, après la réception ou l’envoi pour le reste."
    )
    is_active = models.BooleanField("active", default=True)
    reason = models.TextField("motif", max_length=500, help_text="D’où vient cette durée : texte, décision, usage.")

    class Meta:
        verbose_name = "durée de conservation"
        verbose_name_plural = "durées de conservation"
        ordering = ["subject"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=SHORTEST_DAYS),
                name="retention_not_too_short",
                violation_error_message=f"Une durée est d’au moins {SHORTEST_DAYS} jours.",
            ),
            models.CheckConstraint(
                condition=~Q(subject=RetentionSubject.COMPLAINT) | Q(days__gte=COMPLAINT_DAYS),
                name="retention_of_complaints",
                violation_error_message=f"Une réclamation est gardée cinq ans au moins ({COMPLAINT_DAYS} jours).",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="retention_has_a_reason",
                violation_error_message="Une durée a un motif.",
            ),
        ]

    def __str__(self):
        return f"{self.get_subject_display()} : {self.days} jours"


class RetentionRun(models.Model):
    """What one rule did in one night, whatever the number of workers."""

    rule = models.ForeignKey(RetentionRule, models.CASCADE, related_name="runs", verbose_name="durée de conservation")
    day = models.DateField("nuit du")
    started_at = models.DateTimeField("commencée le", auto_now_add=True)
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)
    rows = models.PositiveIntegerField("effacées", default=0)
    skipped = models.PositiveIntegerField("remises à la nuit suivante", default=0)

    class Meta:
        verbose_name = "nuit d’effacement"
        verbose_name_plural = "nuits d’effacement"
        ordering = ["-day", "rule"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "day"],
                name="retention_run_once_a_night",
                violation_error_message="Une durée a une ligne par nuit.",
            ),
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="retention_run_latest")]

    def __str__(self):
        return f"{self.rule}, nuit du {self.day:%d/%m/%Y}"


class PersonExport(LongRun):
    """All that the desk holds about a person, in one file. The address and the file go after a few days.

    Not tracked: its history would keep the address.
    """

    person = models.CharField("empreinte de la personne", max_length=HASH_LENGTH, editable=False)
    email = models.EmailField("adresse", blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="compte"
    )
    with_notes = models.BooleanField("avec le texte des notes internes", default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="demandée par"
    )
    file = models.FileField("fichier", upload_to="exports/", max_length=200, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    erased_at = models.DateTimeField("effacée le", null=True, blank=True)

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "extraction pour une personne"
        verbose_name_plural = "extractions pour une personne"
        default_permissions = ("view", "add")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="person_export_latest"),
            models.Index(fields=["person"], name="person_export_of"),
        ]
        constraints = [
            *LongRun.Meta.constraints,
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(email="", account__isnull=True, file=""),
                name="person_export_erased_is_empty",
                violation_error_message="Une extraction effacée ne garde ni adresse ni fichier.",
            ),
        ]

    def __str__(self):
        return f"extraction n° {self.pk}"

    def get_absolute_url(self):
        return reverse("admin:crc_person_export", args=[self.pk])


class PersonErasure(models.Model):
    """Proof that a person was erased, found by who knows the address and by nobody else. Append-only."""

    person = models.CharField("empreinte de la personne", max_length=HASH_LENGTH)
    at = models.DateTimeField("le", auto_now_add=True)
    acting_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="faite par"
    )
    reason = models.CharField("motif, si des demandes étaient ouvertes", max_length=300, blank=True)
    tickets = models.PositiveIntegerField("demandes anonymisées")
    mails = models.PositiveIntegerField("courriels reçus effacés")
    sent = models.PositiveIntegerField("courriels envoyés effacés")
    kept_open = models.PositiveIntegerField("demandes ouvertes gardées")
    kept_complaints = models.PositiveIntegerField("réclamations gardées")

    class Meta:
        verbose_name = "effacement d’une personne"
        verbose_name_plural = "effacements de personnes"
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        permissions = [("erase_person", "Peut effacer les données d’une personne")]
        indexes = [models.Index(fields=["person", "-at"], name="person_erasure_of")]
        triggers = append_only()

    def __str__(self):
        return f"effacement du {self.at:%d/%m/%Y}"


class AccessLogQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every line for who looks after personal data; for others, those of the services where they work."""
        if not user.is_active or not user.has_perm("crc.view_accesslog"):
            return self.none()
        if user.has_perm("crc.view_every_access"):
            return self
        return self.filter(ticket__service__in=Service.objects.of_agent(user))


class AccessLog(models.Model):
    """A member of staff opened something of a ticket of a restricted service. Append-only.

    `slot` numbers the ten minutes of the access: the database refuses a second line for them.
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="accesses", verbose_name="demande")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    kind = models.CharField("accès à", max_length=12, choices=AccessKind)
    at = models.DateTimeField("le")
    slot = models.PositiveBigIntegerField("tranche de dix minutes", editable=False)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = "accès à une demande"
        verbose_name_plural = "journal des accès"
        default_permissions = ("view",)
        permissions = [("view_every_access", "Peut lire le journal des accès de tous les services")]
        indexes = [models.Index(fields=["-at", "-id"], name="access_log_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "user", "kind", "slot"],
                name="access_log_once",
                violation_error_message="Cet accès est déjà noté.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y %H:%M})"
