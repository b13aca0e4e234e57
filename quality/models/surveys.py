"""Satisfaction surveys sent by themselves: questions, one invitation for each fact, answers."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import tracked
from crc.models import Service, Ticket
from quality.enums import QuestionKind

SCORES = range(1, 6)


@tracked()
class Survey(models.Model):
    """A questionnaire after a closed ticket. At most one is active; another wording is another survey."""

    title = models.CharField("titre", max_length=150)
    introduction = models.TextField("présentation", blank=True)
    is_active = models.BooleanField("envoyée", default=False)
    delay_hours = models.PositiveSmallIntegerField("délai après la clôture (heures)", default=24)
    cooldown_days = models.PositiveSmallIntegerField("jours sans autre enquête à la même personne", default=30)
    expires_days = models.PositiveSmallIntegerField("jours pour répondre", default=30)
    created_at = models.DateTimeField("créée le", auto_now_add=True)

    class Meta:
        verbose_name = "enquête"
        verbose_name_plural = "enquêtes"
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=Q(is_active=True),
                name="survey_one_active",
                violation_error_message="Une autre enquête est déjà envoyée après les demandes closes.",
            )
        ]

    def __str__(self):
        return self.title


@tracked()
class SurveyQuestion(models.Model):
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions", verbose_name="enquête")
    position = models.PositiveSmallIntegerField("ordre")
    kind = models.CharField("nature", max_length=10, choices=QuestionKind)
    label = models.CharField("question", max_length=200)
    is_required = models.BooleanField("obligatoire", default=True)

    class Meta:
        verbose_name = "question"
        verbose_name_plural = "questions"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "position"],
                name="question_position_once",
                violation_error_message="Une autre question a déjà ce rang.",
            )
        ]
        triggers = [
            # A survey that somebody received keeps its questions: else two waves would not compare.
            pgtrigger.Trigger(
                name="frozen_once_sent",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=(
                    "IF EXISTS (SELECT 1 FROM quality_surveyinvitation WHERE survey_id = "
                    "(CASE WHEN TG_OP = 'DELETE' THEN OLD.survey_id ELSE NEW.survey_id END)) THEN "
                    "RAISE EXCEPTION 'survey already sent' USING ERRCODE = 'check_violation'; END IF; "
                    "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
                ),
            )
        ]

    def __str__(self):
        return self.label


class SurveyInvitationQuerySet(models.QuerySet):
    def answered(self):
        return self.filter(answered_at__isnull=False)


@tracked()
class SurveyInvitation(models.Model):
    """One person asked about one closed ticket. `recipient` is a digest: it serves to ask nobody too often."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invitations", verbose_name="enquête")
    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="survey_invitation", verbose_name="demande")
    service = models.ForeignKey(Service, models.PROTECT, related_name="+", verbose_name="service")
    recipient = models.CharField("empreinte du destinataire", max_length=64, editable=False)
    invited_at = models.DateTimeField("invitée le", default=timezone.now)
    expires_at = models.DateTimeField("expire le")
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    objects = SurveyInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["recipient", "-invited_at"], name="invitation_of_recipient"),
            models.Index(fields=["invited_at", "service"], name="invitation_by_date"),
            models.Index(
                fields=["-answered_at", "-id"], condition=Q(answered_at__isnull=False), name="invitation_answered"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at"))
                & (Q(answered_at__isnull=True) | Q(answered_at__range=(F("invited_at"), F("expires_at")))),
                name="invitation_dates_in_order",
                violation_error_message="On répond après l’invitation et avant son expiration.",
            )
        ]

    def __str__(self):
        return f"Enquête sur {self.ticket}"


@tracked()
class SurveyAnswer(models.Model):
    """The answer to one question, given once."""

    invitation = models.ForeignKey(SurveyInvitation, models.PROTECT, related_name="answers", verbose_name="invitation")
    question = models.ForeignKey(SurveyQuestion, models.PROTECT, related_name="answers", verbose_name="question")
    score = models.PositiveSmallIntegerField("note", null=True, blank=True)
    yes = models.BooleanField("oui", null=True, blank=True)
    text = models.TextField("texte", max_length=2000, blank=True)

    class Meta:
        verbose_name = "réponse"
        verbose_name_plural = "réponses"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "question"],
                name="question_answered_once",
                violation_error_message="Cette question a déjà sa réponse.",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(SCORES[0], SCORES[-1])),
                name="score_in_scale",
                violation_error_message="La note va de 1 à 5.",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=False, yes__isnull=True, text="")
                | Q(score__isnull=True, yes__isnull=False, text="")
                | (Q(score__isnull=True, yes__isnull=True) & ~Q(text="")),
                name="answer_of_one_kind",
                violation_error_message="Une réponse est une note, un oui ou non, ou un texte.",
            ),
        ]
        triggers = [pgtrigger.Protect(name="given_once", operation=pgtrigger.Update)]

    def __str__(self):
        return f"{self.question}"


class SurveyOptOut(models.Model):
    """Somebody who wants no survey any more, known by the digest of the address."""

    recipient = models.CharField("empreinte du destinataire", max_length=64, unique=True, editable=False)
    at = models.DateTimeField("le", default=timezone.now)

    class Meta:
        verbose_name = "refus des enquêtes"
        verbose_name_plural = "refus des enquêtes"
        default_permissions = ()

    def __str__(self):
        return f"Refus n° {self.pk}"
