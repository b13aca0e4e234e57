"""Handing mails over, by any number of dispatchers at once.

A mail goes pending → claimed → sending → sent, each step committed before the next begins. A dispatcher that dies
leaves a lease behind: past it, a mail that was only claimed goes back (nothing left), a mail that was being handed over
is sent again with the same Message-ID, or, where it must never leave twice, becomes « sort inconnu » for a person.
"""

import logging
import os
import random
import smtplib
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from cned_portal.common.outbox.domain.wanted import still_wanted
from cned_portal.common.outbox.enums import Delivery, MailState
from cned_portal.common.outbox.models import Mail

logger = logging.getLogger(__name__)

BATCH = 100
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=2)
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=2)


@dataclass(frozen=True)
class Outcome:
    """What became of a hand-over. `in_doubt`: the other side may have taken the mail. `stop`: the way out is closed."""

    state: str
    error: str = ""
    in_doubt: bool = False
    stop: bool = False


def dispatch(*, seconds=240):
    """Send what is due until nothing is, the way out is closed, or the time is over; number of mails handed over."""
    recover()
    name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    until, sent = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        batch = claim(name)
        if not batch:
            break
        handed, go_on = _deliver(batch, name, until)
        sent += handed
        if not go_on:
            break
    return sent


def recover():
    """Take back what dead dispatchers left: number of mails set free, and number whose fate is not known."""
    now = timezone.now()
    late = Mail.objects.filter(lease_until__lt=now)
    free = {"state": MailState.PENDING, "claimed_by": "", "lease_until": None}
    freed = late.filter(state=MailState.CLAIMED).update(**free)
    freed += late.filter(state=MailState.SENDING, delivery=Delivery.AT_LEAST_ONCE).update(**free)
    unknown = late.filter(state=MailState.SENDING).update(
        state=MailState.UNKNOWN, lease_until=None, error="L’envoi a été interrompu pendant la remise."
    )
    if freed or unknown:
        logger.warning("mail leases recovered", extra={"freed": freed, "unknown": unknown})
    return freed, unknown


def claim(name):
    """Take at most a batch of due mails, the most urgent first; nobody else has them until the lease ends."""
    now = timezone.now()
    with transaction.atomic():
        batch = list(
            Mail.objects.select_for_update(skip_locked=True)
            .filter(state=MailState.PENDING, due_at__lte=now)
            .order_by("priority", "due_at")[:BATCH]
        )
        Mail.objects.filter(pk__in=[mail.pk for mail in batch]).update(
            state=MailState.CLAIMED, claimed_by=name, lease_until=now + LEASE
        )
    return batch


def _deliver(batch, name, until):
    unwanted = _cancel_unwanted(batch, name)
    backend = get_connection(settings.OUTBOX_DELIVERY_BACKEND)
    handed = 0
    try:
        for mail in batch:
            if mail.pk in unwanted:
                continue
            if time.monotonic() >= until:
                _release(name)
                return handed, False
            outcome = _hand_over(mail, name, backend)
            if outcome is None:  # cancelled meanwhile, or the lease ended and somebody else has it
                continue
            handed += outcome.state == MailState.SENT
            if outcome.stop:
                _release(name)
                return handed, False
    finally:
        with suppress(Exception):
            backend.close()
    return handed, True


def _cancel_unwanted(batch, name):
    unwanted = {mail.pk for mail in batch} - still_wanted(batch)
    if unwanted:
        Mail.objects.filter(pk__in=unwanted, state=MailState.CLAIMED, claimed_by=name).update(
            state=MailState.CANCELLED, lease_until=None, error="Le message n’avait plus lieu d’être."
        )
    return unwanted


def _release(name):
    Mail.objects.filter(state=MailState.CLAIMED, claimed_by=name).update(
        state=MailState.PENDING, claimed_by="", lease_until=None
    )


def _hand_over(mail, name, backend):
    try:
        _open(backend)
        message = build_message(mail, backend)
        message.message()  # a mail that cannot be written fails here, before anything leaves
    except Exception as error:
        outcome = _before_hand_over(error)
        _record(mail, name, MailState.CLAIMED, outcome)
        return outcome
    now = timezone.now()
    mine = Mail.objects.filter(pk=mail.pk, state=MailState.CLAIMED, claimed_by=name, lease_until__gt=now)
    if not mine.update(state=MailState.SENDING, lease_until=now + LEASE, attempts=mail.attempts + 1):
        return None
    try:
        backend.send_messages([message])
        outcome = Outcome(MailState.SENT)
    except Exception as error:
        outcome = _during_hand_over(error)
        with suppress(Exception):
            backend.close()
    status = getattr(message, "anymail_status", None)
    mail.provider_id = str(getattr(status, "message_id", "") or "")[:255]
    _record(mail, name, MailState.SENDING, outcome)
    return outcome


