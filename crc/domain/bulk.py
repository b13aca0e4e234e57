"""One act on several tickets: each goes through its verb, in its own transaction, and is refused alone."""

from collections.abc import Callable
from dataclasses import dataclass

from crc.domain import access
from crc.domain.refusals import Refusal
from crc.domain.relations import tag_ticket
from crc.domain.tickets import assign_ticket, close_ticket, mark_ticket_read
from crc.models import Ticket

LIMIT = 50


@dataclass(frozen=True)
class BulkAct:
    """Something that may be done to many: who may do it to one, and the verb, called with the ticket and the person."""

    allowed: Callable
    do: Callable


@dataclass(frozen=True)
class BulkOutcome:
    """What came of it: how many were done, and which were refused (reference, reason)."""

    done: int
    refused: tuple[tuple[str, str], ...]


def assigning(assignee):
    return BulkAct(
        access.can_assign_ticket,
        lambda ticket, person: assign_ticket(ticket, assignee=assignee, acting_user=person),
    )


def tagging(tag):
    return BulkAct(access.can_answer_ticket, lambda ticket, person: tag_ticket(ticket, tag=tag, acting_user=person))


def marking_read():
    return BulkAct(access.can_answer_ticket, lambda ticket, person: mark_ticket_read(ticket, acting_user=person))


def closing(reason, decision=None):
    """`decision` is how the legal clock ends where one runs; without it such a ticket is refused."""
    return BulkAct(
        access.can_close_ticket,
        lambda ticket, person: close_ticket(ticket, reason=reason, decision=decision, acting_user=person),
    )


def act_on_tickets(references, act, *, acting_user):
    """Do `act` to each of the tickets; raises Refusal, and does nothing, above `LIMIT`."""
    references = list(dict.fromkeys(references))
    if len(references) > LIMIT:
        raise Refusal(f"Choisissez {LIMIT} demandes au plus.")
    found = {
        ticket.reference: ticket
        for ticket in Ticket.objects.visible_to(acting_user)
        .filter(reference__in=references)
        .select_related("service__calendar")
    }
    refused = []
    for reference in references:
        ticket = found.get(reference)
        if ticket is None:
            refused.append((reference, "Cette demande est introuvable."))
        elif not act.allowed(acting_user, ticket):
            refused.append((reference, "Cette demande n’est pas dans vos services."))
        else:
            try:
                act.do(ticket, acting_user)
            except Refusal as refusal:
                refused.append((reference, str(refusal)))
    return BulkOutcome(len(references) - len(refused), tuple(refused))
