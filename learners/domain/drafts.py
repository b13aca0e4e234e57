"""Requests begun and not sent yet: kept as typed, so that closing the browser loses nothing."""

from datetime import timedelta

from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.models import Enrolment, EnrolmentDraft

KEPT_DAYS = 90
LONGEST_VALUE = 3_000


def typed(post, names):
    """What a form sent for these fields, as lists of short texts: raw, so that what is wrong is kept too."""
    return {
        name: [value[:LONGEST_VALUE].replace("\0", "") for value in post.getlist(name)[:20]]
        for name in names
        if name in post
    }


@verb
def save_draft(*, user, training, step, values, acting_user):
    """Keep what a step holds; the version only moves when something changes. None once the request has left."""
    if Enrolment.objects.of_user(user).live().filter(training=training).exists():
        return None
    EnrolmentDraft.objects.get_or_create(user=user, training=training)
    draft = EnrolmentDraft.objects.select_for_update().get(user=user, training=training)
    if draft.data.get(step) != values:
        draft.data[step] = values
        draft.version += 1
        draft.updated_at = timezone.now()
        draft.save(update_fields=["data", "version", "updated_at"])
    return draft


@verb
def drop_draft(*, user, training, acting_user):
    """Give up a request that was not sent."""
    EnrolmentDraft.objects.filter(user=user, training=training).delete()


def purge_drafts():
    """Forget the drafts left for weeks; number of them."""
    old = EnrolmentDraft.objects.filter(updated_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return old.delete()[0]
