"""What an agent sees of the requester beside a ticket."""

from collections.abc import Callable

from django.apps import apps
from django.db.models import Q
from django.db.models.functions import Lower

from crc.models import Ticket

SHOWN = 5
_brought: dict[str, Callable] = {}


def bring_context(title, lines):
    """Add what an app above knows of a requester, in `AppConfig.ready`.

    `lines(ticket, user)` gives the short texts that `user` may read, a few at most.
    """
    _brought[title] = lines


def brought_context(ticket, user):
    """(title, texts) of what the apps above know of the requester."""
    return [(title, list(lines(ticket, user))) for title, lines in _brought.items()]


def tickets_of_requester(ticket, user):
    """The requester's tickets that `user` may read, this one too: same account, or same address."""
    same = Q(pk=ticket.pk)
    if ticket.requester_email:
        same |= Q(lower_email=ticket.requester_email.lower())
    if ticket.requester_id:
        same |= Q(requester=ticket.requester_id)
    return Ticket.objects.visible_to(user).alias(lower_email=Lower("requester_email")).filter(same)


def past_tickets(ticket, user):
    """The requester's other tickets that `user` may read, newest first."""
    others = tickets_of_requester(ticket, user).exclude(pk=ticket.pk)
    return others.select_related("service").order_by("-received_at", "-pk")[:SHOWN]


def enrolments_of(ticket):
    """The requester's enrolments, by the account alone: anybody can type an address."""
    if ticket.requester_id is None:
        return []
    try:
        enrolments = apps.get_model("learners", "Enrolment").objects
    except LookupError:
        return []
    return enrolments.filter(learner__user=ticket.requester_id).select_related("training").order_by("-pk")[:SHOWN]
