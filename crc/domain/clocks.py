"""What the law says of silence: its effect, its date, and the clock beside a ticket, from its start to its end.

A clock ends by what an answer says, by the closing of its ticket, or by the silence itself once its date has passed.
"""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from crc.domain.deadlines import silence_date
from crc.domain.refusals import Refusal
from crc.enums import AnswerMeaning, ComplaintOutcome, Decision, Kind, SilenceEffect, State
from crc.models import Complaint, LegalClock

ALERT_DAYS = (15, 5)  # before the silence decides


def effect_of(ticket):
    """What two months of silence mean for the ticket.

    A complaint is rejected (article L231-4, 2°), a request is accepted (L231-1) unless its subject is one of the
    exceptions (L231-4); an information, a difficulty or a hazard asks for no decision.
    """
    if ticket.kind == Kind.COMPLAINT:
        return SilenceEffect.REJECTION
    if ticket.kind == Kind.REQUEST:
        return SilenceEffect(ticket.topic.silence_effect)
    return SilenceEffect.NONE


def open_clock(ticket):
    """Start the ticket's clock where silence decides, and its line of the register when it is a complaint."""
    effect = effect_of(ticket)
    if ticket.kind == Kind.COMPLAINT:
        first = {"about": ticket.follows, "opened_at": ticket.received_at}
        Complaint.objects.get_or_create(ticket=ticket, defaults=first)
    if effect == SilenceEffect.NONE:
        return None
    return LegalClock.objects.create(ticket=ticket, effect=effect, silence_on=silence_date(ticket.received_at))


def open_clocks(ticket):
    """Undecided clocks that an answer on the ticket speaks of, held."""
    return list(LegalClock.objects.open_for(ticket).select_for_update(of=("self",)).order_by("pk"))


def asks_meaning(ticket, clocks=None):
    """Whether an agent who answers says what the answer decides. A complaint has its own way to a decision.

    `clocks` are those of `open_for`, where they are read already.
    """
    clocks = LegalClock.objects.open_for(ticket) if clocks is None else clocks
    return ticket.kind != Kind.COMPLAINT and bool(clocks) and all(clock.is_running for clock in clocks)


def asks_decision(ticket, clocks=None):
    """Whether who closes the ticket says how its clock ends: the silence has not, and no answer did."""
    clocks = LegalClock.objects.open_for(ticket) if clocks is None else clocks
    return any(not clock.has_elapsed for clock in clocks)


def usual_meaning(ticket, clocks, then):
    """What an answer is when its author says nothing: it gives what was asked, unless something is still expected."""
    expects = then == State.WAITING or ticket.kind == Kind.COMPLAINT
    decides = clocks and not expects and all(clock.is_running for clock in clocks)
    return AnswerMeaning.GRANTED if decides else AnswerMeaning.HOLDING


def refuse_decision(ticket, clocks, then):
    """Raise Refusal, with why, where an answer on the ticket decides nothing."""
    if not clocks:
        decided = LegalClock.objects.filter(ticket=ticket).exists()
        raise Refusal(
            "Cette demande a déjà sa décision." if decided else "Cette demande n’appelle pas de décision.",
        )
    if then == State.WAITING:
        raise Refusal("Une décision n’attend plus rien du demandeur : laissez la demande répondue, ou close.")
    if any(clock.pieces_asked_on for clock in clocks):
        raise Refusal("Des pièces sont attendues : notez d’abord leur réception.")
    if Complaint.objects.filter(ticket=ticket, second_look_at=None).exists():
        raise Refusal("Une autre personne doit d’abord relire l’instruction de cette réclamation.")


def end_clocks(clocks, decision, *, at):
    """Write the decision on each of them, held by the caller."""
    for clock in clocks:
        clock.decision, clock.decided_at = decision, at
        clock.save(update_fields=["decision", "decided_at"])


def end_on_closing(ticket, clocks, decision, *, at):
    """Say how each clock ended, for a ticket that is closed: what the silence has decided stays so. Gives how.

    Without a decision, a clock that still runs, or waits for pieces, stops the closing.
    """
    if not clocks:
        return None
    if decision == Decision.GRANTED:
        refuse_decision(ticket, clocks, State.CLOSED)
        if Complaint.objects.filter(ticket=ticket).exclude(outcome=ComplaintOutcome.FOUNDED).exists():
            raise Refusal("Cette réclamation n’est pas toute fondée : envoyez la décision, avec les voies de recours.")
    elif decision is None:
        if not all(clock.has_elapsed for clock in clocks):
            raise Refusal("Le délai légal de cette demande court : dites ce qu’elle obtient avant de la clore.")
        decision = Decision.IMPLICIT
    end_clocks(clocks, decision, at=at)
    return Decision(decision)


def clocks_to_watch(tickets=None, *, on=None):
    """Clocks (of these tickets) whose silence decides within the first alert's days, the nearest first."""
    today = on or timezone.localdate()
    near = _undecided(tickets).filter(silence_on__range=(today, today + timedelta(days=ALERT_DAYS[0])))
    return near.order_by("silence_on", "pk")


def clocks_elapsed(tickets=None, *, on=None):
    """Clocks (of these tickets) whose silence has decided, nothing else having been, the oldest first."""
    return _undecided(tickets).filter(silence_on__lt=on or timezone.localdate()).order_by("silence_on", "pk")


def _undecided(tickets):
    """Running clocks of tickets that are not closed, or are merged into one that is not; `answers` is its key."""
    merged_into_open = Q(ticket__merged_into__isnull=False) & ~Q(ticket__merged_into__state=State.CLOSED)
    running = (
        LegalClock.objects.running()
        .filter(~Q(ticket__state=State.CLOSED) | merged_into_open)
        .annotate(answers=Coalesce("ticket__merged_into", "ticket"))
    )
    return running if tickets is None else running.filter(answers__in=tickets)
