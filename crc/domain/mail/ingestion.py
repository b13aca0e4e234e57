"""The way of a mail: kept, then read, then written as one message of one ticket, once.

A mail is kept whole in a transaction of its own before anything looks at it. What comes after is one transaction that
ends with the row « done »: a worker killed anywhere leaves a row that the next one takes up, and nothing half-written.
"""

import hashlib
import logging
from collections import Counter
from datetime import timedelta
from itertools import takewhile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import one_nudge, queue_mail
from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.verbs import in_one_piece, verb
from crc import tasks
from crc.domain import tickets
from crc.domain.languages import language_of
from crc.domain.mail.kinds import kind_of
from crc.domain.mail.parsing import MAX_BYTES, Parsed, TooLarge, message_id_of, parse
from crc.domain.mail.quoting import quote_start
from crc.domain.mail.threads import find_bounced, find_thread
from crc.domain.privacy.anonymise import erased_key
from crc.domain.refusals import Refusal
from crc.domain.routing import Routes
from crc.enums import Channel, Event, MailKind, MailStep
from crc.models import InboundMail, InboundRaw, Mailbox
from crc.models.mail import KEY_MAX_LENGTH

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
BATCH = 20  # mails taken at once, each read in a transaction of its own
ATTEMPTS = 3
KEPT_OF_TOO_LARGE = 256 * 1024
NO_SUBJECT = "(sans objet)"
NO_TEXT = "(message sans texte)"
ACK_EVERY = timedelta(minutes=10)  # at most one acknowledgement to an address in this time
ACKS_A_DAY = 5
LIGHT = 200_000  # bytes of a mail that is read with its batch
# As `TicketQuerySet.from_address` reads them; asked for each mail, and put into words once.
_LAST_ASKED = """
SELECT received_at FROM crc_ticket WHERE lower(requester_email) = %s AND received_at >= %s AND channel = %s
ORDER BY received_at DESC LIMIT %s
"""
_SETTLED_FIELDS = [
    *("step", "lease_until", "kind", "reason", "from_address", "from_name", "subject", "html"),
    *("ticket", "message", "suspected", "copy_of"),
]


def keep_mail(mailbox, raw, *, received_at=None, known_as=""):
    """Keep a mail whole, before anything reads it; (the row, whether it is new). Given again, it is the same row.

    `known_as` names one without Message-ID for whoever brings it; else its bytes do.
    """
    digest = hashlib.sha256(raw).hexdigest()
    key = (message_id_of(raw) or known_as or f"sha256:{digest}")[:KEY_MAX_LENGTH]
    too_large = len(raw) > MAX_BYTES
    mail = InboundMail(
        mailbox=mailbox,
        key=key,
        sha256=digest,
        size=len(raw),
        is_truncated=too_large,
        received_at=received_at or timezone.now(),
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
            InboundRaw.objects.create(mail=mail, content=raw[:KEPT_OF_TOO_LARGE] if too_large else raw)
            # Looked for once the key is taken: an erasure at the same moment cannot hide the mail from both.
            erased = InboundMail.objects.filter(mailbox=mailbox, key=erased_key(key)).first()
            if erased is not None:
                transaction.set_rollback(True)
    except IntegrityError:
        return InboundMail.objects.get(mailbox=mailbox, key=key), False
    if erased is not None:
        return erased, False
    # A broker that is down loses nothing: `ingest_waiting` takes what waits.
    transaction.on_commit(lambda: tasks.ingest_mails.apply_async(retry=False), robust=True)
    return mail, True


class Desk:
    """What a batch of mails is read with, itself read once: the mails too, but for the bytes of the heavy ones.

    `shared_keys` are those that came to several addresses.
    """

    def __init__(self, keys=()):
        mails = InboundMail.objects.filter(pk__in=keys)
        self.mails = {mail.pk: mail for mail in mails} if keys else {}
        light = InboundRaw.objects.filter(mail__in=keys, mail__size__lte=LIGHT)
        self.raws = dict(light.values_list("pk", "content")) if keys else {}
        found = InboundMail.objects.filter(key__in=[mail.key for mail in self.mails.values()])
        times = Counter(found.values_list("key", flat=True)) if keys else Counter()
        self.shared_keys = {key for key, number in times.items() if number > 1}
        self.routes = Routes()
        self.mailboxes = {box.pk: box for box in Mailbox.objects.select_related("topic")}
        self.own_addresses = {box.address.lower() for box in self.mailboxes.values()}

    def mail(self, pk):
        """(a mail of the batch as it was taken, its bytes)."""
        raw = self.raws.get(pk)
        if raw is None:
            raw = InboundRaw.objects.values_list("content", flat=True).get(pk=pk)
        return self.mails[pk], bytes(raw)


def ingest_waiting(*, most=500):
    """Read what waits, the oldest first; number of mails settled. Several at once do not read the same one."""
    settled = taken = 0
    while taken < most and (batch := _take(min(BATCH, most - taken))):
        taken += len(batch)
        desk = Desk(batch)
        with one_nudge():
            settled += sum(_read(pk, desk) for pk in batch)
    return settled


def ingest(pk):
    """Read one mail; True when this call settled it."""
    return bool(_lease(_waiting().filter(pk=pk))) and _read(pk, Desk([pk]))


def _waiting():
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())
    return InboundMail.objects.filter(free, step=MailStep.WAITING)


