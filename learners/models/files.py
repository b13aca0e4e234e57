"""The file of an enrolment: what it takes before it is confirmed, and what remains due after."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from learners.enums import Decision, EnrolmentState, PieceState, WaitingOn
from learners.models.enrolments import Enrolment
from learners.models.guardians import Guardianship
from learners.models.people import LearnerProfile


class EnrolmentDraft(models.Model):
    """What a person has typed of a request not yet sent, step by step, as it was typed.

    Without a history: it is nobody's business but theirs, and goes when the request leaves or after some weeks.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolment_drafts", verbose_name="compte"
    )
    training = models.ForeignKey("catalogue.Training", models.CASCADE, related_name="+", verbose_name="formation")
    data = models.JSONField("saisie", default=dict)
    version = models.PositiveIntegerField("version", default=0)
    updated_at = models.DateTimeField("modifié le", default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "demande d’inscription commencée"
        verbose_name_plural = "demandes d’inscription commencées"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "training"],
                name="enrolment_draft_once",
                violation_error_message="Cette demande est déjà commencée.",
            )
        ]

    def __str__(self):
        return f"brouillon n° {self.pk}"


class EnrolmentFileQuerySet(models.QuerySet):
    def of_user(self, user):
        """The person's own files, and those of the minors for whom they sign."""
        own = LearnerProfile.objects.filter(user=user).values("pk")
        wards = Guardianship.objects.signing().filter(guardian=user).values("learner")
        # An OR of the two would read every file
        return self.filter(enrolment__learner__in=own.union(wards, all=True))

    def signed_by(self, user):
        """Files of the minors for whom the person signs."""
        wards = Guardianship.objects.signing().filter(guardian=user).values("learner")
        return self.filter(enrolment__learner__in=wards)

    def visible_to(self, user):
        """Files of the enrolments that a member of staff may see."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def with_awaited(self):
        """What tells whom the file waits for and what its steps say."""
        return (
            self.select_related(
                *("enrolment__learner__user", "enrolment__training", "positioning", "prior_learning", "agreement")
            )
            .only(
                *("needs_agreement", "needs_positioning", "needs_prior_learning", "price", "price_accepted_at"),
                *("enrolment__state", "enrolment__training__title", "enrolment__learner__user__first_name"),
                *("enrolment__learner__user__last_name", "enrolment__learner__user__email"),
                *("positioning__decision", "prior_learning__decision", "agreement__is_given"),
            )
            .prefetch_related("pieces", "fundings__payments")
        )

    def with_parts(self):
        """All that says what is missing, in a constant number of queries."""
        return self.select_related(
            "enrolment__learner__user",
            "enrolment__training__unit",
            "enrolment__session__action",
            "enrolment__organisation",
            "positioning__decided_by",
            "prior_learning__decided_by",
            "agreement__given_by",
        ).prefetch_related("pieces__checked_by", "fundings__payments")


@tracked(exclude=["waiting_on", "waiting_since"])
class EnrolmentFile(models.Model):
    """Steps of one enrolment. `waiting_on` is worked out by `learners.domain.files.refresh` alone."""

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="file", verbose_name="inscription")
    needs_agreement = models.BooleanField("demande l’accord d’un responsable", default=False)
    needs_positioning = models.BooleanField("demande un positionnement", default=False)
    needs_prior_learning = models.BooleanField("demande une vérification des acquis", default=False)
    early_start = models.BooleanField(
        "demande à commencer tout de suite",
        default=False,
        help_text="Avant la fin du délai de rétractation (Code de la consommation, article L221-25).",
    )
    price = models.DecimalField("prix (€ TTC)", max_digits=9, decimal_places=2, null=True, blank=True)
    price_accepted_at = models.DateTimeField("prix accepté le", null=True, blank=True)
    withdrawal_until = models.DateField("rétractation possible jusqu’au", null=True, blank=True)
    withdrawn_at = models.DateTimeField("rétractation le", null=True, blank=True)
    waiting_on = models.CharField("attend", max_length=8, choices=WaitingOn, default=WaitingOn.STAFF)
    waiting_since = models.DateTimeField("depuis le", default=timezone.now)

    objects = EnrolmentFileQuerySet.as_manager()

    class Meta:
        verbose_name = "dossier d’inscription"
        verbose_name_plural = "dossiers d’inscription"
        default_permissions = ()
        indexes = [models.Index(fields=["waiting_on", "waiting_since", "id"], name="enrolment_file_queue")]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="enrolment_file_price_positive",
                violation_error_message="Un prix n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(price_accepted_at__isnull=True) | Q(price__isnull=False),
                name="enrolment_file_accepts_a_price",
                violation_error_message="On n’accepte qu’un prix connu.",
            ),
        ]

    def __str__(self):
        return f"Dossier de {self.enrolment}"

    @property
    def needs_acceptance(self):
        """A quote waits for the learner's answer."""
        return self.price is not None and self.price_accepted_at is None

    @property
    def may_withdraw(self):
        """Whether the legal period is running, for an enrolment confirmed or already begun."""
        return (
            self.withdrawal_until is not None
            and self.withdrawn_at is None
            and timezone.localdate() <= self.withdrawal_until
            and self.enrolment.state in (EnrolmentState.CONFIRMED, EnrolmentState.ACTIVE)
        )

    @property
    def payments(self):
        """Payments of every funding, in the order in which they fall due."""
        return sorted(
            (payment for line in self.fundings.all() for payment in line.payments.all()),
            key=lambda payment: (payment.funding_id, payment.rank),
        )


