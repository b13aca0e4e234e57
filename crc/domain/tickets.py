"""Verbs on tickets: the only functions that create them or change their state.

Each takes `at`, the instant of the fact when it is recorded afterwards (a letter, a phone call); now by default.
"""

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.outbox.enums import Priority as MailPriority
from cned_portal.common.verbs import verb
from crc.domain.access import can_answer_ticket
from crc.domain.attachments import join_files
from crc.domain.deadlines import minutes_spent, promised_at, silence_date
from crc.domain.mail.quoting import MARK
from crc.domain.mail.threads import answer_address, signed_message_id
from crc.domain.refusals import MoveRefused, Refusal, StaleTicket
from crc.domain.routing import choose_route
from crc.domain.tracking import tracking_url
from crc.enums import ALLOWED_MOVES, Channel, Direction, Event, State, Visibility
from crc.models import LogEntry, Message, RoutingDecision, Ticket
from crc.validators import REFERENCE_ALPHABET

REFERENCE_LENGTH = 8
REFERENCE_ATTEMPTS = 5


@verb
def receive_request(
    *,
    public,
    topic,
    subject,
    body,
    requester_name,
    requester_email,
    acting_user,
    requester=None,
    requester_phone="",
    training=None,
    kind=None,
    channel=Channel.FORM,
    submission_key=None,
    files=(),
    route=None,
    quote_at=None,
    follows=None,
    acknowledge=True,
    at=None,
):
    """Write the request, route it, promise a date and queue the acknowledgement: all of it or nothing.

    `submission_key` is a UUID of the form: sent twice, it gives the same ticket and one mail. The acknowledgement
    holds what articles R112-5 and R112-11-1 of the CRPA ask for an information request. `route` is given by who has
    chosen it already; `files` are pairs (name, bytes); without `acknowledge` the log says that the mail was held back.
    """
    if submission_key is not None:
        known = Ticket.objects.filter(submission_key=submission_key).first()
        if known is not None:
            return known
    at = at or timezone.now()
    route = route or choose_route(public=public, topic=topic, training=training, text=f"{subject}\n{body}")
    first_due_at = promised_at(route.service, topic.first_answer_minutes, since=at)
    ticket = Ticket(
        channel=channel,
        kind=kind or topic.kind,
        public=public,
        topic=topic,
        service=route.service,
        training=training,
        requester=requester,
        requester_name=requester_name,
        requester_email=requester_email.strip(),
        requester_phone=requester_phone,
        subject=subject,
        received_at=at,
        due_at=first_due_at,
        first_due_at=first_due_at,
        resolution_due_at=promised_at(route.service, topic.resolution_minutes, since=at),
        calendar_version=route.service.calendar.version,
        last_message_at=at,
        message_count=1,
        submission_key=submission_key,
        follows=follows,
    )
    if not _insert(ticket):
        return Ticket.objects.get(submission_key=submission_key)
    message = _write(ticket, Direction.IN, body, author=None, at=at, quote_at=quote_at)
    join_files(message, files)
    RoutingDecision.objects.create(ticket=ticket, rule=route.rule, service=route.service, at=at)
    _log(ticket, Event.RECEIVED, actor=acting_user, at=at, old_state="")
    _log(ticket, Event.ROUTED, actor=None, at=at, detail=route.service.name)
    if acknowledge:
        silence = silence_date(ticket.received_at)
        _mail_requester(ticket, "request_received", ticket.pk, priority=MailPriority.HIGH, silence_date=silence)
    else:
        _log(ticket, Event.ACK_HELD, actor=None, at=at, detail="Trop d’envois vers cette adresse")
    return ticket


def _insert(ticket):
    """Insert under a new reference; False when a twin with the same submission key came first."""
    for _ in range(REFERENCE_ATTEMPTS):
        ticket.reference = new_reference(ticket.received_at)
        try:
            with transaction.atomic():
                ticket.save(force_insert=True)
        except IntegrityError:
            if ticket.submission_key and Ticket.objects.filter(submission_key=ticket.submission_key).exists():
                return False
            if not Ticket.objects.filter(reference=ticket.reference).exists():
                raise
        else:
            return True
    raise RuntimeError("no free reference")


