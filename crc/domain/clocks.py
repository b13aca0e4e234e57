"""What the law says of silence: its effect, its date, and the clock beside a ticket."""

from datetime import timedelta

from django.utils import timezone

from crc.domain.deadlines import silence_date
from crc.enums import Kind, SilenceEffect
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


def clocks_to_watch(tickets=None, *, on=None):
    """Clocks (of these tickets) whose silence decides within the first alert's days, the nearest first."""
    limit = (on or timezone.localdate()) + timedelta(days=ALERT_DAYS[0])
    near = LegalClock.objects.running().filter(silence_on__lte=limit).order_by("silence_on", "pk")
    return near if tickets is None else near.filter(ticket__in=tickets)
