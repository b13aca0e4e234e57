"""Who pays for an enrolment, and what was paid. No card number ever reaches the portal."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from learners.enums import PAYMENT_MOVES, UNPAID_STATES, FundingKind, FundingState, Means, PaymentState
from learners.models.files import EnrolmentFile

RECEIVED_STATES = (PaymentState.PAID, PaymentState.REFUNDED)


@tracked()
class FundingLine(models.Model):
    """A share of the price and who bears it. What others do not grant is the learner's."""

    file = models.ForeignKey(EnrolmentFile, models.CASCADE, related_name="fundings", verbose_name="dossier")
    kind = models.CharField("financement", max_length=14, choices=FundingKind)
    state = models.CharField("état", max_length=7, choices=FundingState, default=FundingState.ASKED)
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2, null=True, blank=True)
    reference = models.CharField(
        "référence", max_length=60, blank=True, help_text="Numéro du bon de commande, de la prise en charge…"
    )

    class Meta:
        verbose_name = "financement"
        verbose_name_plural = "financements"
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "kind"],
                name="funding_line_once",
                violation_error_message="Ce financement est déjà demandé.",
            ),
            models.CheckConstraint(
                condition=Q(state=FundingState.AGREED, amount__gt=0)
                | (~Q(state=FundingState.AGREED) & Q(amount__isnull=True)),
                name="funding_line_agreed_amount",
                violation_error_message="Un financement accordé a un montant, un autre n’en a pas.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} : {self.get_state_display().lower()}"

    @property
    def is_own(self):
        return self.kind == FundingKind.SELF


class PaymentQuerySet(models.QuerySet):
    def of_user(self, user):
        """What the person pays: their own share, or that of a minor for whom they sign."""
        return self.filter(funding__kind=FundingKind.SELF, funding__file__in=EnrolmentFile.objects.of_user(user))


@tracked(exclude=["reference"])
class Payment(models.Model):
    """An amount to receive from a funder; its state only moves by the verbs of `learners.domain.payments`.

    `reference` is a secret of ours that providers give back; `proof` is what they, or the bank, call the payment.
    """

    funding = models.ForeignKey(FundingLine, models.PROTECT, related_name="payments", verbose_name="financement")
    rank = models.PositiveSmallIntegerField("échéance", default=1)
    amount = models.DecimalField("montant (€)", max_digits=9, decimal_places=2)
    due_on = models.DateField("exigible le", null=True, blank=True)
    state = models.CharField("état", max_length=9, choices=PaymentState, default=PaymentState.AWAITING)
    means = models.CharField("moyen", max_length=8, choices=Means, blank=True)
    reference = models.CharField("référence", max_length=43, unique=True, editable=False)
    proof = models.CharField("preuve", max_length=100, blank=True)
    paid_at = models.DateTimeField("payé le", null=True, blank=True)
    refunded_at = models.DateTimeField("remboursé le", null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = "paiement"
        verbose_name_plural = "paiements"
        default_permissions = ()
        ordering = ["funding", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["funding", "rank"],
                name="payment_rank_once",
                violation_error_message="Cette échéance existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="payment_amount_positive",
                violation_error_message="Un paiement a un montant positif.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*RECEIVED_STATES, PaymentState.TO_REFUND], paid_at__isnull=False)
                | (~Q(state__in=[*RECEIVED_STATES, PaymentState.TO_REFUND]) & Q(paid_at__isnull=True)),
                name="payment_paid_dated",
                violation_error_message="Un paiement reçu a une date.",
            ),
            models.CheckConstraint(
                condition=Q(state=PaymentState.REFUNDED, refunded_at__isnull=False)
                | (~Q(state=PaymentState.REFUNDED) & Q(refunded_at__isnull=True)),
                name="payment_refund_dated",
                violation_error_message="Un remboursement a une date.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="payment_moves",
                field="state",
                transitions=[(str(old), str(new)) for old, news in PAYMENT_MOVES.items() for new in sorted(news)],
            )
        ]

    def __str__(self):
        return f"échéance {self.rank} : {self.get_state_display().lower()}"

    def get_absolute_url(self):
        return reverse("learners:payment", kwargs={"pk": self.pk})

    @property
    def transfer_label(self):
        """What to write on a bank transfer, so that it is recognised."""
        return f"CNED-{self.pk:07}"

    @property
    def is_unpaid(self):
        return self.state in UNPAID_STATES

    @property
    def is_due(self):
        """May be asked for today."""
        return self.is_unpaid and self.due_on is not None and self.due_on <= timezone.localdate()