def new_reference(at):
    """Year and eight random characters: short enough to spell on the phone, with no sequence to guess from."""
    code = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
    return f"{timezone.localtime(at).year}-{code}"


@verb
def answer_ticket(ticket, *, body, version, acting_user, last_seen=None, then=State.ANSWERED, files=(), at=None):
    """Send an answer to the requester and move the ticket to `then`: answered, waiting for them, or closed.

    `files`, pairs (name, bytes), are read from the tracking page: the mail does not carry them.

    `version` is the ticket's as the agent read it, `last_seen` the key of the last message shown. Raises StaleTicket
    when something came in between, MoveRefused when the ticket is closed or `then` is not such a state.
    """
    ticket = _locked(ticket)
    if ticket.version != version:
        newer = ticket.messages.filter(pk__gt=last_seen).count() if last_seen is not None else 0
        raise StaleTicket(newer)
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est close : rouvrez-la avant de répondre.")
    if then not in {State.ANSWERED, State.WAITING, State.CLOSED}:
        raise MoveRefused("Une réponse laisse la demande répondue, en attente du demandeur ou close.")
    at = at or timezone.now()
    message = _write(ticket, Direction.OUT, body, author=acting_user, at=at)
    join_files(message, files)
    if ticket.first_answer_at is None:
        ticket.first_answer_at = at
        ticket.first_answer_minutes = minutes_spent(ticket.service, ticket.received_at, at)
    if ticket.assignee_id is None:
        ticket.assignee = acting_user
    ticket.has_unread = False
    _count_message(ticket, at)
    old_state = _move(ticket, then, at=at)
    _save(ticket)
    _log(ticket, Event.ANSWERED, actor=acting_user, at=at, old_state=old_state)
    if then == State.CLOSED:
        _log(ticket, Event.CLOSED, actor=acting_user, at=at, old_state=old_state)
    _mail_requester(ticket, "ticket_answered", message.pk, message=message)
    return message


@verb
def add_note(ticket, *, body, acting_user, at=None):
    """Write an internal note. No requester ever sees it, whatever the ticket becomes."""
    ticket = _locked(ticket)
    at = at or timezone.now()
    message = _write(ticket, Direction.NOTE, body, author=acting_user, at=at)
    ticket.has_unread = False
    _save(ticket)
    _log(ticket, Event.NOTED, actor=acting_user, at=at)
    return message


@verb
def assign_ticket(ticket, *, assignee, acting_user, at=None):
    """Give the ticket to a person of its service, or to nobody (None). A new ticket becomes « en cours ».

    Who takes it has read it; who receives it from a colleague has not.
    """
    ticket = _locked(ticket)
    at = at or timezone.now()
    if assignee is not None and not can_answer_ticket(assignee, ticket):
        raise Refusal("Cette personne ne travaille pas dans le service de la demande.")
    if (assignee.pk if assignee else None) == ticket.assignee_id:
        return ticket
    ticket.assignee = assignee
    if assignee is not None and assignee == acting_user:
        ticket.has_unread = False
    old_state = ticket.state
    if assignee is not None and ticket.state == State.NEW:
        _move(ticket, State.OPEN, at=at)
    _save(ticket)
    _log(
        ticket,
        Event.ASSIGNED,
        actor=acting_user,
        at=at,
        old_state=old_state,
        detail=assignee.get_full_name() if assignee else "Personne",
    )
    return ticket


