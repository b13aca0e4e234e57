"""The nightly erasure of what serves no more, in small steps: it stops anywhere and goes on at the next visit."""

import logging
import time
from datetime import timedelta

import pgtrigger
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from cned_portal.users.models import User
from learners.domain.holdings import all_of
from learners.domain.privacy.anonymise import ERASED, LIFTED_OF_GUARDIANS, NO_ADDRESS
from learners.domain.privacy.closure import WARNING_DAYS, request_closure
from learners.domain.privacy.forget import forget_activities, forget_contacts, forget_copies, forget_pieces
from learners.domain.refusals import Refusal
from learners.enums import EnrolmentState, LearnerRetention
from learners.models import (
    AccountClosure,
    Activity,
    Address,
    Contact,
    Copy,
    CopyFile,
    Correction,
    CorrectionFile,
    Enrolment,
    FileAccess,
    Guardianship,
    LearnerProfile,
    LearnerRetentionRule,
    LearnerRetentionRun,
    Piece,
    RightRequest,
)

logger = logging.getLogger(__name__)

BATCH = 500
SECONDS = 8 * 60


def apply_retention(*, seconds=SECONDS, batch=BATCH):
    """Apply every active rule for tonight; True when nothing is left to do. Any number of workers."""
    stop = time.monotonic() + seconds
    finished = True
    for rule in LearnerRetentionRule.objects.filter(is_active=True).order_by("subject"):
        run, _ = LearnerRetentionRun.objects.get_or_create(rule=rule, day=timezone.localdate())
        if run.finished_at is None:
            finished &= _apply(rule, run, stop, batch)
    return finished


def _apply(rule, run, stop, batch):
    before = timezone.now() - timedelta(days=rule.days)
    after = 0
    while time.monotonic() < stop:
        keys = erase_due(rule, before, after, batch, acting_user=None)
        LearnerRetentionRun.objects.filter(pk=run.pk).update(rows=F("rows") + len(keys))
        if len(keys) < batch:
            LearnerRetentionRun.objects.filter(pk=run.pk).update(finished_at=timezone.now())
            return True
        after = keys[-1]
    logger.info("retention of %s goes on later", rule.subject)
    return False


def due(subject, before):
    """Rows whose time has come."""
    match subject:
        case LearnerRetention.ACCESSES:
            return FileAccess.objects.filter(at__lt=before)
        case LearnerRetention.ADDRESSES:
            return Address.objects.filter(valid_to__lt=before)
        case LearnerRetention.INVITATIONS:
            return Guardianship.objects.filter(accepted_at=None, expires_at__lt=before)
        case LearnerRetention.RIGHTS:
            return RightRequest.objects.filter(settled_at__lt=before).exclude(wanted="")
        case LearnerRetention.INACTIVE:
            return _inactive(before)
        case LearnerRetention.PIECES:
            ended = {"file__enrolment__state": EnrolmentState.CANCELLED, "file__enrolment__cancelled_at__lt": before}
            return Piece.objects.filter(**ended, provided_at__isnull=False, erased_at=None)
        case LearnerRetention.COPIES:
            files = CopyFile.objects.filter(copy=OuterRef("pk"))
            returned = CorrectionFile.objects.filter(correction__copy=OuterRef("pk"))
            written = Correction.objects.filter(copy=OuterRef("pk")).exclude(feedback="")
            kept = ~Q(comment="") | Exists(files) | Exists(returned) | Exists(written)
            return Copy.objects.filter(kept, enrolment__in=_over(before))
        case LearnerRetention.ACTIVITIES:
            return Activity.objects.filter(enrolment__in=_over(before))
        case LearnerRetention.CONTACTS:
            return Contact.objects.filter(enrolment__in=_over(before)).exclude(note="", answer="")
    raise ValueError(subject)


def _over(before):
    """Enrolments that ended before that moment, in any way."""
    day = timezone.localdate(before)
    return Enrolment.objects.filter(Q(finished_on__lt=day) | Q(abandoned_on__lt=day) | Q(cancelled_at__lt=before))


def _inactive(before):
    """Learners' accounts that nobody used since, whose enrolments are all over, and that are not closing already."""
    seen = Q(last_login__lt=before) | Q(last_login__isnull=True, date_joined__lt=before)
    live = Enrolment.objects.live().filter(learner__user=OuterRef("pk"))
    wards = Guardianship.objects.in_force().of_minors().filter(guardian=OuterRef("pk"))
    closing = AccountClosure.objects.filter(user=OuterRef("pk"), cancelled_at=None)
    file = LearnerProfile.objects.filter(user=OuterRef("pk"), merged_into=None, anonymised_at=None)
    return User.objects.filter(
        seen, Exists(file), ~Exists(live), ~Exists(wards), ~Exists(closing), is_staff=False, is_active=True
    )


@verb
def erase_due(rule, before, after, size, *, acting_user):
    """Erase some rows of a rule, one transaction for all; their keys. Another worker's rows are passed over."""
    rows = (
        due(rule.subject, before).filter(pk__gt=after).order_by("pk").select_for_update(skip_locked=True, of=("self",))
    )
    keys = list(rows.values_list("pk", flat=True)[:size])
    _ERASERS[rule.subject](keys, before)
    return keys


def _erase_accesses(keys, before):
    with pgtrigger.ignore("learners.FileAccess:append_only"):
        FileAccess.objects.filter(pk__in=keys).delete()


def _erase_addresses(keys, before):
    """The history of the profile repeats the address in its columns: it forgets what is as old."""
    learners = list(Address.objects.filter(pk__in=keys).values_list("learner", flat=True).distinct())
    Address.objects.filter(pk__in=keys).delete()
    with pgtrigger.ignore("learners.LearnerProfileEvent:append_only"):
        old = LearnerProfile.pgh_event_model.objects.filter(pgh_obj_id__in=learners, pgh_created_at__lt=before)
        old.update(**NO_ADDRESS)


def _erase_invitations(keys, before):
    Guardianship.objects.filter(pk__in=keys).delete()
    with pgtrigger.ignore(LIFTED_OF_GUARDIANS):
        Guardianship.pgh_event_model.objects.filter(pgh_obj_id__in=keys).delete()


def _erase_texts(keys, before):
    RightRequest.objects.filter(pk__in=keys).update(wanted="", answer=ERASED)


def _warn_inactive(keys, before):
    """An account is closed by the same way as its owner would: told first, given up by signing in."""
    for user in User.objects.filter(pk__in=keys):
        if not all_of("hinder_closure", user):
            try:
                request_closure(user, acting_user=None, days=WARNING_DAYS, event="closure_inactive")
            except Refusal:  # asked by its owner at this moment
                continue


_ERASERS = {
    LearnerRetention.ACCESSES: _erase_accesses,
    LearnerRetention.ADDRESSES: _erase_addresses,
    LearnerRetention.INVITATIONS: _erase_invitations,
    LearnerRetention.RIGHTS: _erase_texts,
    LearnerRetention.INACTIVE: _warn_inactive,
    LearnerRetention.PIECES: lambda keys, before: forget_pieces(Piece.objects.filter(pk__in=keys)),
    LearnerRetention.COPIES: lambda keys, before: forget_copies(Copy.objects.filter(pk__in=keys)),
    LearnerRetention.ACTIVITIES: lambda keys, before: forget_activities(Activity.objects.filter(pk__in=keys)),
    LearnerRetention.CONTACTS: lambda keys, before: forget_contacts(Contact.objects.filter(pk__in=keys)),
}
