"""Verbs on tickets: the only functions that create them or change their state.

Each takes `at`, the instant of the fact when it is recorded afterwards (a letter, a phone call); now by default.
"""

import secrets

from django.db import IntegrityError
from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.outbox.enums import Priority as MailPriority
from cned_portal.common.verbs import is_in_one_piece, piece, verb
from crc.domain.access import can_answer_ticket
from crc.domain.attachments import join_files
from crc.domain.clocks import end_clocks, end_on_closing, open_clock, open_clocks, refuse_decision, usual_meaning
from crc.domain.deadlines import minutes_spent, promised_at
from crc.domain.languages import language_of
from crc.domain.mail.quoting import MARK
from crc.domain.mail.threads import answer_address, signed_message_id
from crc.domain.merged import hold_for_reply, hold_with_sources
from crc.domain.refusals import MoveRefused, Refusal, StaleTicket
from crc.domain.routing import choose_route
from crc.domain.tracking import tracking_url
from crc.domain.words import learn_words
from crc.enums import (
    ALLOWED_MOVES,
    REFUSALS,
    TO_ANSWER,
    AnswerMeaning,
    Channel,
    Decision,
    Direction,
    Event,
    Kind,
    SilenceEffect,
    State,
    Visibility,
)
from crc.models import Acknowledgement, AnswerDraft, Complaint, LogEntry, Message, RoutingDecision, Ticket
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
    reply_to="",
    quote_at=None,
    follows=None,
    acknowledge=True,
    language=None,
    known_as="",
    at=None,
):
    """Write the request, route it, promise a date and queue the acknowledgement: all of it or nothing.

    `submission_key` is a UUID of the form: sent twice, it gives the same ticket and one mail. The acknowledgement
    holds what articles R112-5 and R112-11-1 of the CRPA ask for an information request. `route` is given by who has
    chosen it already, `reply_to` is the mailbox where they wrote; `files` are pairs (name, bytes); without
    `acknowledge` the log says that the mail was held back. `language` is that of the person's own words, where the text
    holds others; `known_as` tells the agents, in the log, whom the portal knows behind what was declared. The ticket
    comes with its message as `opening`.
    """
    if submission_key is not None:
        known = Ticket.objects.filter(submission_key=submission_key).first()
        if known is not None:
            return known
    at = at or timezone.now()
    if language is None:
        language = language_of(f"{subject}\n{body[:quote_at]}")
    route = route or choose_route(
        public=public, topic=topic, training=training, text=f"{subject}\n{body}", language=language
    )
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
        language=language,
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
    found_by = (subject, requester_name)
    ticket.opening = write_message(ticket, Direction.IN, body, author=None, at=at, quote_at=quote_at, found_by=found_by)
    join_files(ticket.opening, files)
    RoutingDecision.objects.create(ticket=ticket, rule=route.rule, service=route.service, at=at)
    log = [
        log_line(ticket, Event.RECEIVED, actor=acting_user, at=at, old_state="", detail=known_as[:300]),
        log_line(ticket, Event.ROUTED, actor=None, at=at, detail=route.service.name),
    ]
    if not acknowledge:
        log.append(log_line(ticket, Event.ACK_HELD, actor=None, at=at, detail="Trop d’envois vers cette adresse"))
    LogEntry.objects.bulk_create(log)
    clock = open_clock(ticket)
    if acknowledge:
        _acknowledge(ticket, clock, reply_to)
    return ticket


def _acknowledge(ticket, clock, reply_to):
    """Queue the acknowledgement, and keep it as it is sent."""
    effect = clock.effect if clock else SilenceEffect.NONE
    silence_on = clock.silence_on if clock else None
    mail = mail_requester(
        ticket,
        "request_received",
        ticket.pk,
        priority=MailPriority.HIGH,
        reply_to=reply_to,
        silence_date=silence_on,
        silence_effect=effect,
    )
    if mail is not None:
        Acknowledgement.objects.create(
            ticket=ticket, mail_key=mail.key, text=mail.text, silence_effect=effect, silence_on=silence_on
        )


