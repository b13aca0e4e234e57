"""Means of payment behind one interface. A provider says where to send the payer; what it then tells us is recorded
by `learners.domain.payments.settle_payment`, which trusts nothing but the secret reference of the payment.
"""

from typing import Protocol

from django.conf import settings
from django.urls import reverse

from learners.domain.refusals import Refusal
from learners.enums import Means


class PaymentProvider(Protocol):
    means: str

    def is_enabled(self) -> bool: ...

    def start(self, payment) -> str:
        """Address to which the payer is sent: a hosted page, or our own instructions. No card number comes to us."""
        ...


class OfflineProvider:
    """A transfer or a purchase order: the page says how, a member of staff records what the bank received."""

    means: str = Means.OFFLINE

    def is_enabled(self):
        return True

    def start(self, payment):
        return payment.get_absolute_url()


class SandboxProvider:
    """A pretended card page, for trials alone: no money moves."""

    means: str = Means.SANDBOX

    def is_enabled(self):
        return settings.PAYMENT_SANDBOX

    def start(self, payment):
        return reverse("learners:payment_sandbox", kwargs={"reference": payment.reference})


PROVIDERS: dict[str, PaymentProvider] = {
    provider.means: provider for provider in (OfflineProvider(), SandboxProvider())
}


def enabled_means():
    """Means that a payer may choose, as choices of a form."""
    return [(means, Means(means).label) for means, provider in PROVIDERS.items() if provider.is_enabled()]


def provider_of(means):
    provider = PROVIDERS.get(means)
    if provider is None or not provider.is_enabled():
        raise Refusal("Ce moyen de paiement n’est pas proposé.")
    return provider