@transaction.atomic
def _take(most):
    """Keys of the mails that wait, the oldest first: nobody else has them until the lease ends.

    One whose reading was broken off is taken alone: if it kills its readers, no other is put aside with it.
    """
    oldest = _waiting().select_for_update(skip_locked=True).order_by("received_at", "pk")
    found = list(oldest.values_list("pk", "attempts")[:most])
    keys = [pk for pk, _ in takewhile(lambda row: not row[1], found)] or [pk for pk, _ in found[:1]]
    _lease(InboundMail.objects.filter(pk__in=keys))
    return keys


def _lease(mails):
    return mails.update(attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE)


def _read(pk, desk):
    """Read a mail that was taken. One that cannot be read is put aside with its reason."""
    try:
        try:
            with in_one_piece():
                return _ingest(pk, desk)
        except IntegrityError:  # a reference or a key met its twin: with savepoints, another is found
            return _ingest(pk, Desk([pk]))
    except TooLarge as error:
        return _park(pk, str(error))
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease ends and another worker tries again
    except Refusal as refusal:
        return _park(pk, str(refusal))
    except Exception as error:
        logger.exception("inbound mail %s could not be read", pk)
        return _park(pk, f"Ce courriel n’a pas pu être lu ({type(error).__name__}).")


def _park(pk, reason):
    """Put aside: nothing of it was written, its bytes stay, a person is told."""
    return bool(
        InboundMail.objects.filter(pk=pk, step=MailStep.WAITING).update(
            step=MailStep.PARKED, reason=reason[:200], lease_until=None
        )
    )


@transaction.atomic
def _ingest(pk, desk):
    """Write what a mail is and what becomes of it; nothing is written when someone else did meanwhile."""
    mail, raw = desk.mail(pk)
    if mail.attempts > ATTEMPTS:
        return _park(pk, "Ce courriel a interrompu plusieurs fois son traitement.")
    parsed = parse(raw)
    mail.mailbox = desk.mailboxes[mail.mailbox_id]
    mail.kind = kind_of(parsed, own_addresses=desk.own_addresses, instance=settings.SITE_URL.split("//")[-1])
    mail.from_address, mail.from_name = parsed.from_address, parsed.from_name
    mail.subject, mail.html = parsed.subject[:200], parsed.html
    _SETTLE[mail.kind](mail, parsed, desk)
    mail.step, mail.lease_until = MailStep.DONE, None
    written = {name: getattr(mail, name) for name in _SETTLED_FIELDS}
    if InboundMail.objects.filter(pk=pk, step=MailStep.WAITING).update(**written):
        return True
    transaction.set_rollback(True)
    return False


