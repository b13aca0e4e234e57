"""What agents put around a ticket: links, tags, followers."""

from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.refusals import Refusal
from crc.domain.tickets import log_event
from crc.enums import Event, LinkKind
from crc.models import Follower, Mention, TicketLink, TicketTag


@verb
def link_tickets(ticket, *, other, acting_user, kind=LinkKind.RELATED):
    """Link two tickets, in whatever order they are given; linked already, only the kind changes."""
    if ticket.pk == other.pk:
        raise Refusal("Une demande ne se lie pas à elle-même.")
    first, second = sorted((ticket, other), key=lambda one: one.pk)
    link, _ = TicketLink.objects.update_or_create(
        first=first,
        second=second,
        defaults={"kind": kind},
        create_defaults={"kind": kind, "linked_by": acting_user},
    )
    now = timezone.now()
    for one, another in ((ticket, other), (other, ticket)):
        detail = f"{another.reference} ({LinkKind(kind).label.lower()})"
        log_event(one, Event.LINKED, actor=acting_user, at=now, detail=detail)
    return link


@verb
def unlink_tickets(ticket, *, other, acting_user):
    """Take the link away; nothing happens when there is none."""
    first, second = sorted((ticket, other), key=lambda one: one.pk)
    removed, _ = TicketLink.objects.filter(first=first, second=second).delete()
    if removed:
        now = timezone.now()
        for one, another in ((ticket, other), (other, ticket)):
            log_event(one, Event.UNLINKED, actor=acting_user, at=now, detail=another.reference)


@verb
def tag_ticket(ticket, *, tag, acting_user):
    """Put a tag; put twice, it stays as it was first put."""
    if not tag.is_active:
        raise Refusal(f"L’étiquette « {tag.label} » n’est plus proposée.")
    row, new = TicketTag.objects.get_or_create(ticket=ticket, tag=tag, defaults={"tagged_by": acting_user})
    if new:
        log_event(ticket, Event.TAGGED, actor=acting_user, at=timezone.now(), detail=tag.label)
    return row


@verb
def untag_ticket(ticket, *, tag, acting_user):
    """Take a tag away; nothing happens when it is not there."""
    removed, _ = TicketTag.objects.filter(ticket=ticket, tag=tag).delete()
    if removed:
        log_event(ticket, Event.UNTAGGED, actor=acting_user, at=timezone.now(), detail=tag.label)


@verb
def follow_ticket(ticket, *, acting_user):
    """Watch the ticket: new messages on it are told on the home page of the back-office."""
    Follower.objects.get_or_create(ticket=ticket, user=acting_user)


@verb
def unfollow_ticket(ticket, *, acting_user):
    Follower.objects.filter(ticket=ticket, user=acting_user).delete()


@verb
def mark_ticket_seen(ticket, *, acting_user):
    """The person has the ticket before them: their mentions and the new messages they follow wait no more."""
    now = timezone.now()
    Mention.objects.filter(ticket=ticket, user=acting_user, seen_at__isnull=True).update(seen_at=now)
    Follower.objects.filter(news(), ticket=ticket, user=acting_user).update(seen_at=now)


def news():
    """Of followed tickets, those that have a message after the follower's last visit."""
    return Q(ticket__last_message_at__gt=F("seen_at"))
