"""What a learner does in a training, noted once, and the sums that pages read."""

import uuid

from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.refusals import Refusal
from learners.enums import ActivityKind
from learners.models import Activity, EnrolmentProgress, Module, ModuleProgress
from learners.models.courses import LONGEST_MINUTES

NOT_ENROLLED = "Cette inscription n’est pas en cours."


@verb
def open_module(enrolment, module, *, acting_user, key=None, at=None):
    """The learner opens a module; opened again, it only moves the date of the last activity."""
    _check(enrolment, module)
    return note_activity(enrolment, ActivityKind.OPENED, module=module, key=key, at=at)


@verb
def finish_module(enrolment, module, *, acting_user, minutes=None, key=None, at=None):
    """The learner says that the module is done, and the time it took if they wish."""
    _check(enrolment, module)
    if minutes is not None and not 0 <= minutes <= LONGEST_MINUTES:
        raise Refusal("Indiquez un temps de 0 à 1 440 minutes.")
    return note_activity(enrolment, ActivityKind.DONE, module=module, minutes=minutes, key=key, at=at)


def note_activity(enrolment, kind, *, module=None, minutes=None, key=None, at=None):
    """Write an activity and the sums it changes, inside the transaction of a verb; False when `key` is already noted.

    The row of sums is locked first: activities of one enrolment follow one another.
    """
    at, key = at or timezone.now(), key or uuid.uuid4()
    progress, _ = EnrolmentProgress.objects.get_or_create(enrolment=enrolment, defaults={"last_activity_at": at})
    progress = EnrolmentProgress.objects.select_for_update().get(pk=progress.pk)
    if Activity.objects.filter(enrolment=enrolment, key=key).exists():
        return False
    Activity.objects.create(enrolment=enrolment, module=module, kind=kind, at=at, minutes=minutes, key=key)
    if module is not None:
        _note_module(enrolment, module, kind, minutes or 0, at)
    done = ModuleProgress.objects.filter(enrolment=enrolment, done_at__isnull=False).count()
    modules = Module.objects.filter(training=enrolment.training_id).count()
    progress.last_activity_at = max(progress.last_activity_at, at)
    progress.minutes += minutes or 0
    progress.copies += kind == ActivityKind.HANDED_IN
    progress.modules_done = done
    progress.percent = 100 * done // modules if modules else 0
    progress.save()
    return True


def _note_module(enrolment, module, kind, minutes, at):
    row, _ = ModuleProgress.objects.get_or_create(
        enrolment=enrolment, module=module, defaults={"opened_at": at, "last_at": at}
    )
    row.last_at = max(row.last_at, at)
    row.minutes += minutes
    if kind == ActivityKind.DONE and row.done_at is None:
        row.done_at = max(row.opened_at, at)
    row.save()


def _check(enrolment, module):
    if not enrolment.is_enrolled:
        raise Refusal(NOT_ENROLLED)
    if module.training_id != enrolment.training_id:
        raise Refusal("Ce module n’est pas de cette formation.")
