"""Which ticket a mail answers. Never by a reference in the subject alone: anybody may type one.

Mails that leave about a ticket have a Message-ID under our signature; clients repeat it in what answers them.
"""

import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from crc.models import Mailbox, Ticket
from crc.validators import REFERENCE_ALPHABET

_SALT = "crc.mail.thread"
_REFERENCE = re.compile(rf"\b(20[0-9]{{2}}-[{REFERENCE_ALPHABET}]{{8}})\b")
_OURS = re.compile(rf"<(20[0-9]{{2}}-[{REFERENCE_ALPHABET}]{{8}})\.([0-9]{{1,9}})\.([0-9a-f]{{16}})\.([0-9a-f]{{24}})@")
_TEXT_LOOKED_AT = 50_000


@dataclass(frozen=True)
class Thread:
    """`ticket` is proven; `suspected` is only named by the mail."""

    ticket: Ticket | None = None
    suspected: Ticket | None = None


def signed_message_id(ticket):
    """A new Message-ID by which the answers to a mail find the ticket; it ends with the ticket's tracking links."""
    nonce = secrets.token_hex(8)
    value = f"{ticket.reference}.{ticket.tracking_generation}.{nonce}"
    domain = settings.SITE_URL.split("//")[-1].split(":")[0]
    return f"<{value}.{_signature(value)}@{domain}>"


def answer_address(ticket):
    """Mailbox that takes the answers of the ticket's requester, or an empty text."""
    boxes = Mailbox.objects.filter(is_active=True, public=ticket.public).order_by("pk")
    return next(iter(boxes.values_list("address", flat=True)[:1]), "")


def find_thread(mail):
    """Thread of a parsed mail: by our signature, else by a reference that its requester writes from their address."""
    proven = proven_ticket([*mail.in_reply_to, *reversed(mail.references)])
    if proven:
        return Thread(ticket=proven)
    named = _REFERENCE.search(mail.subject.upper())
    if named is None:
        return Thread()
    ticket = _tickets().filter(reference=named[1]).first()
    if ticket is None:
        return Thread()
    if mail.from_address.lower() == ticket.requester_email.lower():
        return Thread(ticket=ticket)
    return Thread(suspected=ticket)


def find_bounced(mail):
    """(ticket, Message-ID) of our mail that came back: named in the headers, in the mail inside, or in the text."""
    ids = [*mail.embedded_ids, *mail.in_reply_to, *mail.references]
    ids += [match[0] for match in re.finditer(_OURS.pattern + r"[^<>\s]{1,200}>", mail.text[:_TEXT_LOOKED_AT])]
    for message_id in ids:
        if ticket := proven_ticket([message_id]):
            return ticket, message_id
    return None, ""


def proven_ticket(message_ids):
    """The first ticket that one of these Message-IDs proves, or None."""
    for message_id in message_ids:
        found = _OURS.match(message_id)
        if found is None:
            continue
        reference, generation, nonce, signature = found.groups()
        if constant_time_compare(signature, _signature(f"{reference}.{generation}.{nonce}")):
            ticket = _tickets().filter(reference=reference, tracking_generation=int(generation)).first()
            if ticket is not None:
                return ticket
    return None


def _tickets():
    return Ticket.objects.select_related("service__calendar", "topic", "training")


def _signature(value):
    return salted_hmac(_SALT, value, algorithm="sha256").hexdigest()[:24]
