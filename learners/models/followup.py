"""Effective follow-up (indicators 12 and 19): who follows whom, signals with their reasons, contacts, attestations."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import append_only, tracked
from cned_portal.common.templatetags.french import french_day
from learners.enums import ContactKind, ContactOutcome, SignalEnd, SignalKind
from learners.models.courses import Devoir
from learners.models.enrolments import Enrolment

NOTE_LENGTH = 2_000


@tracked()
class TutorAssignment(models.Model):
    """Who follows an enrolment: one tutor at a time."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="tutoring", verbose_name="inscription")
    tutor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tutoring", verbose_name="tuteur")
    assigned_at = models.DateTimeField("confiée le", default=timezone.now)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="confiée par"
    )
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "suivi confié à un tuteur"
        verbose_name_plural = "suivis confiés aux tuteurs"
        default_permissions = ()
        permissions = [("assign_tutor", "Peut confier une inscription à un tuteur")]
        indexes = [models.Index(fields=["tutor", "enrolment"], condition=Q(ended_at__isnull=True), name="tutoring_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(ended_at__isnull=True),
                name="tutor_one_at_a_time",
                violation_error_message="Cette inscription a déjà un tuteur.",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("assigned_at")),
                name="tutoring_ordered",
                violation_error_message="Un suivi se termine après avoir commencé.",
            ),
        ]

    def __str__(self):
        return f"suivi de l’inscription n° {self.enrolment_id}"


@tracked()
class SignalRule(models.Model):
    """After how many days a fact becomes a signal; without a number the rule is off."""

    kind = models.CharField("règle", max_length=10, choices=SignalKind, unique=True)
    days = models.PositiveSmallIntegerField("seuil (jours)", null=True, blank=True, help_text="Vide : règle inactive.")
    reason = models.TextField("motif", max_length=500, help_text="D’où vient ce seuil : décision, usage, expérience.")

    class Meta:
        verbose_name = "règle de suivi"
        verbose_name_plural = "règles de suivi"
        ordering = ["kind"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(days__isnull=True) | Q(days__gte=1, days__lte=365),
                name="signal_rule_days",
                violation_error_message="Un seuil va de 1 à 365 jours.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="signal_rule_explained", violation_error_message="Un seuil a un motif."
            ),
        ]

    def __str__(self):
        return (
            f"{self.get_kind_display()} : {self.days} jours" if self.days else f"{self.get_kind_display()} : inactive"
        )


class ContactQuerySet(models.QuerySet):
    def of_user(self, user):
        return self.filter(enrolment__learner__user=user)

    def visible_to(self, user):
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


