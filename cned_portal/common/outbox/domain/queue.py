"""Writing mail: the row is the decision to send."""

from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import make_msgid

from django.conf import settings
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from cned_portal.common.outbox.enums import Delivery, Priority
from cned_portal.common.outbox.models import Mail
from cned_portal.common.outbox.tasks import dispatch_due_mail
from cned_portal.common.verbs import is_in_one_piece, piece

_held: ContextVar[list | None] = ContextVar("held_nudges", default=None)


def queue_mail(
    *,
    key,
    kind,
    to,
    context,
    delivery=Delivery.AT_LEAST_ONCE,
    priority=Priority.NORMAL,
    due_at=None,
    reply_to="",
    headers=None,
    message_id="",
):
    """Write the mail that announces a fact, in the transaction of that fact; None when `key` was already announced.

    `kind` is the path of its templates without suffix, such as `crc/email/ticket_answered`: `<kind>_subject.txt`,
    `<kind>.txt` and `<kind>.html`. The subject must hold no personal data. `key` is stable for the fact, such as
    `crc.ticket_answered:42`. A worker sends it after the commit.
    `message_id` is one of the caller's, by which answers are recognised.
    """
    mail = _written(
        key=key,
        kind=kind,
        to=to,
        context=context,
        delivery=delivery,
        priority=priority,
        due_at=due_at,
        reply_to=reply_to,
        headers=headers,
        message_id=message_id,
    )
    try:
        with piece():
            mail.save(force_insert=True)
    except IntegrityError:
        if is_in_one_piece():
            raise
        if Mail.objects.filter(key=key).exists():
            return None
        raise
    if priority == Priority.HIGH:
        nudge()
    return mail


def queue_mails(mails):
    """Write many mails at once, each a dictionary of the arguments of `queue_mail`; a known key is passed over.

    Mails that share one context are drawn once: give them the same dictionary.
    """
    mails, drawn = list(mails), {}
    for mail in mails:
        same = (mail["kind"], id(mail["context"]))
        drawn[same] = drawn.get(same) or _drawn(mail["kind"], mail["context"])
    rows = [_written(**mail, drawn=drawn[mail["kind"], id(mail["context"])]) for mail in mails]
    Mail.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)


def _drawn(kind, context):
    """Subject, text and HTML of a mail."""
    context = {**context, "site_url": settings.SITE_URL}
    return {
        "subject": " ".join(render_to_string(f"{kind}_subject.txt", context).split()),
        "text": render_to_string(f"{kind}.txt", context),
        "html": render_to_string(f"{kind}.html", context),
    }


def _written(
    *,
    key,
    kind,
    to,
    context,
    delivery=Delivery.AT_LEAST_ONCE,
    priority=Priority.NORMAL,
    due_at=None,
    reply_to="",
    headers=None,
    message_id="",
    drawn=None,
):
    validate_email(to)
    if any(
        char in str(value)
        for value in [reply_to, message_id, *(headers or {}), *(headers or {}).values()]
        for char in "\r\n"
    ):
        raise ValueError("a header is one line")
    return Mail(
        key=key,
        kind=kind,
        to=to,
        from_email=settings.DEFAULT_FROM_EMAIL,
        reply_to=reply_to,
        **(drawn or _drawn(kind, context)),
        headers=headers or {},
        message_id=message_id or make_msgid(domain=settings.SITE_URL.split("//")[-1].split(":")[0]),
        priority=priority,
        delivery=delivery,
        **({"due_at": due_at} if due_at else {}),
    )


def nudge():
    """Wake a dispatcher after the commit instead of at the next beat; losing it only costs ten seconds."""
    transaction.on_commit(_wake, robust=True)


def _wake():
    held = _held.get()
    if held is None:
        dispatch_due_mail.apply_async(retry=False)
    else:
        held.append(True)


@contextmanager
def one_nudge():
    """Wake a dispatcher once, at the end of the block, for all the mails committed in it."""
    held: list[bool] = []
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
        if held:
            nudge()
