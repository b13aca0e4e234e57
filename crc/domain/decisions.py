"""Verbs of the law: what kind of request this is, which pieces it lacks, what is decided."""

from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.clocks import open_clock
from crc.domain.deadlines import silence_date
from crc.domain.refusals import MoveRefused, Refusal
from crc.domain.tickets import answer_ticket, locked_ticket, log_event
from crc.enums import AnswerMeaning, Event, Kind, State
from crc.models import Complaint, LegalClock


@verb
def requalify_ticket(ticket, *, kind, reason, acting_user, at=None):
    """Say what the ticket really is: its legal clock follows, from the day it was received."""
    ticket = locked_ticket(ticket)
    if kind == ticket.kind:
        raise Refusal("La demande a déjà cette nature.")
    if Complaint.objects.filter(ticket=ticket).exclude(outcome="").exists():
        raise Refusal("Cette réclamation est instruite : sa nature ne change plus.")
    LegalClock.objects.filter(ticket=ticket).delete()
    if ticket.kind == Kind.COMPLAINT:
        Complaint.objects.filter(ticket=ticket).delete()
    old, ticket.kind = ticket.get_kind_display(), kind
    ticket.version += 1
    ticket.save(update_fields=["kind", "version"])
    open_clock(ticket)
    new = Kind(kind).label
    log_event(ticket, Event.REQUALIFIED, actor=acting_user, at=at, detail=f"{old} → {new} : {reason}"[:300])
    return ticket


@verb
def ask_missing_pieces(ticket, *, pieces, due_on, version, acting_user, at=None):
    """Ask for indispensable pieces with a time limit: the silence does not run until they arrive (article L114-5)."""
    clock = _running(ticket)
    today = timezone.localdate(at)
    if due_on <= today:
        raise Refusal("La date limite est à venir.")
    body = render_to_string("crc/text/missing_pieces.txt", {"pieces": pieces, "due_on": due_on}).strip()
    message = answer_ticket(ticket, body=body, version=version, then=State.WAITING, acting_user=acting_user, at=at)
    clock.pieces, clock.pieces_asked_on, clock.pieces_due_on = pieces, today, due_on
    clock.save()
    return message


@verb
def receive_pieces(ticket, *, acting_user, at=None):
    """The pieces are there: two months of silence start today."""
    clock = _clock(ticket)
    if clock.pieces_asked_on is None or clock.decided_at is not None:
        raise Refusal("Aucune pièce n’est attendue.")
    at = at or timezone.now()
    clock.pieces_asked_on, clock.pieces_due_on, clock.silence_on = None, None, silence_date(at)
    clock.save()
    log_event(ticket, Event.PIECES_RECEIVED, actor=acting_user, at=at, detail=clock.pieces[:300])


@verb
def decide_ticket(ticket, *, decision, body, version, acting_user, last_seen=None, at=None):
    """Send the decision and stop the clock. What is refused comes with the remedies and the mediator.

    A complaint is decided once another person has looked at it again.
    """
    return answer_ticket(
        ticket,
        body=body,
        version=version,
        meaning=AnswerMeaning(decision),
        last_seen=last_seen,
        acting_user=acting_user,
        at=at,
    )


@verb
def resume_clock(ticket, *, reason, acting_user, at=None):
    """The answer decided nothing after all: the clock runs again, to the same date. What was refused stays so."""
    ticket = locked_ticket(ticket)
    if ticket.state == State.CLOSED:
        raise MoveRefused("Cette demande est close : rouvrez-la d’abord.")
    clock = _clock(ticket)
    if not clock.may_resume:
        raise Refusal("Cette décision ne se reprend pas.")
    clock.decision, clock.decided_at = "", None
    clock.save()
    ticket.version += 1
    ticket.save(update_fields=["version"])
    log_event(ticket, Event.CLOCK_RESUMED, actor=acting_user, at=at, detail=reason)
    return ticket


def _clock(ticket):
    clock = LegalClock.objects.select_for_update().filter(ticket=ticket).first()
    if clock is None:
        raise Refusal("Cette demande n’appelle pas de décision.")
    return clock


def _running(ticket):
    clock = _clock(ticket)
    if clock.decided_at is not None:
        raise Refusal("Cette demande a déjà sa décision.")
    if clock.pieces_asked_on is not None:
        raise Refusal("Des pièces sont attendues : notez d’abord leur réception.")
    if clock.has_elapsed:
        raise Refusal("Le silence a déjà décidé : des pièces ne l’arrêtent plus.")
    return clock
