"""Reminding those who said that they sit papers, before the register of their académie closes."""

from datetime import timedelta

from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.verbs import verb
from exams.domain.queries.candidates import Standing
from exams.enums import RegistrationState
from exams.models import BacRegistration

MAIL = "exams/email/register_closing"
MAIL_KEY = "exams.register_closing:"
BEFORE = timedelta(days=10)
BATCH = 500


def remind_candidates(*, today=None):
    """Write once to those whose registration is still to make and whose register closes soon; number written."""
    today = today or timezone.localdate()
    keys = (
        _to_remind()
        .with_dates()
        .filter(opens_on__lte=today, closes_on__range=(today, today + BEFORE))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return sum(remind(pk, today=today, acting_user=None) for pk in keys.iterator(chunk_size=BATCH))


def _to_remind():
    return BacRegistration.objects.filter(
        state=RegistrationState.INTENDED,
        learner__user__is_active=True,
        learner__merged_into=None,
        learner__anonymised_at=None,
    )


@verb
def remind(pk, *, today, acting_user):
    """One mail for a registration, ever: its key is the registration's. True when it was written now."""
    found = BacRegistration.objects.with_parts().get(pk=pk)
    mail = queue_mail(
        key=f"{MAIL_KEY}{pk}",
        kind=MAIL,
        to=found.learner.user.email,
        context={"registration": found, "standing": Standing(found, is_own=True, today=today)},
    )
    return mail is not None


def still_wanted(keys):
    """Keys of the reminders that may leave: the registration is still to make."""
    found = _to_remind().filter(pk__in=[int(key.rpartition(":")[2]) for key in keys])
    return {f"{MAIL_KEY}{pk}" for pk in found.values_list("pk", flat=True)}
