from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify

from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState
from learners.enums import DocumentKind
from learners.models.enrolments import Enrolment
from learners.validators import DOCUMENT_CODE_PATTERN, spaced


class DocumentQuerySet(LongRunQuerySet):
    def of_user(self, user):
        """The documents of the person's own enrolments."""
        return self.filter(enrolment__learner__user=user)

    def issued(self):
        return self.filter(state=RunState.DONE)


@tracked(exclude=["progress", "heartbeat_at"])
class Document(LongRun):
    """A document asked for by a learner, made by a worker, then frozen: `data` is what it says, for ever.

    The `code` printed on it lets anyone check it; it is drawn at random and never guessed.
    """

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="documents", verbose_name="inscription")
    kind = models.CharField("nature", max_length=12, choices=DocumentKind)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="demandé par",
    )
    code = models.CharField("code de vérification", max_length=16, unique=True, editable=False)
    file = models.FileField("fichier", upload_to="documents/", blank=True, max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    issued_at = models.DateTimeField("délivré le", null=True, blank=True)
    data = models.JSONField("contenu délivré", default=dict, blank=True)
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    revoked_reason = models.CharField("raison de la révocation", max_length=200, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "document"
        verbose_name_plural = "documents"
        default_permissions = ("view",)
        permissions = [("revoke_document", "Peut révoquer un document délivré")]
        indexes = [models.Index(fields=["enrolment", "-created_at", "-id"], name="document_of_enrolment")]
        constraints = [
            *LongRun.Meta.constraints,
            models.UniqueConstraint(
                fields=["enrolment", "kind"],
                condition=Q(state__in=[RunState.PENDING, RunState.RUNNING]),
                name="document_asked_once",
                violation_error_message="Ce document est déjà en préparation.",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=DOCUMENT_CODE_PATTERN),
                name="document_code_shape",
                violation_error_message="Le code de vérification n’a pas la forme attendue.",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=RunState.DONE, issued_at__isnull=False, sha256__regex=r"^[0-9a-f]{64}$") & ~Q(file="")
                )
                | (~Q(state=RunState.DONE) & Q(issued_at__isnull=True, sha256="", file="")),
                name="document_issued_whole",
                violation_error_message="Un document délivré a une date, un fichier et son empreinte.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | (Q(revoked_at__gte=F("issued_at")) & ~Q(revoked_reason="")),
                name="document_revocation_explained",
                violation_error_message="Une révocation suit la délivrance et dit sa raison.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} n° {self.pk}"

    def get_absolute_url(self):
        return reverse("learners:document", kwargs={"pk": self.pk})

    @property
    def printed_code(self):
        return spaced(self.code)

    @property
    def kind_slug(self):
        return slugify(self.get_kind_display())

    @property
    def is_issued(self):
        return self.state == RunState.DONE

    @property
    def is_revoked(self):
        return self.revoked_at is not None