def _insert(ticket):
    """Insert under a new reference; False when a twin with the same submission key came first."""
    for _ in range(REFERENCE_ATTEMPTS):
        ticket.reference = new_reference(ticket.received_at)
        try:
            with piece():
                ticket.save(force_insert=True)
        except IntegrityError:
            if is_in_one_piece():
                raise
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
def answer_ticket(
    ticket,
    *,
    body,
    version,
    acting_user,
    last_seen=None,
    then=State.ANSWERED,
    meaning=None,
    files=(),
    at=None,
):
    """Send an answer to the requester and move the ticket to `then`: answered, waiting for them, or closed.

    `meaning` (AnswerMeaning) is what the answer is for the law, the usual one when it is not given: a decision ends the
    legal clock, and what is refused leaves with the remedies and the mediator.
    `files`, pairs (name, bytes), are read from the tracking page: the mail does not carry them.

    `version` is the ticket's as the agent read it, `last_seen` the key of the last message shown. Raises StaleTicket
    when something came in between, MoveRefused when the ticket is closed or `then` is not such a state, Refusal when
    the answer cannot decide, or closes a ticket whose clock it leaves running.
    """
    ticket = locked_ticket(ticket)
    if ticket.version != version:
        newer = ticket.messages.filter(pk__gt=last_seen).count() if last_seen is not None else 0
        raise StaleTicket(newer)
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est close : rouvrez-la avant de répondre.")
    if then not in {State.ANSWERED, State.WAITING, State.CLOSED}:
        raise MoveRefused("Une réponse laisse la demande répondue, en attente du demandeur ou close.")
    at = at or timezone.now()
    clocks = open_clocks(ticket)
    meaning = AnswerMeaning(meaning or usual_meaning(ticket, clocks, then))
    decision = None if meaning == AnswerMeaning.HOLDING else Decision(meaning.value)
    if decision is not None:
        refuse_decision(ticket, clocks, then)
    if decision in REFUSALS:
        body = f"{body}\n\n{render_to_string('crc/text/remedies.txt', {'ticket': ticket}).strip()}"
    message = write_message(ticket, Direction.OUT, body, author=acting_user, at=at)
    join_files(message, files)
    if ticket.first_answer_at is None:
        ticket.first_answer_at = at
        ticket.first_answer_minutes = minutes_spent(ticket.service, ticket.received_at, at)
    if ticket.assignee_id is None:
        ticket.assignee = acting_user
    ticket.has_unread = False
    AnswerDraft.objects.filter(ticket=ticket, agent=acting_user).delete()
    count_message(ticket, at)
    old_state = move_ticket(ticket, then, at=at)
    save_ticket(ticket)
    log_event(ticket, Event.ANSWERED, actor=acting_user, at=at, old_state=old_state)
    if decision is not None:
        end_clocks(clocks, decision, at=at)
        log_event(ticket, Event.DECIDED, actor=acting_user, at=at, detail=decision.label)
    if then == State.CLOSED:
        if decision is None:
            _end_clocks(ticket, clocks, None, actor=acting_user, at=at)
        log_event(ticket, Event.CLOSED, actor=acting_user, at=at, old_state=old_state)
    mail_requester(ticket, "ticket_answered", message.pk, message=message)
    return message


@verb
def add_note(ticket, *, body, acting_user, at=None):
    """Write an internal note. No requester ever sees it, whatever the ticket becomes."""
    ticket = locked_ticket(ticket)
    at = at or timezone.now()
    message = write_message(ticket, Direction.NOTE, body, author=acting_user, at=at)
    ticket.has_unread = False
    save_ticket(ticket)
    log_event(ticket, Event.NOTED, actor=acting_user, at=at)
    return message


