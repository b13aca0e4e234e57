"""What a merge means for the two tickets: who holds whom, whose messages go where, how one leaves it."""

from django.utils import timezone

from crc.enums import TO_ANSWER, Event, State
from crc.models import LogEntry, MergedPromise, Ticket


def same_requester(one, other):
    """Whether two tickets come from one person: the account where both have one, else the mail address."""
    if one.requester_id and other.requester_id:
        return one.requester_id == other.requester_id
    return one.requester_email.lower() == other.requester_email.lower()


def answering_reference(ticket):
    """Reference of the ticket that answers for this one, for its requester to read; empty when it is another's."""
    if ticket.merged_into_id is None or not same_requester(ticket, ticket.merged_into):
        return ""
    return ticket.merged_into.reference


def hold(*keys):
    """The rows as they are now, held in the order of their keys: opposite acts at once wait instead of blocking."""
    rows = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("service__calendar", "topic", "assignee", "training")
        .filter(pk__in=keys)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def hold_with_target(ticket):
    """The ticket and the one it is merged into (or None), both held."""
    while True:
        target = Ticket.objects.values_list("merged_into", flat=True).get(pk=ticket.pk)
        rows = hold(ticket.pk, target) if target else hold(ticket.pk)
        if rows[ticket.pk].merged_into_id == target:  # else it was merged in between; it is held now
            return rows[ticket.pk], rows.get(target)


def hold_with_sources(ticket):
    """The ticket and those merged into it, all held."""
    while True:
        keys = set(ticket.merged_tickets.values_list("pk", flat=True))
        rows = hold(ticket.pk, *keys)
        if keys == set(ticket.merged_tickets.values_list("pk", flat=True)):  # none can join while it is held
            return rows.pop(ticket.pk), list(rows.values())


def hold_for_reply(ticket, *, at=None):
    """The ticket that a message of the requester goes to, held.

    A merged ticket hands it to its target when both have the same requester. If not, nothing of one may come to the
    other: the ticket leaves the merge, and its requester is owed an answer of their own.
    """
    ticket, target = hold_with_target(ticket)
    if target is None:
        return ticket
    if same_requester(ticket, target):
        return target
    leave_merge(ticket, target, actor=None, detail="Le demandeur a écrit", at=at or timezone.now())
    return ticket


def leave_merge(source, target, *, actor, detail, at):
    """Give `source` its state back, and `target` what the merge moved of its promise; both are held by the caller."""
    old_target_state = target.state
    _give_back_promise(source, target)
    source.state = source.state_before_merge
    source.state_before_merge = ""
    source.merged_into = None
    if source.state != State.CLOSED:
        source.closed_at = None
        source.resolution_minutes = None
    for ticket in (source, target):
        ticket.version += 1
    source.save(
        update_fields=["state", "state_before_merge", "merged_into", "closed_at", "resolution_minutes", "version"]
    )
    target.save(update_fields=["version", "due_at", "state"])
    for ticket, other, old_state in ((source, target, State.CLOSED), (target, source, old_target_state)):
        LogEntry.objects.create(
            ticket=ticket,
            event=Event.UNMERGED,
            actor=actor,
            old_state=old_state,
            new_state=ticket.state,
            detail=f"{other.reference} – {detail}" if detail else other.reference,
            at=at,
        )


def _give_back_promise(source, target):
    """Undo what the merge of `source` moved of the target's promise, unless an answer or a new date moved it since.

    Merges that came later and go on keep what they are owed, and give back in their turn what this one found.
    """
    moved = MergedPromise.objects.filter(source=source).first()
    if moved is None:
        return
    moved.delete()
    later = Ticket.objects.filter(merged_into=target, closed_at__gte=source.closed_at).exclude(pk=source.pk)
    found = {"due_at": moved.due_at, "state": moved.state}
    if MergedPromise.objects.filter(source__in=later, due_at=moved.moved_to, state="").update(**found):
        return
    if not target.is_to_answer or target.due_at != moved.moved_to:
        return
    owed = later.filter(state_before_merge__in=TO_ANSWER).order_by("due_at", "pk").first()
    if owed is not None and (moved.state or owed.due_at < moved.due_at):
        target.due_at = max(owed.due_at, target.received_at)
        MergedPromise.objects.create(source=owed, moved_to=target.due_at, **found)
    elif not moved.state:
        target.due_at = moved.due_at
    elif not _owed_since(source, target):
        target.due_at, target.state = moved.due_at, moved.state
        target.escalations.all().delete()


def _owed_since(source, target):
    """Whether the target's requester has written since the merge."""
    merge = target.log.filter(event=Event.ABSORBED, detail__startswith=source.reference).order_by("-pk").first()
    return target.log.filter(event__in=[Event.REPLIED, Event.REOPENED], pk__gt=merge.pk).exists()
