from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState
from learners.enums import CLOSED_QUOTE_STATES, EDITABLE_QUOTE_STATES, QUOTE_MOVES, Acceptance, QuoteState
from learners.models.organisations import Organisation
from learners.validators import DOCUMENT_CODE_PATTERN, spaced

MOST_SEATS = 20_000
CENT = Decimal("0.01")
EXEMPTION = "Exonération de TVA, article 261, 4, 4° a du code général des impôts"
_OFFERED = [QuoteState.SENT, QuoteState.ACCEPTED, QuoteState.REFUSED, QuoteState.EXPIRED]


class QuoteQuerySet(models.QuerySet):
    def of_member(self, user, roles=None):
        """The quotes of the organisations for which the person acts."""
        args = (user, roles) if roles else (user,)
        return self.filter(organisation__in=Organisation.objects.of_member(*args))

    def visible_to(self, user):
        return self.filter(organisation__in=Organisation.objects.visible_to(user))

    def shown_to_members(self):
        """Those they asked for and those that were sent: what the DAIC prepares of itself is told once it is ready."""
        return self.filter(Q(sent_at__isnull=False) | Q(requested_by__isnull=False))

    def out_of_date(self, day):
        return self.filter(state=QuoteState.SENT, valid_until__lt=day)


@tracked()
class Quote(models.Model):
    """What an organisation asks for, what it is offered, what it accepted.

    `content` is what was sent, for ever: lines, prices, mention of the tax. The state only moves by the verbs of
    `learners.domain.organisations.quotes`.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="quotes", verbose_name="organisation")
    state = models.CharField("état", max_length=10, choices=QuoteState, default=QuoteState.REQUESTED)
    request = models.TextField("besoin exprimé", blank=True, max_length=4_000)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="demandé par"
    )
    created_at = models.DateTimeField("créé le", default=timezone.now)
    vat_rate = models.DecimalField(
        "taux de TVA (%)",
        max_digits=4,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(30)],
    )
    vat_mention = models.CharField("mention de TVA", max_length=200, blank=True, default=EXEMPTION)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    content = models.JSONField("contenu envoyé", default=dict, blank=True)
    acceptance = models.CharField("accepté par", max_length=10, choices=Acceptance, blank=True)
    accepted_at = models.DateTimeField("accepté le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="acceptation enregistrée par",
    )
    signatory_name = models.CharField("nom du signataire", max_length=150, blank=True)
    signatory_position = models.CharField("qualité du signataire", max_length=150, blank=True)
    signed_text = models.TextField("texte signé", blank=True)
    order_number = models.CharField("numéro du bon de commande", max_length=60, blank=True)
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    closing_reason = models.CharField("raison", max_length=300, blank=True)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        verbose_name = "devis"
        verbose_name_plural = "devis"
        default_permissions = ()
        indexes = [
            models.Index(fields=["organisation", "-id"], name="quote_of_organisation"),
            models.Index(fields=["state", "-id"], name="quote_by_state"),
            models.Index(fields=["valid_until"], condition=Q(state=QuoteState.SENT), name="quote_to_expire"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=_OFFERED) | Q(sent_at__isnull=False, valid_until__isnull=False) & ~Q(content={}),
                name="quote_sent_whole",
                violation_error_message="Un devis envoyé a une date, une validité et un contenu.",
            ),
            models.CheckConstraint(
                condition=Q(vat_rate__gt=0) | ~Q(vat_mention=""),
                name="quote_exemption_said",
                violation_error_message="Sans TVA, le devis dit pourquoi.",
            ),
            models.CheckConstraint(
                condition=Q(state=QuoteState.ACCEPTED, accepted_at__isnull=False)
                & (
                    Q(acceptance=Acceptance.SIGNATURE) & ~Q(signatory_name="") & ~Q(signed_text="")
                    | Q(acceptance=Acceptance.PURCHASE_ORDER) & ~Q(order_number="")
                )
                | ~Q(state=QuoteState.ACCEPTED) & Q(accepted_at__isnull=True, acceptance=""),
                name="quote_accepted_by_signature_or_order",
                violation_error_message="Un devis accepté l’est par une signature ou par un bon de commande.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED_QUOTE_STATES, closed_at__isnull=False)
                | ~Q(state__in=CLOSED_QUOTE_STATES) & Q(closed_at__isnull=True),
                name="quote_closed_dated",
                violation_error_message="Un devis refusé, expiré ou annulé a une date.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="quote_moves",
                field="state",
                transitions=[(str(old), str(new)) for old, targets in QUOTE_MOVES.items() for new in sorted(targets)],
            ),
            pgtrigger.Trigger(
                name="quote_frozen_once_sent",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "organisation_id", "content", "vat_rate", "vat_mention", "valid_until", "sent_at"
                ),
                condition=pgtrigger.Q(old__sent_at__isnull=False),
                func="RAISE EXCEPTION 'a quote that was sent is frozen' USING ERRCODE = 'check_violation';",
            ),
        ]

    def __str__(self):
        return f"devis {self.reference}"

    def get_absolute_url(self):
        return reverse("learners:organisation_quote", kwargs={"organisation": self.organisation_id, "pk": self.pk})

    @property
    def desk_url(self):
        return reverse("admin:learners_quote", kwargs={"pk": self.pk})

    @property
    def reference(self):
        return f"D{self.created_at.year}-{self.pk:06}"

    @property
    def is_editable(self):
        return self.state in EDITABLE_QUOTE_STATES

    @property
    def is_offered(self):
        """Sent, and nothing decided yet."""
        return self.state == QuoteState.SENT


@tracked()
class QuoteLine(models.Model):
    """So many seats in a session at a unit price in euros, without tax; frozen with its quote."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines", verbose_name="devis")
    session = models.ForeignKey(
        "catalogue.TrainingSession", models.PROTECT, related_name="+", verbose_name="formule et dates"
    )
    seats = models.PositiveIntegerField(
        "nombre de places", validators=[MinValueValidator(1), MaxValueValidator(MOST_SEATS)]
    )
    unit_price = models.DecimalField(
        "prix unitaire hors taxe (€)", max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = "ligne de devis"
        verbose_name_plural = "lignes de devis"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["quote", "session"],
                name="quote_line_once",
                violation_error_message="Cette formule est déjà dans le devis.",
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=MOST_SEATS),
                name="quote_line_seats",
                violation_error_message=f"Une ligne a de 1 à {MOST_SEATS} places.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="quote_line_price_positive",
                violation_error_message="Un prix n’est pas négatif.",
            ),
        ]
        triggers = [
            # A check constraint cannot read the quote's state.
            pgtrigger.Trigger(
                name="quote_line_of_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=(
                    "IF EXISTS (SELECT 1 FROM learners_quote q WHERE q.state NOT IN ('requested', 'draft') AND q.id = "
                    "CASE WHEN TG_OP = 'DELETE' THEN OLD.quote_id ELSE NEW.quote_id END) THEN "
                    "RAISE EXCEPTION 'the lines of a quote that was sent are frozen' "
                    "USING ERRCODE = 'check_violation'; END IF; "
                    "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.session.action.training.title} : {self.seats} places"

    @property
    def total(self):
        return (self.unit_price * self.seats).quantize(CENT)


class QuoteDocument(LongRun):
    """The PDF of a quote that was sent, made once by a worker from the frozen content."""

    quote = models.OneToOneField(Quote, models.PROTECT, related_name="document", verbose_name="devis")
    file = models.FileField("fichier", upload_to="quotes/", blank=True, max_length=200)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True)

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "document d’un devis"
        verbose_name_plural = "documents de devis"
        default_permissions = ()
        constraints = [
            *LongRun.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state=RunState.DONE) & ~Q(file="") & ~Q(sha256="")
                | ~Q(state=RunState.DONE) & Q(file="", sha256=""),
                name="quote_document_whole",
                violation_error_message="Un document prêt a un fichier et son empreinte.",
            ),
        ]

    def __str__(self):
        return f"PDF du {self.quote}"

    @property
    def download_name(self):
        return f"devis-{self.quote.reference}.pdf"