def _settle_human(mail, parsed, desk):
    _refuse_nobody(parsed)
    if mail.is_truncated:
        mail.reason = "Trop volumineux : son auteur est invité à utiliser le formulaire."
        if _may_acknowledge(parsed.from_address):
            _answer_too_large(mail, parsed)
        return
    thread = find_thread(parsed)
    if thread.ticket is not None:
        if thread.ticket.may_reopen:
            _add(mail, parsed, thread.ticket)
        else:
            _follow_up(mail, parsed, thread.ticket, desk)
        return
    mail.suspected = thread.suspected
    _create(mail, parsed, desk, _first_copy(mail) if mail.key in desk.shared_keys else None)


def _refuse_nobody(parsed):
    try:
        validate_email(parsed.from_address)
    except ValidationError:
        raise Refusal("Ce courriel n’a pas d’expéditeur à qui répondre.") from None


def _create(mail, parsed, desk, first=None):
    """A new ticket, but for a copy of a mail whose first copy went to the same service."""
    box, text = mail.mailbox, _body(parsed)
    subject = (parsed.subject or NO_SUBJECT)[:150]
    quote_at = quote_start(text)
    language = language_of(f"{subject}\n{text[:quote_at]}")
    route = desk.routes.choose(
        public=box.public, topic=box.topic, text=f"{subject}\n{text}", mailbox=box, language=language
    )
    if first is not None and first.ticket.service_id == route.service.pk:
        mail.copy_of, mail.ticket = first, first.ticket
        return
    mail.ticket = tickets.receive_request(
        public=box.public,
        topic=box.topic,
        subject=subject,
        body=text,
        requester_name=(parsed.from_name or parsed.from_address)[:150],
        requester_email=parsed.from_address,
        channel=Channel.EMAIL,
        files=_files(parsed),
        route=route,
        language=language,
        reply_to=box.address,
        quote_at=quote_at,
        acknowledge=_may_acknowledge(parsed.from_address),
        at=mail.received_at,
        acting_user=None,
    )
    mail.message = mail.ticket.opening


def _first_copy(mail):
    """The same mail at another of our addresses, where it opened a ticket or joined one."""
    same = {"key": mail.key, "from_address": mail.from_address, "subject": mail.subject}
    found = InboundMail.objects.filter(**same, ticket__isnull=False).exclude(pk=mail.pk)
    return found.select_related("ticket").order_by("pk").first()


def _files(parsed):
    return [(piece.name, piece.content) for piece in parsed.pieces]


def _add(mail, parsed, ticket, *, quietly=False):
    text = _body(parsed)
    other = parsed.from_address if parsed.from_address.lower() != ticket.requester_email.lower() else ""
    message = tickets.requester_reply(
        ticket,
        body=text,
        files=_files(parsed),
        quote_at=quote_start(text),
        sender=other,
        quietly=quietly,
        at=mail.received_at,
    )
    mail.ticket, mail.message = message.ticket, message


def _follow_up(mail, parsed, former, desk):
    """The ticket is closed for too long: a new one, which names it. Another sender asks on their own account."""
    if parsed.from_address.lower() != former.requester_email.lower():
        mail.suspected = former
        _create(mail, parsed, desk)
        return
    text = _body(parsed)
    mail.ticket = tickets.follow_up_request(
        former,
        body=text,
        files=_files(parsed),
        quote_at=quote_start(text),
        channel=Channel.EMAIL,
        reply_to=mail.mailbox.address,
        acknowledge=_may_acknowledge(parsed.from_address),
        at=mail.received_at,
    )
    mail.message = mail.ticket.opening


def _body(parsed):
    text = parsed.text.strip() or NO_TEXT
    return f"{text}\n\n[Texte coupé : l’original est plus long.]" if parsed.is_cut else text


