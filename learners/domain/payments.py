"""Money of an enrolment: funders, price, payments, and the legal period to withdraw.

- Withdrawal: 14 days from the day after the contract, to the first working day when the last one is a Saturday, a
  Sunday or a holiday (Code de la consommation, L221-18 and L221-19). The contract is concluded when the Cned confirms.
  An organisation that pays is not a consumer: no period runs.
- A person who pays by themselves for a training of the competitive perimeter owes nothing before that period is over,
  then no more than 30 % at once (Code du travail, L6353-6; L444-8 of the Code de l’éducation says the same 30 % of
  private establishments). Regulated schooling is due as soon as it is asked for.
- Starting before the end of the period needs the person's express wish, and their knowing that the right ends with a
  training followed to its end (L221-25); refunds within 14 days (L221-24).
- A page of the file takes the withdrawal for as long as the period runs, and acknowledges it (L221-21 and D221-5, from
  19 June 2026).
"""

import secrets
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

import holidays
from django.db.models import Sum
from django.utils import timezone

from catalogue.enums import Funding, Perimeter
from cned_portal.common.templatetags.french import euros
from cned_portal.common.verbs import verb
from learners.domain.files import locked, refresh, tell
from learners.domain.providers import provider_of
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import PAYMENT_MOVES, FundingKind, FundingState, Means, PaymentState
from learners.models import FundingLine, Payment

WITHDRAWAL_DAYS = 14
BALANCE_DAYS = 30
DEPOSIT = Decimal("0.30")

_PAID_BY = {
    FundingKind.COMPANY: Funding.EMPLOYER,
    FundingKind.OPCO: Funding.EMPLOYER,
    FundingKind.FRANCE_TRAVAIL: Funding.FRANCE_TRAVAIL,
    FundingKind.REGION: Funding.REGION,
}


def fundings_offered(action):
    """Funders to whom one may turn for an action; oneself is always possible."""
    offered = [kind for kind, funding in _PAID_BY.items() if funding in action.fundings]
    return [FundingKind.SELF, *([FundingKind.CPF] if action.is_cpf_eligible else []), *offered]


def withdrawal_until(day):
    """Last day to withdraw from a contract concluded that day."""
    last = day + timedelta(days=WITHDRAWAL_DAYS)
    closed = holidays.country_holidays("FR", years=[last.year, last.year + 1])
    while last.weekday() >= 5 or last in closed:
        last += timedelta(days=1)
    return last


def open_fundings(file, kinds, *, organisation=None, order_reference=""):
    """Ask the funders of a new request; an organisation bears the whole price by its purchase order."""
    if not file.price or file.price_accepted_at is None:
        return
    if organisation is not None:
        line = FundingLine.objects.create(
            file=file,
            kind=FundingKind.COMPANY,
            state=FundingState.AGREED,
            amount=file.price,
            reference=order_reference,
        )
        _payment(line, 1, file.price, means=Means.OFFLINE)
        return
    for kind in dict.fromkeys(kinds):
        if kind != FundingKind.SELF:
            FundingLine.objects.create(file=file, kind=kind)
    _share_out(file)


def _share_out(file):
    """Once every funder has answered, what is left of the price is the learner's."""
    lines = FundingLine.objects.filter(file=file)
    if lines.filter(state=FundingState.ASKED).exists():
        return
    granted = lines.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    left = file.price - granted
    if left <= 0:
        return
    line = FundingLine.objects.create(file=file, kind=FundingKind.SELF, state=FundingState.AGREED, amount=left)
    if file.enrolment.training.perimeter == Perimeter.REGULATED:
        _payment(line, 1, left, due_on=timezone.localdate())
        return
    deposit = (left * DEPOSIT).quantize(Decimal("0.01"), ROUND_DOWN)
    for rank, amount in enumerate((amount for amount in (deposit, left - deposit) if amount), start=1):
        _payment(line, rank, amount)


def _payment(line, rank, amount, **fields):
    reference = secrets.token_urlsafe(32)
    return Payment.objects.create(funding=line, rank=rank, amount=amount, reference=reference, **fields)


def schedule_payments(file, on):
    """The contract is concluded that day: the period to withdraw runs, and what the learner owes gets its dates."""
    if file.enrolment.organisation_id is None:
        file.withdrawal_until = withdrawal_until(on)
        file.save(update_fields=["withdrawal_until"])
    first = (file.withdrawal_until or on) + timedelta(days=1)
    for payment in file.payments:
        if payment.due_on is None and payment.funding.is_own:
            payment.due_on = first + timedelta(days=BALANCE_DAYS * (payment.rank - 1))
            payment.save(update_fields=["due_on"])


def stop_payments(file):
    """The enrolment is called off: what is not paid is not owed, what is paid goes back."""
    for payment in file.payments:
        if payment.is_unpaid:
            _move(payment, PaymentState.CANCELLED)
        elif payment.state == PaymentState.PAID:
            _move(payment, PaymentState.TO_REFUND)


@verb
def quote_price(file, *, amount, acting_user):
    """Give the price of a training whose price is on request; the learner accepts it, or not."""
    file = locked(file)
    if file.price_accepted_at is not None:
        raise MoveRefused("Le prix de cette inscription est déjà accepté.")
    if amount is None or amount < 0:
        raise Refusal("Indiquez un montant positif ou nul.")
    file.price = amount
    file.save(update_fields=["price"])
    tell(file, f"Un devis vous attend : {euros(amount)}.", key=f"quoted:{file.pk}:{amount}")
    return refresh(file)


