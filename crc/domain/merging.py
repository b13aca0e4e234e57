"""Merging tickets, and undoing it. Messages stay on their ticket: only the desk shows them in one thread."""

from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.merged import hold, hold_with_target, leave_merge, same_requester
from crc.domain.refusals import MoveRefused, Refusal
from crc.domain.tickets import log_event, mail_requester, move_ticket, save_ticket
from crc.enums import Event, State
from crc.models import MergedPromise

CHANGED = "Cette demande a changé depuis l’ouverture : relisez-la. Rien n’a été fait."


@verb
def merge_tickets(source, *, into, reason, version, acting_user, at=None):
    """Close `source` for the benefit of `into`, which answers for both; `version` is `source`'s as the agent read it.

    What `source` is owed, `into` owes, by the earlier of the two dates. Raises Refusal, with why, when one of them
    is merged already, `into` is closed, the services differ, or the requesters do and the agent may not mix them.
    """
    if source.pk == into.pk:
        raise Refusal("Une demande ne se regroupe pas avec elle-même.")
    at = at or timezone.now()
    held = hold(source.pk, into.pk)
    source, into = held[source.pk], held[into.pk]
    if into.merged_into_id is not None:
        raise MoveRefused(f"La demande {into.reference} est elle-même regroupée avec une autre : choisissez celle-là.")
    if source.merged_into_id is not None:
        raise MoveRefused("Cette demande est déjà regroupée avec une autre.")
    if source.merged_tickets.exists():
        raise MoveRefused("D’autres demandes sont regroupées avec celle-ci : gardez-la, ou annulez ces regroupements.")
    if source.version != version:
        raise Refusal(CHANGED)
    if into.state == State.CLOSED:
        raise MoveRefused(f"La demande {into.reference} est close : rouvrez-la avant le regroupement.")
    if source.service_id != into.service_id:
        raise Refusal(
            f"La demande {into.reference} est dans le service « {into.service.name} » : "
            "transmettez d’abord celle-ci à ce service."
        )
    alike = same_requester(source, into)
    if not alike and not acting_user.has_perm("crc.merge_across_requesters"):
        raise Refusal("Ces demandes viennent de personnes différentes : seul un superviseur peut les regrouper.")
    was_owed = source.is_to_answer
    source.merged_into = into
    source.state_before_merge = source.state
    old_state = move_ticket(source, State.CLOSED, at=at)
    save_ticket(source)
    log_event(
        source, Event.MERGED, actor=acting_user, at=at, old_state=old_state, detail=f"{into.reference} – {reason}"
    )
    old_state = into.state
    if was_owed:
        _owe(into, source, at=at)
    into.has_unread = into.has_unread or source.has_unread
    into.last_message_at = max(into.last_message_at, source.last_message_at)
    save_ticket(into)
    log_event(
        into, Event.ABSORBED, actor=acting_user, at=at, old_state=old_state, detail=f"{source.reference} – {reason}"
    )
    if source.state_before_merge != State.CLOSED:
        # Another person is told that theirs is closed, and nothing of the other one.
        template = "ticket_merged" if alike else "ticket_closed"
        mail_requester(source, template, f"merge-{source.pk}-{source.version}", **({"into": into} if alike else {}))
    return source


def _owe(into, source, *, at):
    """`into` owes what `source` did, and remembers what it owed itself."""
    before = into.due_at
    settled = "" if into.is_to_answer else into.state
    due_at = source.due_at if settled else min(source.due_at, into.due_at)
    into.due_at = max(due_at, into.received_at)
    if settled:
        move_ticket(into, State.OPEN, at=at)
    if settled or into.due_at != before:
        MergedPromise.objects.create(source=source, due_at=before, moved_to=into.due_at, state=settled)


@verb
def undo_merge(source, *, acting_user, at=None):
    """Give `source` the state it had before its merge, and the target what it owed before, if nothing moved it since.

    What was said to the target since stays there.
    """
    source, target = hold_with_target(source)
    if target is None:
        raise MoveRefused("Cette demande n’est pas regroupée avec une autre.")
    leave_merge(source, target, actor=acting_user, detail="", at=at or timezone.now())
    return source