@tracked()
class Contact(models.Model):
    """A reminder, a call, a mail or a meeting with a learner, and what came of it."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="contacts", verbose_name="inscription")
    kind = models.CharField("nature", max_length=10, choices=ContactKind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )
    at = models.DateTimeField("le", default=timezone.now)
    day = models.DateField("jour")
    meets_at = models.DateTimeField("rendez-vous le", null=True, blank=True)
    outcome = models.CharField("suite", max_length=10, choices=ContactOutcome, default=ContactOutcome.WAITING)
    outcome_at = models.DateTimeField("suite connue le", null=True, blank=True)
    note = models.TextField("note", max_length=NOTE_LENGTH, blank=True)
    answer = models.TextField("réponse de l’apprenant", max_length=NOTE_LENGTH, blank=True)
    client_key = models.UUIDField("clé d’envoi", default=uuid.uuid4, unique=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "contact de suivi"
        verbose_name_plural = "contacts de suivi"
        default_permissions = ()
        permissions = [("follow_enrolment", "Peut suivre les apprenants : relances, contacts, attestation")]
        indexes = [
            models.Index(fields=["enrolment", "-at", "-id"], name="contact_of_enrolment"),
            models.Index(fields=["at"], condition=Q(outcome=ContactOutcome.WAITING), name="contact_waiting"),
            models.Index(fields=["day"], name="contact_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "day"],
                condition=Q(kind=ContactKind.REMINDER),
                name="reminder_once_a_day",
                violation_error_message="Une relance est déjà partie aujourd’hui.",
            ),
            models.CheckConstraint(
                condition=Q(outcome=ContactOutcome.WAITING, outcome_at__isnull=True)
                | (~Q(outcome=ContactOutcome.WAITING) & Q(outcome_at__isnull=False)),
                name="contact_outcome_dated",
                violation_error_message="Une suite connue est datée.",
            ),
            models.CheckConstraint(
                condition=Q(meets_at__isnull=True) | Q(kind=ContactKind.MEETING),
                name="contact_meeting_dated",
                violation_error_message="Seul un rendez-vous a une date de rencontre.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} du {self.day:%d/%m/%Y}"


class SignalQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)

    def visible_to(self, user):
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


@tracked()
class Signal(models.Model):
    """A fact that may announce a drop-out: its rule, its date, the threshold of that day. Never a score."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="signals", verbose_name="inscription")
    kind = models.CharField("règle", max_length=10, choices=SignalKind)
    devoir = models.ForeignKey(
        Devoir, models.PROTECT, null=True, blank=True, related_name="signals", verbose_name="devoir"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="signals", verbose_name="relance"
    )
    fact_on = models.DateField("date du fait")
    threshold = models.PositiveSmallIntegerField("seuil (jours)")
    opened_at = models.DateTimeField("ouvert le", default=timezone.now)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    end = models.CharField("raison de la clôture", max_length=14, choices=SignalEnd, blank=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        verbose_name = "signal de décrochage"
        verbose_name_plural = "signaux de décrochage"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["opened_at", "id"], condition=Q(closed_at__isnull=True), name="signal_open"),
            models.Index(fields=["enrolment", "-opened_at", "-id"], name="signal_of_enrolment"),
            models.Index(fields=["opened_at"], name="signal_by_date"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "kind", "devoir"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="signal_open_once",
                violation_error_message="Ce signal est déjà ouvert.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, end="") | (Q(closed_at__isnull=False) & ~Q(end="")),
                name="signal_closed_with_reason",
                violation_error_message="Un signal clos dit pourquoi.",
            ),
            models.CheckConstraint(
                condition=Q(kind=SignalKind.LATE, devoir__isnull=False, contact__isnull=True)
                | Q(kind=SignalKind.SILENCE, devoir__isnull=True, contact__isnull=False)
                | Q(kind=SignalKind.INACTIVITY, devoir__isnull=True, contact__isnull=True),
                name="signal_shows_its_fact",
                violation_error_message="Un retard nomme son devoir, un silence sa relance.",
            ),
        ]

    def __str__(self):
        return self.explanation

    @property
    def explanation(self):
        """The fact and the threshold, in words."""
        day = french_day(self.fact_on)
        said = {
            SignalKind.INACTIVITY: f"Dernière activité le {day}",
            SignalKind.LATE: f"Devoir attendu le {day}, non rendu",
            SignalKind.SILENCE: f"Relancé le {day}, sans réponse",
        }[SignalKind(self.kind)]
        return f"{said}, seuil {self.threshold} jour{'s' if self.threshold > 1 else ''}"


class FollowUpAttestation(models.Model):
    """« Suivi vérifié » : who checked that the follow-up was effective, when, for which period. Append-only."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="vérifié par")
    at = models.DateTimeField("vérifié le", default=timezone.now)
    training = models.ForeignKey(
        "catalogue.Training", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="formation"
    )
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    comment = models.TextField("constat", max_length=NOTE_LENGTH)
    figures = models.JSONField("chiffres", default=dict)

    class Meta:
        verbose_name = "attestation de suivi"
        verbose_name_plural = "attestations de suivi"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-at", "-id"], name="attestation_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "training", "starts_on", "ends_on"],
                nulls_distinct=False,
                name="attestation_once",
                violation_error_message="Vous avez déjà attesté ce suivi pour cette période.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="attestation_ordered",
                violation_error_message="La période finit après avoir commencé.",
            ),
            models.CheckConstraint(
                condition=~Q(comment=""),
                name="attestation_says_something",
                violation_error_message="Dites ce que vous avez constaté.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"suivi vérifié du {self.starts_on:%d/%m/%Y} au {self.ends_on:%d/%m/%Y}"


class AttestedEnrolment(models.Model):
    """An enrolment as it stood when its follow-up was attested. Append-only."""

    attestation = models.ForeignKey(
        FollowUpAttestation, models.PROTECT, related_name="lines", verbose_name="attestation"
    )
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attested", verbose_name="inscription")
    last_activity_on = models.DateField("dernière activité", null=True)
    percent = models.PositiveSmallIntegerField("avancement (%)")
    open_signals = models.PositiveSmallIntegerField("signaux ouverts")
    contacts = models.PositiveSmallIntegerField("contacts de la période")

    class Meta:
        verbose_name = "inscription vérifiée"
        verbose_name_plural = "inscriptions vérifiées"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["attestation", "enrolment"],
                name="attested_once",
                violation_error_message="Cette inscription est déjà dans l’attestation.",
            )
        ]
        triggers = append_only()

    def __str__(self):
        return f"inscription n° {self.enrolment_id}"