@verb
def accept_price(file, *, amount, acting_user, fundings=()):
    """Accept the price that was read. Raises MoveRefused when it has changed since, or was accepted."""
    file = locked(file)
    if not file.needs_acceptance:
        raise MoveRefused("Aucun devis n’attend de réponse.")
    if file.price != amount:
        raise MoveRefused("Le devis a changé depuis que vous avez ouvert cette page : relisez-le.")
    file.price_accepted_at = timezone.now()
    file.save(update_fields=["price_accepted_at"])
    open_fundings(file, fundings)
    return refresh(file)


@verb
def decide_funding(line, *, granted, acting_user, amount=None, reference=""):
    """Record what a funder answers: how much it bears, by which agreement; or nothing."""
    file = locked(line.file)
    line = FundingLine.objects.get(pk=line.pk)
    if line.state != FundingState.ASKED:
        raise MoveRefused(f"La réponse de ce financeur est déjà enregistrée : {line.get_state_display().lower()}.")
    if not granted:
        line.state = FundingState.REFUSED
    else:
        others = FundingLine.objects.filter(file=file).aggregate(total=Sum("amount"))["total"] or Decimal(0)
        if amount is None or amount <= 0:
            raise Refusal("Indiquez le montant accordé.")
        if amount > file.price - others:
            raise Refusal(f"Il reste {euros(file.price - others)} à financer : le montant accordé ne peut le dépasser.")
        line.state, line.amount, line.reference = FundingState.AGREED, amount, reference
    line.save(update_fields=["state", "amount", "reference"])
    if granted:
        _payment(line, 1, amount, means=Means.OFFLINE)
    _share_out(file)
    news = f"accorde {euros(amount)}" if granted else "ne finance pas votre inscription"
    tell(file, f"{line.get_kind_display()} : ce financeur {news}.", key=f"funding:{line.pk}")
    refresh(file)
    return line


@verb
def start_payment(payment, *, means, acting_user):
    """Choose how to pay what is due; the address to which the payer is sent."""
    payment = _locked_payment(payment.pk)
    if not payment.is_unpaid:
        raise MoveRefused(f"Ce paiement n’est plus à faire : {payment.get_state_display().lower()}.")
    if not payment.is_due:
        raise MoveRefused("Rien n’est à payer avant la date indiquée.")
    provider = provider_of(means)
    payment.means = means
    payment.save(update_fields=["means"])
    if payment.state == PaymentState.FAILED:
        _move(payment, PaymentState.AWAITING)
    return provider.start(payment)


@verb
def settle_payment(reference, *, means, is_paid, acting_user, proof=""):
    """What a provider tells of a payment. Told twice, it changes nothing; money that comes too late is to be refunded.

    Raises Refusal when the reference is unknown to this provider.
    """
    found = Payment.objects.filter(reference=reference, means=means).first()
    if found is None:
        raise Refusal("Ce paiement n’existe pas.")
    payment = _locked_payment(found.pk)
    if not is_paid:
        if payment.state == PaymentState.AWAITING:
            _move(payment, PaymentState.FAILED)
        return payment
    return _received(payment, timezone.now(), proof)


@verb
def record_payment(payment, *, proof, acting_user, at=None):
    """A member of staff records the money that the bank received. Raises MoveRefused when it was recorded."""
    payment = _locked_payment(payment.pk)
    if not payment.is_unpaid:
        raise MoveRefused(f"Ce paiement n’est plus attendu : {payment.get_state_display().lower()}.")
    if not proof.strip():
        raise Refusal("Indiquez la référence de l’opération.")
    payment.means = Means.OFFLINE
    payment.save(update_fields=["means"])
    return _received(payment, at or timezone.now(), proof.strip())


@verb
def record_refund(payment, *, acting_user, at=None):
    """The money has gone back. Raises MoveRefused when none was to go."""
    payment = _locked_payment(payment.pk)
    _move(payment, PaymentState.REFUNDED, refunded_at=at or timezone.now())
    file = refresh(payment.funding.file)
    tell(file, f"Un remboursement est fait : {euros(payment.amount)}.", key=f"refunded:{payment.pk}")
    return payment


def _received(payment, at, proof):
    late = payment.state == PaymentState.CANCELLED
    if not payment.is_unpaid and not late:
        return payment
    _move(payment, PaymentState.TO_REFUND if late else PaymentState.PAID, paid_at=at, proof=proof[:100])
    file = refresh(payment.funding.file)
    if payment.funding.is_own:
        tell(file, f"Votre paiement est reçu : {euros(payment.amount)}.", key=f"paid:{payment.pk}")
    return payment


def _locked_payment(pk):
    locked(Payment.objects.select_related("funding__file").get(pk=pk).funding.file, requested=False)
    return Payment.objects.select_related("funding__file__enrolment__learner__user").get(pk=pk)


def _move(payment, state, **fields):
    if state not in PAYMENT_MOVES[payment.state]:
        raise MoveRefused(f"Ce paiement est « {payment.get_state_display().lower()} » : cet acte n’est pas possible.")
    payment.state = state
    for name, value in fields.items():
        setattr(payment, name, value)
    payment.save(update_fields=["state", *fields])
