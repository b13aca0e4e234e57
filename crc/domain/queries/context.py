"""What an agent sees of the requester beside a ticket."""

from django.apps import apps
from django.db.models import Q
from django.db.models.functions import Lower

from crc.models import Ticket

SHOWN = 5


def past_tickets(ticket, user):
    """The requester's other tickets that `user` may read, newest first: same account, or same address."""
    same = Q(lower_email=ticket.requester_email.lower())
    if ticket.requester_id:
        same |= Q(requester=ticket.requester_id)
    return (
        Ticket.objects.visible_to(user)
        .alias(lower_email=Lower("requester_email"))
        .filter(same)
        .exclude(pk=ticket.pk)
        .select_related("service")
        .order_by("-received_at", "-pk")[:SHOWN]
    )


def enrolments_of(ticket):
    """The requester's enrolments, by the account alone: anybody can type an address."""
    if ticket.requester_id is None:
        return []
    try:
        enrolments = apps.get_model("learners", "Enrolment").objects
    except LookupError:
        return []
    return enrolments.filter(learner__user=ticket.requester_id).select_related("training").order_by("-pk")[:SHOWN]
