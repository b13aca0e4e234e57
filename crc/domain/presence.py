"""Who has a ticket open at this moment. Kept in the cache for a minute: it is a courtesy, not a fact."""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from cned_portal.users.models import User
from crc.models import AnswerDraft

LIFE = 60  # seconds; the page tells every 20


@dataclass(frozen=True)
class Present:
    """A colleague on the same ticket."""

    name: str
    writes: bool


def _key(ticket):
    return f"crc.presence:{ticket.pk}"


def _readers(ticket):
    return {user: at for user, at in cache.get(_key(ticket), {}).items() if at > time.time() - LIFE}


def tell_presence(ticket, user):
    """Say that the person has the ticket open. Two at once may forget each other until their next telling."""
    cache.set(_key(ticket), _readers(ticket) | {user.pk: time.time()}, timeout=LIFE)


def others_on(ticket, user, drafts=None):
    """Colleagues who have the ticket open, and whether they write; `drafts` are the ticket's when they are known."""
    if drafts is None:
        drafts = AnswerDraft.objects.filter(ticket=ticket)
    fresh = timezone.now() - timedelta(seconds=LIFE)
    writing = {draft.agent_id for draft in drafts if draft.saved_at > fresh}
    others = (writing | _readers(ticket).keys()) - {user.pk}
    if not others:
        return []
    people = User.objects.filter(pk__in=others, is_active=True).order_by("last_name", "first_name", "pk")
    return [Present(person.get_full_name(), person.pk in writing) for person in people]


def summary(present):
    """The same text for the same people doing the same."""
    return "|".join(f"{person.name}{'+' if person.writes else ''}" for person in present)
