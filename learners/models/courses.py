"""What a training is made of for those who follow it, and what they did of it."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import append_only, tracked
from learners.enums import ActivityKind
from learners.models.enrolments import Enrolment

LONGEST_MINUTES = 24 * 60


@tracked()
class Module(models.Model):
    """A part of a training, in its order."""

    training = models.ForeignKey("catalogue.Training", models.PROTECT, related_name="modules", verbose_name="formation")
    rank = models.PositiveSmallIntegerField("rang")
    title = models.CharField("titre", max_length=200)
    summary = models.TextField("ce qu’on y apprend", max_length=2_000, blank=True)
    expected_hours = models.DecimalField(
        "durée prévue (heures)", max_digits=5, decimal_places=1, validators=[MinValueValidator(0)], default=0
    )
    link = models.URLField("adresse du cours", blank=True, help_text="Là où se trouvent les supports, en https.")

    class Meta:
        verbose_name = "module"
        verbose_name_plural = "modules"
        ordering = ["training", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "rank"],
                name="module_rank_once",
                violation_error_message="Un autre module de cette formation a ce rang.",
            ),
            models.CheckConstraint(
                condition=Q(expected_hours__gte=0),
                name="module_hours_positive",
                violation_error_message="Une durée n’est pas négative.",
            ),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="https://"),
                name="module_link_safe",
                violation_error_message="L’adresse du cours commence par https://.",
            ),
        ]

    def __str__(self):
        return f"{self.rank}. {self.title}"


@tracked()
class Devoir(models.Model):
    """A piece of work to hand in. Due so many days after the start, unless the session has a date of its own."""

    module = models.ForeignKey(Module, models.PROTECT, related_name="devoirs", verbose_name="module")
    title = models.CharField("titre", max_length=200)
    subject = models.TextField("sujet", max_length=20_000, blank=True)
    subject_file = models.FileField("fichier du sujet", upload_to="sujets/", max_length=200, blank=True)
    due_days = models.PositiveSmallIntegerField(
        "à rendre (jours après le début)", null=True, blank=True, help_text="Vide : sans échéance."
    )
    versions = models.PositiveSmallIntegerField(
        "versions permises",
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text="Une version remplace la précédente tant que la correction n’a pas commencé.",
    )
    is_published = models.BooleanField("visible des apprenants", default=True)

    class Meta:
        verbose_name = "devoir"
        verbose_name_plural = "devoirs"
        ordering = ["module", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(subject="") | ~Q(subject_file=""),
                name="devoir_has_a_subject",
                violation_error_message="Donnez le sujet, en texte ou en fichier.",
            ),
            models.CheckConstraint(
                condition=Q(versions__gte=1, versions__lte=20),
                name="devoir_versions_bounded",
                violation_error_message="De 1 à 20 versions.",
            ),
        ]

    def __str__(self):
        return self.title


@tracked()
class DevoirDate(models.Model):
    """The date of a devoir for one session."""

    devoir = models.ForeignKey(Devoir, models.CASCADE, related_name="dates", verbose_name="devoir")
    session = models.ForeignKey(
        "catalogue.TrainingSession", models.CASCADE, related_name="devoir_dates", verbose_name="session"
    )
    due_on = models.DateField("à rendre le")

    class Meta:
        verbose_name = "échéance d’une session"
        verbose_name_plural = "échéances des sessions"
        constraints = [
            models.UniqueConstraint(
                fields=["devoir", "session"],
                name="devoir_date_once",
                violation_error_message="Cette session a déjà une échéance pour ce devoir.",
            )
        ]

    def __str__(self):
        return f"{self.devoir}, {self.due_on:%d/%m/%Y}"


class Activity(models.Model):
    """Something a learner did. Append-only; `key` makes what a phone sends again harmless."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="activities", verbose_name="inscription")
    module = models.ForeignKey(
        Module, models.PROTECT, null=True, blank=True, related_name="activities", verbose_name="module"
    )
    kind = models.CharField("nature", max_length=10, choices=ActivityKind)
    at = models.DateTimeField("le", default=timezone.now)
    minutes = models.PositiveSmallIntegerField("temps déclaré (minutes)", null=True, blank=True)
    key = models.UUIDField("clé d’envoi", default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = "activité"
        verbose_name_plural = "activités"
        default_permissions = ()
        indexes = [models.Index(fields=["enrolment", "-at", "-id"], name="activity_of_enrolment")]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "key"],
                name="activity_once",
                violation_error_message="Cette activité est déjà notée.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__lte=LONGEST_MINUTES),
                name="activity_within_a_day",
                violation_error_message="Un temps déclaré tient dans une journée.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_kind_display()} ({self.at:%d/%m/%Y})"


class ModuleProgress(models.Model):
    """Where a learner stands in a module; kept by the verbs beside each activity."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="module_progress", verbose_name="inscription")
    module = models.ForeignKey(Module, models.PROTECT, related_name="progress", verbose_name="module")
    opened_at = models.DateTimeField("ouvert le")
    last_at = models.DateTimeField("dernière activité")
    done_at = models.DateTimeField("terminé le", null=True, blank=True)
    minutes = models.PositiveIntegerField("temps déclaré (minutes)", default=0)

    class Meta:
        verbose_name = "avancement dans un module"
        verbose_name_plural = "avancements dans les modules"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "module"],
                name="module_progress_once",
                violation_error_message="Cet avancement existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(last_at__gte=F("opened_at")) & (Q(done_at__isnull=True) | Q(done_at__gte=F("opened_at"))),
                name="module_progress_ordered",
                violation_error_message="Un module se termine après son ouverture.",
            ),
        ]

    def __str__(self):
        return f"{self.module} ({self.enrolment_id})"


class EnrolmentProgress(models.Model):
    """The sum of a learner's activities in a training, kept by the verbs so that no page adds a million rows."""

    enrolment = models.OneToOneField(
        Enrolment, models.PROTECT, primary_key=True, related_name="progress", verbose_name="inscription"
    )
    last_activity_at = models.DateTimeField("dernière activité")
    modules_done = models.PositiveSmallIntegerField("modules terminés", default=0)
    percent = models.PositiveSmallIntegerField("avancement (%)", default=0)
    minutes = models.PositiveIntegerField("temps déclaré (minutes)", default=0)
    copies = models.PositiveSmallIntegerField("devoirs rendus", default=0)

    class Meta:
        verbose_name = "avancement d’une inscription"
        verbose_name_plural = "avancements des inscriptions"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__lte=100),
                name="enrolment_progress_percent",
                violation_error_message="L’avancement va de 0 à 100.",
            )
        ]

    def __str__(self):
        return f"{self.percent} %"


@tracked(exclude=["secret"])
class CalendarFeed(models.Model):
    """The private address of a person's calendar: whoever has `secret` reads it. A new one ends the former."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed", verbose_name="compte"
    )
    secret = models.UUIDField("secret de l’adresse", default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField("créée le", default=timezone.now)

    class Meta:
        verbose_name = "adresse de calendrier"
        verbose_name_plural = "adresses de calendrier"
        default_permissions = ()

    def __str__(self):
        return f"adresse du {self.created_at:%d/%m/%Y}"

    def get_absolute_url(self):
        return reverse("learners:calendar_feed", kwargs={"secret": self.secret.hex})
