"""What people ask about, and which service it goes to."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cned_portal.common.history import tracked
from cned_portal.common.text import words
from crc.enums import RULE_LANGUAGES, Kind, Public, SilenceEffect
from crc.models._append_only import append_only
from crc.models.services import Service


class TopicQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def for_public(self, public):
        return self.active().filter(publics__contains=[public])


@tracked()
class Topic(models.Model):
    """A subject in the requester's own words, with the time promised for it in business minutes."""

    code = models.SlugField("code", max_length=40, unique=True)
    label = models.CharField("intitulé", max_length=120, help_text="En mots simples, du point de vue du demandeur.")
    publics = ArrayField(models.CharField(max_length=20, choices=Public), verbose_name="publics")
    kind = models.CharField("nature proposée", max_length=20, choices=Kind, default=Kind.INFORMATION)
    silence_effect = models.CharField(
        "effet du silence sur une demande",
        max_length=10,
        choices=SilenceEffect,
        default=SilenceEffect.ACCEPTANCE,
        db_default=SilenceEffect.ACCEPTANCE,
        help_text="Après deux mois. En principe acceptation ; rejet pour les demandes d’argent (CRPA, article L231-4).",
    )
    first_answer_minutes = models.PositiveIntegerField(
        "première réponse (minutes ouvrées)", validators=[MinValueValidator(1)]
    )
    resolution_minutes = models.PositiveIntegerField("résolution (minutes ouvrées)", validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField("ordre", default=100)
    is_active = models.BooleanField("proposé", default=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = "sujet"
        verbose_name_plural = "sujets"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_answer_minutes__gt=0) & Q(resolution_minutes__gte=F("first_answer_minutes")),
                name="topic_targets_in_order",
                violation_error_message="La résolution est promise au plus tôt avec la première réponse.",
            ),
            models.CheckConstraint(
                condition=Q(publics__len__gt=0),
                name="topic_has_a_public",
                violation_error_message="Un sujet s’adresse à un public au moins.",
            ),
        ]

    def __str__(self):
        return self.label


@tracked()
class RoutingRule(models.Model):
    """One line of the ordered list of rules: the first active one whose every condition holds wins.

    An empty condition always holds. Keywords are compared without accents or case; one of them is enough, and it is
    enough that a word starts with it.
    """

    position = models.PositiveIntegerField("ordre", unique=True)
    name = models.CharField("nom", max_length=120)
    public = models.CharField("public", max_length=20, choices=Public, blank=True)
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, related_name="routing_rules", verbose_name="sujet"
    )
    unit = models.ForeignKey(
        "catalogue.OperatingUnit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="routing_rules",
        verbose_name="unité de la formation",
    )
    mailbox = models.ForeignKey(
        "crc.Mailbox",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="routing_rules",
        verbose_name="boîte aux lettres",
    )
    keywords = models.CharField(
        "mots",
        max_length=500,
        blank=True,
        help_text="Séparés par des virgules ; un seul suffit. « rembours » trouve aussi « remboursement ».",
    )
    language = models.CharField(
        "langue de la demande",
        max_length=10,
        choices=RULE_LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text="Reconnue d’après le texte ; un texte trop court n’en a pas et ne remplit aucune de ces conditions.",
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="routing_rules", verbose_name="service")
    is_active = models.BooleanField("active", default=True)

    class Meta:
        verbose_name = "règle d’orientation"
        verbose_name_plural = "règles d’orientation"
        ordering = ["position"]

    def __str__(self):
        return f"{self.position}. {self.name}"

    def clean(self):
        super().clean()
        if self.service_id and not self.service.is_active:
            raise ValidationError({"service": "Ce service n’est plus actif."})

    @property
    def folded_keywords(self):
        return [folded for folded in (" ".join(words(part)) for part in self.keywords.split(",")) if folded]


class RoutingDecision(models.Model):
    """Why a ticket went to a service: by a rule, by a person, or by default when both are empty. Append-only."""

    ticket = models.ForeignKey("crc.Ticket", models.PROTECT, related_name="routing_decisions", verbose_name="demande")
    rule = models.ForeignKey(
        RoutingRule, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name="règle"
    )
    decided_by = models.ForeignKey(
        "users.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidée par"
    )
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name="service")
    previous_service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="service précédent"
    )
    reason = models.CharField("motif", max_length=300, blank=True)
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "décision d’orientation"
        verbose_name_plural = "décisions d’orientation"
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["at", "ticket"], condition=Q(previous_service__isnull=False), name="routing_changed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rule__isnull=True) | Q(decided_by__isnull=True),
                name="routing_by_rule_or_person",
                violation_error_message="Une orientation vient d’une règle ou d’une personne.",
            ),
            models.CheckConstraint(
                condition=Q(previous_service__isnull=True) | ~Q(service=F("previous_service")),
                name="routing_changes_service",
                violation_error_message="La demande est déjà dans ce service.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.service} ({self.at:%d/%m/%Y %H:%M})"
