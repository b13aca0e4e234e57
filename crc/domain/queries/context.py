"""What an agent sees of the requester beside a ticket."""

from django.apps import apps

from crc.models import Ticket

SHOWN = 5


def past_tickets(ticket, user):
    """The requester's other tickets that `user` may read, newest first: same account, or same address."""
    visible = Ticket.objects.visible_to(user)
    # Each by an index that has them in order: together they would be read whole, and some people ask a lot.
    asked = [visible.from_address(ticket.requester_email)]
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
