"""Verbs of the law: what kind of request this is, which pieces it lacks, what is decided."""

from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.clocks import open_clock
from crc.domain.deadlines import silence_date
from crc.domain.refusals import Refusal
from crc.domain.tickets import answer_ticket, locked_ticket, log_event
from crc.enums import Decision, Event, Kind, State
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
    clock = _running(ticket)
    complaint = Complaint.objects.filter(ticket=ticket).first()
    if complaint is not None and not complaint.is_reviewed:
        raise Refusal("Une autre personne doit d’abord relire l’instruction de cette réclamation.")
    text = body
    if decision != Decision.GRANTED:
        text = f"{body}\n\n{render_to_string('crc/text/remedies.txt', {'ticket': ticket}).strip()}"
    message = answer_ticket(ticket, body=text, version=version, last_seen=last_seen, acting_user=acting_user, at=at)
    clock.decision, clock.decided_at = decision, at or timezone.now()
    clock.save()
    log_event(ticket, Event.DECIDED, actor=acting_user, at=at, detail=Decision(decision).label)
    return message


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
    return clock