@verb
def reroute_ticket(ticket, *, service, reason, acting_user, at=None):
    """Send the ticket to another service and keep why. The promised dates stay: the requester has not changed doors."""
    ticket = _locked(ticket)
    at = at or timezone.now()
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est close : rouvrez-la avant de la transmettre.")
    if service.pk == ticket.service_id:
        raise Refusal("La demande est déjà dans ce service.")
    if not service.is_active:
        raise Refusal("Ce service n’est plus actif.")
    RoutingDecision.objects.create(
        ticket=ticket,
        decided_by=acting_user,
        service=service,
        previous_service=ticket.service,
        reason=reason,
        at=at,
    )
    ticket.service = service
    ticket.calendar_version = service.calendar.version
    if ticket.assignee is not None and not can_answer_ticket(ticket.assignee, ticket):
        ticket.assignee = None
    ticket.has_unread = True
    _save(ticket)
    _log(ticket, Event.ROUTED, actor=acting_user, at=at, detail=service.name)
    return ticket


@verb
def close_ticket(ticket, *, acting_user, reason="", at=None):
    """Close, and tell the requester. A ticket never answered needs a reason, kept in its log."""
    ticket = _locked(ticket)
    at = at or timezone.now()
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est déjà close.")
    if ticket.first_answer_at is None and not reason:
        raise Refusal("Aucune réponse n’a été envoyée : indiquez pourquoi la demande est close.")
    ticket.has_unread = False
    old_state = _move(ticket, State.CLOSED, at=at)
    _save(ticket)
    event = _log(ticket, Event.CLOSED, actor=acting_user, at=at, old_state=old_state, detail=reason)
    _mail_requester(ticket, "ticket_closed", event.pk)
    return ticket


@verb
def reopen_ticket(ticket, *, acting_user, reason="", at=None):
    """Reopen a closed ticket, with a new promised date."""
    ticket = _locked(ticket)
    at = at or timezone.now()
    if ticket.state != State.CLOSED:
        raise MoveRefused("Cette demande n’est pas close.")
    old_state = _reopen(ticket, at=at)
    _save(ticket)
    _log(ticket, Event.REOPENED, actor=acting_user, at=at, old_state=old_state, detail=reason)
    return ticket


@verb
def requester_reply(
    ticket,
    *,
    body,
    acting_user=None,
    submission_key=None,
    files=(),
    quote_at=None,
    sender="",
    quietly=False,
    at=None,
):
    """A message from the requester: the ticket is to answer again, by a new promised date; a closed one reopens.

    While an answer is already owed, its promised date stays. Sent twice with one `submission_key`, it is kept once.
    `files` are pairs (name, bytes), `sender` the address when it is not the requester's. What a machine wrote comes
    in `quietly`: the state and the dates stay.
    """
    ticket = _locked(ticket)
    if submission_key is not None:
        known = ticket.messages.filter(submission_key=submission_key).first()
        if known is not None:
            return known
    at = at or timezone.now()
    message = _write(
        ticket,
        Direction.IN,
        body,
        author=None,
        at=at,
        submission_key=submission_key,
        quote_at=quote_at,
        sender=sender,
    )
    join_files(message, files)
    ticket.has_unread = True
    _count_message(ticket, at)
    if quietly:
        _save(ticket)
        _log(ticket, Event.AUTO_REPLIED, actor=None, at=at)
        return message
    was_closed = ticket.state == State.CLOSED
    old_state = ticket.state if ticket.is_to_answer else _reopen(ticket, at=at)
    _save(ticket)
    _log(ticket, Event.REPLIED, actor=None, at=at, old_state=old_state)
    if was_closed:
        _log(ticket, Event.REOPENED, actor=None, at=at, old_state=old_state)
    return message


@verb
def follow_up_request(ticket, *, body, acting_user=None, **asked):
    """A new request that follows one closed for too long to be reopened: same person, same subject, its own promise.

    `asked` goes to `receive_request` as it is.
    """
    return receive_request(
        public=ticket.public,
        topic=ticket.topic,
        kind=ticket.kind,
        training=ticket.training,
        subject=ticket.subject,
        body=body,
        requester=ticket.requester,
        requester_name=ticket.requester_name,
        requester_email=ticket.requester_email,
        requester_phone=ticket.requester_phone,
        follows=ticket,
        acting_user=acting_user,
        **asked,
    )


@verb
def note_machine_mail(ticket, *, event, detail, acting_user, at=None):
    """Tell the agents that a mail about the ticket came back or was reported; its state does not change."""
    ticket = _locked(ticket)
    ticket.has_unread = True
    _save(ticket)
    _log(ticket, event, actor=None, at=at or timezone.now(), detail=detail)