def _settle_auto_reply(mail, parsed, desk):
    """Attached quietly where our signature says it belongs; the ticket keeps its state, nobody is answered."""
    ticket = find_thread(parsed).ticket
    if ticket is not None:
        _add(mail, parsed, ticket, quietly=True)


def _settle_bounce(mail, parsed, desk):
    """Marks the mail that came back and tells the agent; never a ticket, never a reopening."""
    ticket, message_id = find_bounced(parsed)
    if ticket is None:
        return
    mail.ticket = ticket
    Mail.objects.filter(message_id=message_id, state__in=[MailState.SENT, MailState.UNKNOWN]).update(
        state=MailState.BOUNCED, error="bounce"
    )
    tickets.note_machine_mail(ticket, event=Event.BOUNCED, detail=MailKind(mail.kind).label, acting_user=None)


def _settle_apart(mail, parsed, desk):
    """Kept and shown among the mails left out; a person may make a request of it."""


_SETTLE = {
    MailKind.HUMAN: _settle_human,
    MailKind.AUTO_REPLY: _settle_auto_reply,
    MailKind.BOUNCE: _settle_bounce,
    MailKind.COMPLAINT: _settle_bounce,
    MailKind.BULK: _settle_apart,
    MailKind.OWN: _settle_apart,
}


def _may_acknowledge(address):
    """Whether an address may get one more acknowledgement: the rule that ends every loop between two robots."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_LAST_ASKED, [address.lower(), now - timedelta(days=1), Channel.EMAIL.value, ACKS_A_DAY])
        moments = [moment for (moment,) in cursor.fetchall()]
    return len(moments) < ACKS_A_DAY and not (moments and moments[0] > now - ACK_EVERY)


def _answer_too_large(mail, parsed):
    queue_mail(
        key=f"crc.mail_too_large:{mail.pk}",
        kind="crc/email/mail_too_large",
        to=parsed.from_address,
        context={"form_url": settings.SITE_URL + reverse("crc:ask")},
        headers={"In-Reply-To": parsed.message_id} if parsed.message_id.startswith("<") else {},
    )


@verb
def make_request(mail, *, acting_user):
    """A person makes a request of a mail that was left out, or put aside. Raises Refusal when it has a ticket."""
    mail = InboundMail.objects.select_for_update(of=("self",)).select_related("mailbox__topic", "raw").get(pk=mail.pk)
    if mail.ticket_id is not None or mail.is_truncated:
        raise Refusal("Ce courriel a déjà sa demande, ou n’a pas été gardé en entier.")
    try:
        parsed = parse(bytes(mail.raw.content))
    except TooLarge as error:
        raise Refusal(str(error)) from error
    _refuse_nobody(parsed)
    mail.kind, mail.step, mail.reason = MailKind.HUMAN, MailStep.DONE, ""
    mail.from_address, mail.from_name = parsed.from_address, parsed.from_name
    mail.subject, mail.html = parsed.subject[:200], parsed.html
    _create(mail, parsed, Desk())
    mail.save()
    return mail.ticket


@verb
def retry_mail(mail, *, acting_user):
    """Read again a mail that was put aside. Raises Refusal when it was not."""
    taken = InboundMail.objects.filter(pk=mail.pk, step=MailStep.PARKED).update(
        step=MailStep.WAITING, reason="", attempts=0, lease_until=None
    )
    if not taken:
        raise Refusal("Ce courriel n’est pas de côté.")
    transaction.on_commit(lambda: tasks.ingest_mails.apply_async(retry=False), robust=True)


@verb
def leave_out(mail, *, acting_user):
    """A person decides that a mail put aside asks for nothing."""
    taken = InboundMail.objects.filter(pk=mail.pk, step=MailStep.PARKED).update(
        step=MailStep.DONE, kind=MailKind.BULK, reason="Écarté après lecture."
    )
    if not taken:
        raise Refusal("Ce courriel n’est pas de côté.")


def parsed_or_empty(mail):
    """What can be read of a mail, for the person who decides on it."""
    try:
        return parse(bytes(mail.raw.content))
    except Exception:
        return Parsed()
