"""Who a person is for the desk: an exact address, an account, or both; and all the rows that are about them."""

from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from cned_portal.common.outbox.models import Mail
from cned_portal.users.models import User
from crc.enums import MailStep
from crc.models import InboundMail, Message, PersonErasure, Ticket

_SALT = "crc.person"
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Person:
    """`email` in lower case, or an empty text; `account` when they have one."""

    email: str
    account: User | None = None

    @property
    def hash(self):
        """Under the portal's secret key: equal for one person, readable by nobody."""
        value = self.email or f"account:{self.account.pk}"
        return salted_hmac(_SALT, value, algorithm="sha256").hexdigest()

    def tickets(self):
        """Tickets asked with the address or from the account, anonymised ones apart."""
        return self._tickets().filter(anonymised_at=None)

    def _tickets(self):
        asked = Q(pk__in=[])
        if self.email:
            asked |= Q(lower_email=self.email)
        if self.account:
            asked |= Q(requester=self.account)
        return Ticket.objects.alias(lower_email=Lower("requester_email")).filter(asked)

    def written_elsewhere(self):
        """Messages that they sent by mail on the tickets of others."""
        messages = Message.objects.alias(lower_sender=Lower("sender")).filter(lower_sender=self.email)
        messages = messages.exclude(sender="").exclude(ticket__in=self.tickets())
        return messages.select_related("ticket").order_by("created_at", "pk")

    def mails(self):
        """Mails received from the address, or written on their tickets by somebody who is not known."""
        sent = InboundMail.objects.alias(lower_from=Lower("from_address")).exclude(from_address="")
        return sent.filter(lower_from=self.email, erased_at=None).order_by("received_at", "pk")

    def sent(self):
        """Mails sent to the address, whichever app wrote them."""
        mails = Mail.objects.alias(lower_to=Lower("to")).filter(lower_to=self.email, purged_at=None)
        return mails.order_by("created_at", "pk")

    def erasures(self):
        """What was erased of them before: found by who knows the address."""
        return PersonErasure.objects.filter(person=self.hash).select_related("acting_user")

    def counts(self):
        """How many rows of each kind, up to a cap, with their names for the page."""
        tickets = self.tickets()
        rows = [
            ("Demandes", tickets),
            ("Messages de ces demandes", Message.objects.filter(ticket__in=tickets)),
            ("Messages écrits sur les demandes d’autres personnes", self.written_elsewhere()),
            ("Courriels reçus", self.mails()),
            ("Courriels envoyés", self.sent()),
        ]
        return [(label, rows.order_by()[:MOST_COUNTED].count()) for label, rows in rows]


def find_person(*, email="", account=None):
    """The person of an exact address or of an account. Each leads to the other where the portal has checked both."""
    email = email.strip().lower()
    if account is None and email:
        account = User.objects.filter(email__iexact=email, is_active=True).first()
    if account is not None and not email:
        email = account.email.lower()
    return Person(email, account)


def unread_mails():
    """Mails put aside: nobody knows yet who wrote them."""
    return InboundMail.objects.filter(step=MailStep.PARKED)