@verb
def mark_ticket_read(ticket, *, acting_user):
    """Say that the last message was read; whoever answers or writes a note says so too."""
    Ticket.objects.filter(pk=ticket.pk, has_unread=True).update(has_unread=False)


@verb
def revoke_tracking_links(ticket, *, acting_user, at=None):
    """End every tracking link sent so far; the next mail brings a new one."""
    ticket = _locked(ticket)
    ticket.tracking_generation += 1
    _save(ticket)
    _log(ticket, Event.LINK_REVOKED, actor=acting_user, at=at or timezone.now())
    return ticket


def _locked(ticket):
    """The row as it is now, held until the end of the transaction: two agents at once act one after the other."""
    row = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("service__calendar", "topic", "assignee", "training")
        .get(pk=ticket.pk)
    )
    if row.anonymised_at:
        raise MoveRefused("Cette demande est anonymisée : elle ne change plus.")
    return row


def _move(ticket, state, *, at):
    """Change the state where the table of moves allows it, with the dates it implies; returns the old state."""
    old_state = ticket.state
    if state == old_state:
        return old_state
    if state not in ALLOWED_MOVES[old_state]:
        raise MoveRefused(f"Une demande « {State(old_state).label} » ne peut pas devenir « {State(state).label} ».")
    ticket.state = state
    if state == State.CLOSED:
        ticket.closed_at = at
        ticket.resolution_minutes = minutes_spent(ticket.service, ticket.received_at, at)
    elif old_state == State.CLOSED:
        ticket.closed_at = None
        ticket.resolution_minutes = None
        ticket.reopen_count += 1
    return old_state


def _reopen(ticket, *, at):
    old_state = _move(ticket, State.OPEN, at=at)
    ticket.due_at = promised_at(ticket.service, ticket.topic.first_answer_minutes, since=at)
    ticket.calendar_version = ticket.service.calendar.version
    return old_state


def _count_message(ticket, at):
    ticket.message_count += 1
    ticket.last_message_at = max(at, ticket.last_message_at)


def _save(ticket):
    """Every decision is a new version: an answer written before it is sent back to its author."""
    ticket.version += 1
    ticket.save(
        update_fields=[
            "service",
            "state",
            "assignee",
            "due_at",
            "first_answer_at",
            "first_answer_minutes",
            "closed_at",
            "resolution_minutes",
            "calendar_version",
            "last_message_at",
            "message_count",
            "has_unread",
            "reopen_count",
            "version",
            "tracking_generation",
        ]
    )


def _write(ticket, direction, body, *, author, at, submission_key=None, quote_at=None, sender=""):
    return Message.objects.create(
        ticket=ticket,
        author=author,
        direction=direction,
        visibility=Visibility.INTERNAL if direction == Direction.NOTE else Visibility.PUBLIC,
        body=body,
        created_at=at,
        submission_key=submission_key,
        quote_at=quote_at,
        sender=sender,
    )


def _log(ticket, event, *, actor, at, old_state=None, detail=""):
    """One line of the log. The actor is a member of staff: what a requester does has none."""
    return LogEntry.objects.create(
        ticket=ticket,
        event=event,
        actor=actor if actor is not None and actor.is_staff else None,
        old_state=ticket.state if old_state is None else old_state,
        new_state=ticket.state,
        detail=detail,
        at=at,
    )


def _mail_requester(ticket, template, fact, *, priority=MailPriority.NORMAL, **context):
    reply_to = answer_address(ticket)
    queue_mail(
        key=f"crc.{template}:{fact}",
        kind=f"crc/email/{template}",
        to=ticket.requester_email,
        context={
            "ticket": ticket,
            "service": ticket.service,
            "tracking_url": tracking_url(ticket),
            "answer_mark": MARK if reply_to else "",
            **context,
        },
        priority=priority,
        reply_to=reply_to,
        message_id=signed_message_id(ticket),
    )
