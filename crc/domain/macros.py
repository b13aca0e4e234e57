"""Answers written in advance, filled from a ticket."""

from django.utils import formats, timezone

from crc.models import Macro
from crc.validators import MACRO_VARIABLE

SHOWN = 10


def find_macros(ticket, text):
    """Macros that suit the ticket and hold every word of `text`."""
    return Macro.objects.for_ticket(ticket).matching(text)[:SHOWN]


def fill_macro(macro, ticket, agent):
    """The text with its variables filled, in one pass: what a requester is called never counts as a variable."""
    values = {
        "demandeur": ticket.requester_name,
        "reference": ticket.reference,
        "agent": agent.get_full_name(),
        "service": ticket.service.name,
        "formation": ticket.training.title if ticket.training else "votre formation",
        "date_promise": formats.date_format(timezone.localtime(ticket.due_at), "j F Y"),
    }
    return MACRO_VARIABLE.sub(lambda found: values.get(found[1], found[0]), macro.body)