class VoucherQuerySet(models.QuerySet):
    def take(self, pk, number=1):
        """Take that many free seats at once, or none: True when they were free. One conditional UPDATE, no race."""
        return bool(self.filter(pk=pk, used__lte=F("seats") - number).update(used=F("used") + number))

    def give_back(self, pk, number=1):
        return self.filter(pk=pk).update(used=F("used") - number)


@tracked()
class Voucher(models.Model):
    """The seats of a line of an accepted quote; its code lets a person take one for themselves."""

    line = models.OneToOneField(QuoteLine, models.PROTECT, related_name="voucher", verbose_name="ligne de devis")
    code = models.CharField("code du bon", max_length=16, unique=True, editable=False)
    seats = models.PositiveIntegerField("places")
    used = models.PositiveIntegerField("places prises", default=0)
    created_at = models.DateTimeField("ouvert le", auto_now_add=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = "bon de places"
        verbose_name_plural = "bons de places"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(used__lte=F("seats")),
                name="voucher_never_oversold",
                violation_error_message="Il ne reste plus de place.",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=DOCUMENT_CODE_PATTERN),
                name="voucher_code_shape",
                violation_error_message="Le code n’a pas la forme attendue.",
            ),
        ]

    def __str__(self):
        return f"bon n° {self.pk}"

    @property
    def printed_code(self):
        return spaced(self.code)

    @property
    def free(self):
        return self.seats - self.used

    @property
    def session(self):
        return self.line.session

    @property
    def training(self):
        return self.line.session.action.training

    @property
    def organisation(self):
        return self.line.quote.organisation