class Decided(models.Model):
    """A human decision: whose, when and why."""

    decision = models.CharField("décision", max_length=12, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="décidé par"
    )
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    reason = models.CharField("raison", max_length=500, blank=True)

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=(Q(decision=Decision.PENDING, decided_at__isnull=True) & Q(reason=""))
                | (~Q(decision=Decision.PENDING) & Q(decided_at__isnull=False) & ~Q(reason="")),
                name="%(class)s_decision_explained",
                violation_error_message="Une décision a une date et une raison.",
            )
        ]

    @property
    def is_pending(self):
        return self.decision == Decision.PENDING


@tracked()
class Positioning(Decided):
    """Answers to the questionnaire as they were asked, the result worked out, the advice shown, the decision taken."""

    file = models.OneToOneField(EnrolmentFile, models.CASCADE, related_name="positioning", verbose_name="dossier")
    answers = models.JSONField("réponses")
    percent = models.PositiveSmallIntegerField("résultat (%)")
    advice = models.CharField("conseil", max_length=500, blank=True)

    class Meta(Decided.Meta):
        abstract = False
        verbose_name = "positionnement"
        verbose_name_plural = "positionnements"
        constraints = [
            *Decided.Meta.constraints,
            models.CheckConstraint(
                condition=Q(percent__lte=100),
                name="positioning_percent",
                violation_error_message="Un résultat va de 0 à 100.",
            ),
        ]

    def __str__(self):
        return f"positionnement : {self.percent} %"


@tracked()
class PriorLearning(Decided):
    """What the learner says they hold of the prerequisites, and the decision of who checked it."""

    file = models.OneToOneField(EnrolmentFile, models.CASCADE, related_name="prior_learning", verbose_name="dossier")
    prerequisites = models.TextField("prérequis demandés", max_length=3000)
    declared = models.TextField("acquis déclarés", max_length=2000)

    class Meta(Decided.Meta):
        abstract = False
        verbose_name = "vérification des acquis"
        verbose_name_plural = "vérifications des acquis"

    def __str__(self):
        return f"acquis : {self.get_decision_display().lower()}"


@tracked(exclude=["is_safe", "erased_at"])
class Piece(models.Model):
    """A document asked for, as the training asked for it that day, and the last file provided."""

    file = models.ForeignKey(EnrolmentFile, models.CASCADE, related_name="pieces", verbose_name="dossier")
    label = models.CharField("pièce", max_length=150)
    why = models.CharField("pourquoi", max_length=300)
    state = models.CharField("état", max_length=8, choices=PieceState, default=PieceState.MISSING)
    content = models.FileField("fichier", upload_to="pieces/", blank=True, max_length=200)
    name = models.CharField("nom du fichier", max_length=150, blank=True)
    content_type = models.CharField("type", max_length=100, blank=True)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)
    is_safe = models.BooleanField("lue par l’antivirus", default=False, help_text="Fermée à tous d’ici là.")
    provided_at = models.DateTimeField("fournie le", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="vérifiée par"
    )
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    reason = models.CharField("raison du refus", max_length=300, blank=True)
    erased_at = models.DateTimeField("fichier effacé le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "pièce d’un dossier"
        verbose_name_plural = "pièces des dossiers"
        default_permissions = ()
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["provided_at", "id"],
                condition=Q(is_safe=False, state=PieceState.TO_CHECK),
                name="piece_to_scan",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "label"], name="piece_once", violation_error_message="Cette pièce est déjà demandée."
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[PieceState.TO_CHECK, PieceState.ACCEPTED])
                | (~Q(content="") & Q(sha256__regex=r"^[0-9a-f]{64}$", provided_at__isnull=False))
                | Q(content="", erased_at__isnull=False),
                name="piece_provided_whole",
                violation_error_message="Une pièce fournie a un fichier, son empreinte et sa date.",
            ),
            models.CheckConstraint(
                condition=(Q(state=PieceState.REFUSED) & ~Q(reason="")) | (~Q(state=PieceState.REFUSED) & Q(reason="")),
                name="piece_refusal_explained",
                violation_error_message="Une pièce refusée a une raison.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[PieceState.MISSING, PieceState.TO_CHECK], checked_at__isnull=True)
                | Q(state__in=[PieceState.ACCEPTED, PieceState.REFUSED], checked_at__gte=F("provided_at")),
                name="piece_checked_dated",
                violation_error_message="Une pièce vérifiée l’est après avoir été fournie.",
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def is_wanted(self):
        return self.state in (PieceState.MISSING, PieceState.REFUSED)

    @property
    def may_be_sent(self):
        return self.state != PieceState.ACCEPTED and self.file.enrolment.state == EnrolmentState.REQUESTED


@tracked()
class GuardianAgreement(models.Model):
    """The answer of an adult who signs for the minor, to a text kept as they read it. One answer for a file."""

    file = models.OneToOneField(EnrolmentFile, models.CASCADE, related_name="agreement", verbose_name="dossier")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="donné par")
    is_given = models.BooleanField("accord donné")
    text = models.TextField("texte lu", max_length=3000)
    answered_at = models.DateTimeField("répondu le", default=timezone.now)

    class Meta:
        verbose_name = "accord d’un responsable"
        verbose_name_plural = "accords des responsables"
        default_permissions = ()

    def __str__(self):
        return "accord donné" if self.is_given else "accord refusé"

    def get_absolute_url(self):
        return reverse("learners:agreement", kwargs={"pk": self.file_id})
