"""Erasing people in place: the rows stay with their dates, their subject and their delays; names and texts go.

This is the only place that lifts the append-only triggers, by their names, for the time of one verb. A row that is
being used is left for later rather than waited for.
"""

import secrets

import pgtrigger
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cned_portal.common.outbox.domain.follow_up import CANCELLABLE
from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.verbs import verb
from crc.domain.words import relearn
from crc.enums import Event, State
from crc.models import (
    Acknowledgement,
    AnswerDraft,
    Attachment,
    Complaint,
    InboundMail,
    InboundRaw,
    LegalClock,
    Message,
    Ticket,
    TicketWords,
)

NAME = "Personne anonymisée"
SUBJECT = "Demande anonymisée"
BODY = "[texte effacé]"
LIFTED = (
    "crc.Message:append_only",
    "crc.LogEntry:append_only",
    "crc.RoutingDecision:append_only",
    "crc.TicketEvent:append_only",
    "crc.Acknowledgement:append_only",
    "crc.ComplaintEvent:append_only",
    "crc.LegalClockEvent:append_only",
)
_KEY_SALT = "crc.mail.key"


def erased_key(key):
    """What an erased mail keeps of its key: enough to know it again, nothing to read."""
    return f"erased:{salted_hmac(_KEY_SALT, key, algorithm='sha256').hexdigest()}"


def nobody_address():
    """A new address that belongs to nobody and is made from nothing of the person."""
    return f"anonyme-{secrets.token_hex(8)}@anonyme.invalid"


@verb
def anonymise_ticket(pk, *, acting_user, closed_before=None):
    """Erase the person of a closed ticket; True when this call did it.

    False when the ticket is not closed (since before `closed_before`), is already anonymised, is held by someone, or
    has a mail that is leaving at this moment.
    """
    due = Ticket.objects.filter(pk=pk, state=State.CLOSED, anonymised_at=None)
    if closed_before is not None:
        due = due.filter(closed_at__lt=closed_before)
    ticket = due.select_for_update(skip_locked=True, of=("self",)).first()
    if ticket is None or not _erase_sent(sent_about(ticket)):
        return False
    requester = ticket.requester_id
    ticket.requester = None
    ticket.requester_name, ticket.requester_email, ticket.requester_phone = NAME, nobody_address(), ""
    ticket.subject = SUBJECT
    ticket.anonymised_at = timezone.now()
    ticket.tracking_generation += 1  # no link nor mail of the person finds it any more
    ticket.version += 1
    fields = ["requester", "requester_name", "requester_email", "requester_phone", "subject"]
    ticket.save(update_fields=[*fields, "anonymised_at", "tracking_generation", "version"])
    with pgtrigger.ignore(*LIFTED):
        _erase_messages(ticket.messages.all())
        ticket.log.exclude(detail="").exclude(event=Event.ROUTED).update(detail="")
        ticket.routing_decisions.exclude(reason="").update(reason="")
        _erase_history(ticket, requester)
        _erase_law(ticket)
    AnswerDraft.objects.filter(ticket=ticket).delete()
    TicketWords.objects.filter(ticket=ticket).delete()
    erase_mails(InboundMail.objects.filter(ticket=ticket))
    return True


@verb
def erase_written_by(messages, *, acting_user):
    """Erase messages that a person wrote on somebody else's ticket; number of messages."""
    keys = list(messages.values_list("pk", flat=True))
    with pgtrigger.ignore("crc.Message:append_only"):
        _erase_messages(Message.objects.filter(pk__in=keys))
    for ticket in Ticket.objects.filter(messages__in=keys).distinct():
        relearn(ticket)
    return len(keys)


def _erase_messages(messages):
    """Texts, senders and files. Files go first: a worker killed here leaves rows, by which they are found again."""
    joined = Attachment.objects.filter(message__in=messages)
    for attachment in joined.exclude(file=""):
        attachment.file.storage.delete(attachment.file.name)
    joined.delete()
    messages.update(body=BODY, quote_at=None, sender="")


def _erase_history(ticket, requester):
    """What the history kept of the person, on every line; who acted stays, unless it was the person."""
    events = Ticket.pgh_event_model.objects.filter(pgh_obj_id=ticket.pk)
    events.update(
        requester=None,
        requester_name=ticket.requester_name,
        requester_email=ticket.requester_email,
        requester_phone="",
        subject=SUBJECT,
    )
    if requester is not None:
        own = events.alias(actor=KeyTextTransform("user", "pgh_context")).filter(actor=str(requester))
        for event in own:
            context = {name: value for name, value in event.pgh_context.items() if name != "user"}
            events.filter(pk=event.pk).update(pgh_context=context)


def _erase_law(ticket):
    """Texts of the acknowledgement, of the complaint and of the pieces asked for; causes, outcomes and dates stay."""
    Acknowledgement.objects.filter(ticket=ticket).update(text=BODY)
    complaint = {"findings": BODY, "corrective_action": ""}
    Complaint.objects.filter(ticket=ticket).update(**complaint)
    Complaint.pgh_event_model.objects.filter(ticket=ticket.pk).update(**complaint)
    for model in (LegalClock, LegalClock.pgh_event_model):
        model.objects.filter(ticket=ticket.pk).exclude(pieces="").update(pieces=BODY)


def sent_about(ticket):
    """Mails that left about a ticket: their Message-ID begins with its reference."""
    return Mail.objects.filter(message_id__startswith=f"<{ticket.reference}.")


def _erase_sent(mails):
    """Empty copies of sent mails; False, and nothing written, when one is leaving."""
    rows = list(mails.filter(purged_at=None).select_for_update().values_list("pk", "state"))
    if any(state == MailState.SENDING for _, state in rows):
        return False
    erase_sent([pk for pk, _ in rows])
    return True


def erase_sent(keys):
    """Empty the copies of these mails and cancel those that have not left; number of mails."""
    mails = Mail.objects.filter(pk__in=keys, purged_at=None).exclude(state=MailState.SENDING)
    mails.filter(state__in=CANCELLABLE).update(state=MailState.CANCELLED, claimed_by="", lease_until=None)
    return mails.update(
        to=nobody_address(), text="", html="", headers={}, error="", provider_id="", purged_at=timezone.now()
    )


def erase_mails(mails):
    """Empty received mails and their originals; number of mails. The row stays, to know the same mail again."""
    rows = list(mails.filter(erased_at=None).select_for_update(of=("self",)).only("pk", "key", "sha256"))
    now = timezone.now()
    for mail in rows:
        InboundMail.objects.filter(pk=mail.pk).update(
            key=erased_key(mail.key),
            sha256=salted_hmac(_KEY_SALT, mail.sha256, algorithm="sha256").hexdigest(),
            from_address="",
            from_name="",
            subject="",
            html="",
            erased_at=now,
        )
    keys = [mail.pk for mail in rows]
    erase_raws(keys)
    return len(keys)


def erase_raws(keys):
    """Empty the originals of these mails; number of mails."""
    InboundRaw.objects.filter(pk__in=keys).update(content=b"")
    return InboundMail.objects.filter(pk__in=keys, raw_erased_at=None).update(raw_erased_at=timezone.now())
