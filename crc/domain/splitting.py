"""Splitting a ticket that asks for two things, and undoing it. Messages are copied with their origin, never moved."""

from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.merged import hold_with_target
from crc.domain.merging import CHANGED
from crc.domain.refusals import MoveRefused, Refusal
from crc.domain.tickets import (
    close_ticket,
    count_message,
    locked_ticket,
    log_event,
    receive_request,
    reopen_now,
    save_ticket,
    write_message,
)
from crc.enums import Decision, Direction, Event
from crc.models import MessageOrigin, TicketSplit


@verb
def split_ticket(ticket, *, messages, topic, subject, version, acting_user, at=None):
    """Make a new ticket of the same requester from `messages`, keys of what they wrote on this one.

    It has its own topic, service and promised date, and the acknowledgement that the law asks for.
    """
    at = at or timezone.now()
    ticket = locked_ticket(ticket)
    if ticket.version != version:  # also what stops a second click
        raise Refusal(CHANGED)
    if ticket.merged_into_id is not None:
        raise MoveRefused("Cette demande est regroupée avec une autre : annulez d’abord le regroupement.")
    chosen = list(ticket.messages.filter(pk__in=messages, direction=Direction.IN).order_by("created_at", "pk"))
    if not chosen or len(chosen) != len(set(messages)):
        raise Refusal("Choisissez des messages reçus du demandeur sur cette demande.")
    first, *others = chosen
    new = receive_request(
        public=ticket.public,
        topic=topic,
        subject=subject,
        body=first.body,
        requester_name=ticket.requester_name,
        requester_email=ticket.requester_email,
        requester=ticket.requester,
        requester_phone=ticket.requester_phone,
        training=ticket.training,
        channel=ticket.channel,
        acting_user=acting_user,
        at=at,
    )
    copies = [new.messages.get()]
    for message in others:
        copies.append(write_message(new, Direction.IN, message.body, author=None, at=at))
        count_message(new, at)
    save_ticket(new)
    MessageOrigin.objects.bulk_create(
        MessageOrigin(message=copy, original=original) for copy, original in zip(copies, chosen, strict=True)
    )
    TicketSplit.objects.create(ticket=new, source=ticket, split_by=acting_user, split_at=at)
    save_ticket(ticket)
    log_event(ticket, Event.SPLIT, actor=acting_user, at=at, detail=f"Nouvelle demande {new.reference}")
    log_event(new, Event.SPLIT, actor=acting_user, at=at, detail=f"Depuis la demande {ticket.reference}")
    return new


@verb
def undo_split(new, *, acting_user, at=None):
    """Close the ticket that a split made: what it asks is owed again where it was first asked.

    The other one reopens when it owed nothing any more and the new one was never answered.
    """
    at = at or timezone.now()
    split = TicketSplit.objects.select_related("source").filter(ticket=new, undone_at__isnull=True).first()
    if split is None:
        raise MoveRefused("Cette demande ne vient pas d’une scission, ou celle-ci est déjà annulée.")
    source, target = hold_with_target(split.source)
    holder = target or source
    new = close_ticket(new, reason="Scission annulée", decision=Decision.MOOT, acting_user=acting_user, at=at)
    TicketSplit.objects.filter(pk=split.pk).update(undone_at=at)
    old_state = holder.state
    if new.first_answer_at is None and not holder.is_to_answer:
        reopen_now(holder, at=at)
    holder.has_unread = True
    save_ticket(holder)
    log_event(holder, Event.SPLIT_UNDONE, actor=acting_user, at=at, old_state=old_state, detail=new.reference)
    log_event(new, Event.SPLIT_UNDONE, actor=acting_user, at=at, detail=holder.reference)
    return new
