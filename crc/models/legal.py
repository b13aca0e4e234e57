"""The clock of the law and the register of complaints, one row beside the ticket."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import append_only, tracked
from crc.enums import ComplaintOutcome, Decision, SilenceEffect
from crc.models.tickets import Ticket


class Acknowledgement(models.Model):
    """The acknowledgement as it was sent: what makes the time limits of an appeal opposable (article L112-6 CRPA)."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="acknowledgement", verbose_name="demande")
    mail_key = models.CharField("clé du courriel", max_length=200)
    text = models.TextField("texte envoyé")
    silence_effect = models.CharField("effet du silence", max_length=10, choices=SilenceEffect)
    silence_on = models.DateField("date du silence", null=True, blank=True)
    written_at = models.DateTimeField("écrit le", default=timezone.now)

    class Meta:
        verbose_name = "accusé de réception"
        verbose_name_plural = "accusés de réception"
        default_permissions = ()
        triggers = append_only()

    def __str__(self):
        return f"accusé du {timezone.localtime(self.written_at):%d/%m/%Y}"


class LegalClockQuerySet(models.QuerySet):
    def running(self):
        """Nothing is decided and nothing is asked for: the silence will decide, or has."""
        return self.filter(decided_at=None, pieces_asked_on=None, silence_on__isnull=False)

    def open_for(self, ticket):
        """Undecided clocks that an answer on the ticket speaks of: its own, and those merged into it of its requester.

        The clock of another person's ticket stays: they are not told.
        """
        same = Q(requester_email__iexact=ticket.requester_email)
        if ticket.requester_id:
            same = Q(requester=ticket.requester_id) | Q(requester=None) & same
        tickets = Ticket.objects.filter(Q(pk=ticket.pk) | Q(merged_into=ticket.pk) & same)
        return self.filter(ticket__in=tickets, decided_at=None)


@tracked()
class LegalClock(models.Model):
    """When the silence of the administration decides, and what (articles L231-1 and L231-4 CRPA).

    While indispensable pieces are missing it does not run; it starts anew when they arrive (article L114-5).
    """

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="legal_clock", verbose_name="demande")
    effect = models.CharField("effet du silence", max_length=10, choices=SilenceEffect)
    silence_on = models.DateField("le silence décide le", null=True, blank=True)
    pieces = models.TextField("pièces demandées", max_length=1_000, blank=True)
    pieces_asked_on = models.DateField("pièces demandées le", null=True, blank=True)
    pieces_due_on = models.DateField("pièces attendues avant le", null=True, blank=True)
    decision = models.CharField("décision", max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)

    objects = LegalClockQuerySet.as_manager()

    class Meta:
        verbose_name = "délai légal"
        verbose_name_plural = "délais légaux"
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["silence_on", "ticket"],
                condition=Q(decided_at__isnull=True, pieces_asked_on__isnull=True),
                name="legal_clock_running",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True) | ~Q(decision="") & Q(decided_at__isnull=False),
                name="legal_clock_decision_dated",
                violation_error_message="Une décision a une date.",
            ),
            models.CheckConstraint(
                condition=Q(pieces_asked_on__isnull=True, pieces_due_on__isnull=True)
                | Q(pieces_due_on__gt=F("pieces_asked_on")) & ~Q(pieces=""),
                name="legal_clock_pieces_dated",
                violation_error_message="Les pièces demandées sont nommées, avec une date à venir.",
            ),
            models.CheckConstraint(
                condition=~Q(effect=SilenceEffect.NONE) | Q(silence_on__isnull=True),
                name="legal_clock_has_an_effect",
                violation_error_message="Un silence sans effet n’a pas de date.",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["", Decision.MOOT]) | Q(pieces_asked_on__isnull=True),
                name="legal_clock_decided_whole",
                violation_error_message="Rien ne se décide tant que des pièces sont attendues.",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.IMPLICIT) | Q(silence_on__isnull=False),
                name="legal_clock_silence_had_a_date",
                violation_error_message="Une décision implicite a la date du silence.",
            ),
        ]

    def __str__(self):
        return f"{self.get_effect_display()} ({self.silence_on or 'suspendu'})"

    @property
    def is_running(self):
        return self.decided_at is None and self.pieces_asked_on is None

    @property
    def may_resume(self):
        """A decision that came with the answer, by default or by mistake; a refusal was told with its remedies."""
        return self.decision in {Decision.GRANTED, Decision.MOOT}

    @property
    def has_elapsed(self):
        """The silence has decided: its whole day is past, and nothing else was decided before."""
        return self.is_running and self.silence_on is not None and self.silence_on < timezone.localdate()


@tracked()
class ComplaintCause(models.Model):
    """Why people complain: the list that makes complaints comparable."""

    label = models.CharField("cause", max_length=120, unique=True)
    is_active = models.BooleanField("proposée", default=True)

    class Meta:
        verbose_name = "cause de réclamation"
        verbose_name_plural = "causes de réclamation"
        ordering = ["label"]

    def __str__(self):
        return self.label


@tracked()
class Complaint(models.Model):
    """A line of the register of complaints (indicators 31 and 32): what is found, by whom, checked by someone else."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="complaint", verbose_name="demande")
    about = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name="porte sur"
    )
    opened_at = models.DateTimeField("ouverte le", default=timezone.now)
    cause = models.ForeignKey(
        ComplaintCause, models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name="cause"
    )
    findings = models.TextField("constat", max_length=3_000, blank=True)
    outcome = models.CharField("issue", max_length=10, choices=ComplaintOutcome, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="instruite par"
    )
    decided_at = models.DateTimeField("instruite le", null=True, blank=True)
    second_look_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="relue par"
    )
    second_look_at = models.DateTimeField("relue le", null=True, blank=True)
    corrective_action = models.TextField("mesure corrective", max_length=3_000, blank=True)
    needs_improvement = models.BooleanField("à porter à l’amélioration continue", default=False)

    class Meta:
        verbose_name = "réclamation"
        verbose_name_plural = "registre des réclamations"
        default_permissions = ("view",)
        permissions = [
            ("decide_complaint", "Peut instruire une réclamation"),
            ("review_complaint", "Peut relire l’instruction d’une réclamation"),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="complaint_latest"),
            models.Index(fields=["opened_at"], condition=Q(outcome=""), name="complaint_open"),
            models.Index(
                fields=["-opened_at", "-id"],
                condition=~Q(outcome="") & Q(second_look_at=None),
                name="complaint_to_review",
            ),
            models.Index(
                fields=["-opened_at", "-id"], condition=Q(second_look_at__isnull=False), name="complaint_reviewed"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(outcome="") & Q(decided_by__isnull=False, decided_at__isnull=False, cause__isnull=False),
                name="complaint_decided_whole",
                violation_error_message="L’issue d’une réclamation a une cause, une date et une personne.",
            ),
            models.CheckConstraint(
                condition=Q(second_look_by__isnull=True, second_look_at__isnull=True)
                | Q(second_look_at__isnull=False, decided_at__isnull=False) & ~Q(second_look_by=F("decided_by")),
                name="complaint_second_look_by_another",
                violation_error_message="La relecture est faite par une autre personne que l’instruction.",
            ),
            models.CheckConstraint(
                condition=Q(about__isnull=True) | ~Q(about=F("ticket")),
                name="complaint_not_about_itself",
                violation_error_message="Une réclamation ne porte pas sur elle-même.",
            ),
        ]

    def __str__(self):
        return f"réclamation {self.ticket}"

    @property
    def is_decided(self):
        return self.outcome != ""

    @property
    def is_reviewed(self):
        return self.second_look_at is not None
