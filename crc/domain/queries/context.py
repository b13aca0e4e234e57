"""What an agent sees of the requester beside a ticket."""

from django.apps import apps
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from crc.models import Ticket
from learners.domain.organisations.panels import PanelLine

SHOWN = 5
TICKETS_OF_ORGANISATION = 20


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


def organisation_tickets(organisation, user):
    """For the organisation's file: the requests of those who act for it, among those that `user` may read."""
    accounts = organisation.members.values("user")
    mine = Q(requester__in=accounts)
    if organisation.contact_email:
        mine |= Q(lower_email=organisation.contact_email.lower())
    tickets = Ticket.objects.visible_to(user).alias(lower_email=Lower("requester_email")).filter(mine)
    return [
        PanelLine(
            ticket.subject,
            reverse("admin:crc_ticket", args=[ticket.reference]),
            ticket.received_at,
            ticket.get_state_display(),
        )
        for ticket in tickets.order_by("-received_at", "-pk")[:TICKETS_OF_ORGANISATION]
    ]
