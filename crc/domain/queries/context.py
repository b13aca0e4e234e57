"""What an agent sees of the requester beside a ticket."""

from collections.abc import Callable

from django.apps import apps
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from crc.models import Ticket
from exams.domain.queries.candidates import candidate_lines
from learners.domain.organisations.panels import PanelLine

SHOWN = 5
TICKETS_OF_ORGANISATION = 20
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
    """The requester's other tickets that `user` may read, newest first: same account, or same address."""
    visible = Ticket.objects.visible_to(user)
    # Each by an index that has them in order: together they would be read whole, and some people ask a lot.
    asked = [visible.from_address(ticket.requester_email)] if ticket.requester_email else []
    if ticket.requester_id:
        asked.append(visible.filter(requester=ticket.requester_id))
    found = {}
    for tickets in asked:
        latest = tickets.exclude(pk=ticket.pk).select_related("service").order_by("-received_at", "-pk")
        found |= {one.pk: one for one in latest[:SHOWN]}
    return sorted(found.values(), key=lambda one: (one.received_at, one.pk), reverse=True)[:SHOWN]


def enrolments_of(ticket):
    """The requester's enrolments, by the account alone: anybody can type an address."""
    if ticket.requester_id is None:
        return []
    try:
        enrolments = apps.get_model("learners", "Enrolment").objects
    except LookupError:
        return []
    return enrolments.filter(learner__user=ticket.requester_id).select_related("training").order_by("-pk")[:SHOWN]


def bac_registrations_of(ticket, user):
    """The requester's registrations for the baccalauréat, by the account alone: anybody can type an address."""
    if ticket.requester_id is None or not user.has_perm("exams.view_bacregistration"):
        return []
    return candidate_lines(ticket.requester_id)


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