@verb
def assign_ticket(ticket, *, assignee, acting_user, at=None):
    """Give the ticket to a person of its service, or to nobody (None). A new ticket becomes « en cours ».

    Who takes it has read it; who receives it from a colleague has not.
    """
    ticket = locked_ticket(ticket)
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
        move_ticket(ticket, State.OPEN, at=at)
    save_ticket(ticket)
    log_event(
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
    """Send the ticket to another service and keep why. The promised dates stay: the requester has not changed doors.

    Those merged into it follow: who may read one thread may read it whole, and nobody else.
    """
    ticket, merged = hold_with_sources(ticket)
    at = at or timezone.now()
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est close : rouvrez-la avant de la transmettre.")
    if service.pk == ticket.service_id:
        raise Refusal("La demande est déjà dans ce service.")
    if not service.is_active:
        raise Refusal("Ce service n’est plus actif.")
    ticket.has_unread = True
    for one in (ticket, *merged):
        _change_service(one, service, reason, actor=acting_user, at=at)
    return ticket


@verb
def close_ticket(ticket, *, acting_user, reason="", decision=None, at=None):
    """Close, and tell the requester. A ticket never answered needs a reason, kept in its log.

    `decision`, granted or moot, is how its legal clock ends: it must be said while that one runs.
    """
    ticket = locked_ticket(ticket)
    at = at or timezone.now()
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est déjà close.")
    if ticket.first_answer_at is None and not reason:
        raise Refusal("Aucune réponse n’a été envoyée : indiquez pourquoi la demande est close.")
    ticket.has_unread = False
    old_state = move_ticket(ticket, State.CLOSED, at=at)
    save_ticket(ticket)
    _end_clocks(ticket, open_clocks(ticket), decision, actor=acting_user, at=at)
    event = log_event(ticket, Event.CLOSED, actor=acting_user, at=at, old_state=old_state, detail=reason)
    mail_requester(ticket, "ticket_closed", event.pk)
    return ticket


def _end_clocks(ticket, clocks, decision, *, actor, at):
    how = end_on_closing(ticket, clocks, decision, at=at)
    if how is not None:
        log_event(ticket, Event.CLOCK_ENDED, actor=actor, at=at, detail=how.label)


@verb
def reopen_ticket(ticket, *, acting_user, reason="", at=None):
    """Reopen a closed ticket, with a new promised date."""
    ticket = locked_ticket(ticket)
    at = at or timezone.now()
    if ticket.state != State.CLOSED:
        raise MoveRefused("Cette demande n’est pas close.")
    if ticket.merged_into_id is not None:
        raise MoveRefused("Cette demande est regroupée avec une autre : annulez d’abord le regroupement.")
    old_state = reopen_now(ticket, at=at)
    save_ticket(ticket)
    log_event(ticket, Event.REOPENED, actor=acting_user, at=at, old_state=old_state, detail=reason)
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
    On a merged ticket it goes to the one that answers for both, when this is the same person's.
    """
    # A machine undoes no merge: what it says stays on the ticket it was said to.
    sent_to, ticket = ticket, locked_ticket(ticket) if quietly else hold_for_reply(ticket, at=at)
    if submission_key is not None:
        known = Message.objects.filter(submission_key=submission_key).first()
        if known is not None:
            return known
    at = at or timezone.now()
    message = write_message(
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
    count_message(ticket, at)
    if quietly:
        save_ticket(ticket)
        log_event(ticket, Event.AUTO_REPLIED, actor=None, at=at)
        return message
    was_closed = ticket.state == State.CLOSED
    old_state = ticket.state if ticket.is_to_answer else reopen_now(ticket, at=at)
    save_ticket(ticket)
    origin = "" if ticket.pk == sent_to.pk else f"Depuis la demande {sent_to.reference}"
    log_event(ticket, Event.REPLIED, actor=None, at=at, old_state=old_state, detail=origin)
    if was_closed:
        log_event(ticket, Event.REOPENED, actor=None, at=at, old_state=old_state)
    return message


@verb
def follow_up_request(ticket, *, body, acting_user=None, **asked):
    """A new request that follows one closed for too long to be reopened: same person, same subject, its own promise.

    `acting_user` is the requester's account, when it is from there that they write. `asked` goes to `receive_request`
    as it is.
    """
    return receive_request(
        public=ticket.public,
        topic=ticket.topic,
        kind=ticket.kind,
        training=ticket.training,
        subject=ticket.subject,
        body=body,
        requester=ticket.requester or acting_user,
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
    ticket = locked_ticket(ticket)
    ticket.has_unread = True
    save_ticket(ticket)
    log_event(ticket, event, actor=None, at=at or timezone.now(), detail=detail)


@verb
def mark_ticket_read(ticket, *, acting_user):
    """Say that the last message was read; whoever answers or writes a note says so too."""
    Ticket.objects.filter(pk=ticket.pk, has_unread=True).update(has_unread=False)


@verb
def revoke_tracking_links(ticket, *, acting_user, at=None):
    """End every tracking link sent so far; the next mail brings a new one."""
    ticket = locked_ticket(ticket)
    ticket.tracking_generation += 1
    save_ticket(ticket)
    log_event(ticket, Event.LINK_REVOKED, actor=acting_user, at=at or timezone.now())
    return ticket


def locked_ticket(ticket):
    """The row as it is now, held until the end of the transaction: two agents at once act one after the other."""
    row = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("service__calendar", "topic", "assignee", "training")
        .get(pk=ticket.pk)
    )
    if row.anonymised_at:
        raise MoveRefused("Cette demande est anonymisée : elle ne change plus.")
    return row


def _change_service(ticket, service, reason, *, actor, at):
    RoutingDecision.objects.create(
        ticket=ticket,
        decided_by=actor,
        service=service,
        previous_service=ticket.service,
        reason=reason,
        at=at,
    )
    ticket.service = service
    ticket.calendar_version = service.calendar.version
    if ticket.assignee is not None and not can_answer_ticket(ticket.assignee, ticket):
        ticket.assignee = None
    save_ticket(ticket)
    log_event(ticket, Event.ROUTED, actor=actor, at=at, detail=service.name)


def move_ticket(ticket, state, *, at):
    """Change the state where the table of moves allows it, with the dates it implies; returns the old state."""
    old_state = ticket.state
    if state == old_state:
        return old_state
    if state not in ALLOWED_MOVES[old_state]:
        raise MoveRefused(f"Une demande « {State(old_state).label} » ne peut pas devenir « {State(state).label} ».")
    if state == State.CLOSED and ticket.kind == Kind.COMPLAINT:
        _refuse_before_second_look(ticket)
    ticket.state = state
    if state not in TO_ANSWER:
        ticket.escalations.all().delete()  # those of the answer that was owed; the next one has its own
    if state == State.CLOSED:
        ticket.closed_at = at
        ticket.resolution_minutes = minutes_spent(ticket.service, ticket.received_at, at)
    elif old_state == State.CLOSED:
        ticket.closed_at = None
        ticket.resolution_minutes = None
        ticket.reopen_count += 1
    return old_state


def _refuse_before_second_look(ticket):
    if Complaint.objects.filter(ticket=ticket, second_look_at=None).exists():
        raise MoveRefused("Cette réclamation se clôt une fois instruite, et relue par une autre personne.")


def reopen_now(ticket, *, at):
    old_state = move_ticket(ticket, State.OPEN, at=at)
    ticket.due_at = promised_at(ticket.service, ticket.topic.first_answer_minutes, since=at)
    ticket.calendar_version = ticket.service.calendar.version
    return old_state


def count_message(ticket, at):
    ticket.message_count += 1
    ticket.last_message_at = max(at, ticket.last_message_at)


def save_ticket(ticket):
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
            "merged_into",
            "state_before_merge",
        ]
    )


def write_message(ticket, direction, body, *, author, at, submission_key=None, quote_at=None, sender="", found_by=()):
    """Write a message and let it be found by its words, and by those of the texts `found_by`."""
    learn_words(ticket, body, *found_by)
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


def log_event(ticket, event, **facts):
    """Write one line of the log."""
    line = log_line(ticket, event, **facts)
    line.save(force_insert=True)
    return line


def log_line(ticket, event, *, actor, at=None, old_state=None, detail=""):
    """A line of the log, not written yet. The actor is a member of staff: what a requester does has none."""
    return LogEntry(
        ticket=ticket,
        event=event,
        actor=actor if actor is not None and actor.is_staff else None,
        old_state=ticket.state if old_state is None else old_state,
        new_state=ticket.state,
        detail=detail,
        at=at or timezone.now(),
    )


def mail_requester(ticket, template, fact, *, priority=MailPriority.NORMAL, reply_to="", **context):
    """Queue a mail about the ticket: answered, it finds the ticket again; erased with the person, it is found by it.

    `fact` makes the mail unique among those of its template; `reply_to` is the mailbox of its public unless given.
    """
    reply_to = reply_to or answer_address(ticket)
    return queue_mail(
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