def _open(backend):
    """Open the way out, or open it again when the other side hung up between two mails."""
    smtp = getattr(backend, "connection", None)
    if isinstance(smtp, smtplib.SMTP):
        try:
            alive = smtp.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            alive = False
        if not alive:
            with suppress(Exception):
                smtp.close()
            backend.connection = None
    backend.open()


def build_message(mail, backend=None):
    """The mail as it leaves: text and HTML, its fixed Message-ID, and what keeps robots from answering it."""
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Cned-Instance": settings.SITE_URL.split("//")[-1],
        **mail.headers,
        "Message-ID": mail.message_id,
    }
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.from_email,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
        connection=backend,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _before_hand_over(error):
    if isinstance(error, OSError | smtplib.SMTPException):  # SMTPException derives from OSError; said for the reader
        return Outcome(MailState.PENDING, _told(error), stop=True)
    return Outcome(MailState.FAILED, _told(error))


def _during_hand_over(error):
    """Sort the failures: refused for good, refused for now, or broken off when the other side may have taken it."""
    from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused

    told = _told(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return Outcome(MailState.PENDING if any(400 <= code < 500 for code in codes) else MailState.BOUNCED, told)
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPAuthenticationError):
        return Outcome(MailState.PENDING, told, stop=True)  # a fault of our settings, not of this mail
    if isinstance(error, smtplib.SMTPResponseException):
        return Outcome(MailState.PENDING if 400 <= error.smtp_code < 500 else MailState.FAILED, told)
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome(MailState.BOUNCED, told)
    if isinstance(error, AnymailAPIError):
        code = getattr(error, "status_code", None)
        if code in {401, 403, 429}:
            return Outcome(MailState.PENDING, told, stop=True)
        if code is not None and 400 <= code < 500:
            return Outcome(MailState.FAILED, told)
        return Outcome(MailState.PENDING, told, in_doubt=True, stop=True)
    if isinstance(error, AnymailError):
        return Outcome(MailState.FAILED, told)
    if isinstance(error, OSError | smtplib.SMTPException):
        return Outcome(MailState.PENDING, told, in_doubt=True)
    return Outcome(MailState.FAILED, told, in_doubt=True)


def _told(error):
    """What is kept of a failure: its kind and code. Servers repeat addresses in their sentences."""
    code = getattr(error, "smtp_code", None) or getattr(error, "status_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = ", ".join(str(code) for code, _ in error.recipients.values())
    return f"{type(error).__name__} {code or ''}".strip()


def _record(mail, name, held_as, outcome):
    """Write what became of a mail, on condition that it is still ours; wait for the database while it is away."""
    now = timezone.now()
    fields = {"state": outcome.state, "error": outcome.error, "lease_until": None}
    if outcome.state == MailState.SENT:
        fields |= {"sent_at": now, "provider_id": mail.provider_id}
    if outcome.in_doubt and mail.delivery == Delivery.AT_MOST_ONCE:
        fields["state"] = MailState.UNKNOWN
    elif outcome.state == MailState.PENDING:
        give_up_at = mail.give_up_at or now + GIVE_UP_AFTER
        if now >= give_up_at:
            fields["state"] = MailState.FAILED
        else:
            delay = min(FIRST_DELAY * 2 ** min(mail.attempts, 12), LONGEST_DELAY)
            due_at = now + delay * random.uniform(0.5, 1)  # noqa: S311 - spreads the load, hides nothing
            fields |= {"give_up_at": give_up_at, "due_at": due_at, "claimed_by": ""}
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            written = Mail.objects.filter(pk=mail.pk, state=held_as, claimed_by=name).update(**fields)
            break
        except (OperationalError, InterfaceError):
            # The mail has left: forgetting it because the database restarts would send it again.
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.2)
    level = logging.INFO if fields["state"] == MailState.SENT else logging.WARNING
    logger.log(level, "mail %s", fields["state"], extra={"mail": mail.pk, "kind": mail.kind, "error": outcome.error})
    return written
