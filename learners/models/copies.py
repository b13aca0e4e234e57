"""Copies: what is handed in, and its marking."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from learners.enums import READABLE_SCANS, CopyState, ScanState
from learners.models.courses import Devoir
from learners.models.enrolments import Enrolment

HIGHEST_GRADE = Decimal(20)
COMMENT_LENGTH = 2_000
FEEDBACK_LENGTH = 10_000


class CopyQuerySet(models.QuerySet):
    def followed_by(self, user):
        """Copies of the person's own enrolments, and of those of the minors they follow."""
        return self.filter(enrolment__in=Enrolment.objects.followed_by(user))

    def visible_to(self, user):
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def to_mark(self):
        return self.filter(state=CopyState.HANDED_IN)


@tracked()
class Copy(models.Model):
    """One version of a devoir, as handed in: the latest is the one that is marked.

    The page proposes a number and a key: a double click, a second tab or a phone that sends again give one copy.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="copies", verbose_name="inscription")
    devoir = models.ForeignKey(Devoir, models.PROTECT, related_name="copies", verbose_name="devoir")
    version = models.PositiveSmallIntegerField("version", default=1)
    client_key = models.UUIDField("clé d’envoi", editable=False)
    state = models.CharField("état", max_length=10, choices=CopyState, default=CopyState.HANDED_IN)
    handed_in_at = models.DateTimeField("rendue le", default=timezone.now)
    due_on = models.DateField("à rendre le", null=True, blank=True)
    is_late = models.BooleanField("en retard", default=False)
    comment = models.TextField("mot pour le correcteur", max_length=COMMENT_LENGTH, blank=True)

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name = "copie"
        verbose_name_plural = "copies"
        default_permissions = ("view",)
        permissions = [("mark_copy", "Peut corriger les devoirs")]
        indexes = [
            models.Index(fields=["handed_in_at", "id"], condition=Q(state=CopyState.HANDED_IN), name="copy_to_mark"),
            models.Index(fields=["enrolment", "devoir", "-version"], name="copy_of_enrolment"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "devoir", "version"],
                name="copy_version_once",
                violation_error_message="Cette version du devoir est déjà rendue.",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "client_key"],
                name="copy_sent_once",
                violation_error_message="Cette copie est déjà rendue.",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "devoir"],
                condition=~Q(state=CopyState.REPLACED),
                name="copy_current_once",
                violation_error_message="Un devoir a une seule copie à corriger.",
            ),
            models.CheckConstraint(
                condition=Q(is_late=False) | Q(due_on__isnull=False),
                name="copy_late_of_a_date",
                violation_error_message="Une copie en retard avait une échéance.",
            ),
        ]

    def __str__(self):
        return f"{self.devoir}, version {self.version}"

    def get_absolute_url(self):
        return reverse("learners:devoir", kwargs={"pk": self.enrolment_id, "devoir": self.devoir_id})

    @property
    def may_be_replaced(self):
        return self.state == CopyState.HANDED_IN and self.version < self.devoir.versions


@tracked()
class Correction(models.Model):
    """A copy taken by one marker (the database refuses a second), then given back with a grade or without."""

    copy = models.OneToOneField(Copy, models.PROTECT, related_name="correction", verbose_name="copie")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="correcteur")
    taken_at = models.DateTimeField("prise le", default=timezone.now)
    marked_at = models.DateTimeField("rendue le", null=True, blank=True)
    grade = models.DecimalField("note sur 20", max_digits=4, decimal_places=2, null=True, blank=True)
    is_ungraded = models.BooleanField("non noté", default=False)
    feedback = models.TextField("appréciation", max_length=FEEDBACK_LENGTH, blank=True)

    class Meta:
        verbose_name = "correction"
        verbose_name_plural = "corrections"
        default_permissions = ()
        indexes = [
            models.Index(fields=["marker", "taken_at"], condition=Q(marked_at__isnull=True), name="correction_taken")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(grade__isnull=True) | Q(grade__gte=0, grade__lte=HIGHEST_GRADE),
                name="correction_grade_on_20",
                violation_error_message="Une note va de 0 à 20.",
            ),
            models.CheckConstraint(
                condition=Q(marked_at__isnull=True, grade__isnull=True, is_ungraded=False, feedback="")
                | (
                    Q(marked_at__isnull=False)
                    & (Q(grade__isnull=False, is_ungraded=False) | Q(grade__isnull=True, is_ungraded=True))
                ),
                name="correction_graded_or_not",
                violation_error_message="Une copie corrigée a une note, ou porte la mention « non noté ».",
            ),
            models.CheckConstraint(
                condition=Q(marked_at__isnull=True) | Q(marked_at__gte=F("taken_at")),
                name="correction_marked_after_taken",
                violation_error_message="La correction suit la prise de la copie.",
            ),
        ]

    def __str__(self):
        return f"correction de {self.copy}"


class StoredFile(models.Model):
    """A file kept under a random name, closed until it is known to be harmless."""

    name = models.CharField("nom", max_length=150)
    file = models.FileField("fichier", upload_to="devoirs/", max_length=200, blank=True)
    content_type = models.CharField("type", max_length=100)
    size = models.PositiveIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    scan = models.CharField("analyse", max_length=10, choices=ScanState)
    created_at = models.DateTimeField("joint le", default=timezone.now)

    class Meta:
        abstract = True
        default_permissions = ()
        indexes = [
            models.Index(fields=["created_at", "id"], condition=Q(scan=ScanState.PENDING), name="%(class)s_to_scan")
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(scan=ScanState.INFECTED) & Q(file="")) | (~Q(scan=ScanState.INFECTED) & ~Q(file="")),
                name="%(class)s_infected_is_destroyed",
                violation_error_message="Un fichier infecté n’est pas gardé.",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def is_readable(self):
        return self.scan in READABLE_SCANS


class CopyFileQuerySet(models.QuerySet):
    def followed_by(self, user):
        return self.filter(copy__in=Copy.objects.followed_by(user))


class CopyFile(StoredFile):
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="files", verbose_name="copie")

    objects = CopyFileQuerySet.as_manager()

    class Meta(StoredFile.Meta):
        abstract = False
        verbose_name = "fichier d’une copie"
        verbose_name_plural = "fichiers des copies"


class CorrectionFileQuerySet(models.QuerySet):
    def followed_by(self, user):
        """Once they are given back."""
        return self.filter(correction__copy__in=Copy.objects.followed_by(user).filter(state=CopyState.MARKED))


class CorrectionFile(StoredFile):
    correction = models.ForeignKey(Correction, models.PROTECT, related_name="files", verbose_name="correction")

    objects = CorrectionFileQuerySet.as_manager()

    class Meta(StoredFile.Meta):
        abstract = False
        verbose_name = "copie annotée"
        verbose_name_plural = "copies annotées"
