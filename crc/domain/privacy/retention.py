"""The nightly erasure: each rule in small steps, so that it stops anywhere and goes on later, whoever else works."""

import logging
import time
from datetime import timedelta

import pgtrigger
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.verbs import verb
from crc.domain.privacy.anonymise import anonymise_ticket, erase_mails, erase_raws, erase_sent
from crc.domain.privacy.exports import erase_old_exports
from crc.enums import Kind, MailStep, RetentionSubject, State
from crc.models import AccessLog, AnswerDraft, InboundMail, RetentionRule, RetentionRun, Ticket

logger = logging.getLogger(__name__)

BATCH = 200
MOST_COUNTED = 1_000
SECONDS = 8 * 60  # of one visit; the next one goes on
_NOT_SETTLED = [MailState.PENDING, MailState.CLAIMED, MailState.SENDING]


def apply_retention(*, seconds=SECONDS, batch=BATCH):
    """Apply every active rule for tonight; True when nothing is left to do.

    A rule that is finished for the day is not read again; one that is interrupted goes on at the next visit.
    """
    stop = time.monotonic() + seconds
    finished = True
    erase_old_exports()
    for rule in RetentionRule.objects.filter(is_active=True).order_by("subject"):
        run, _ = RetentionRun.objects.get_or_create(rule=rule, day=timezone.localdate())
        if run.finished_at is None:
            finished &= _apply(rule, run, stop, batch)
    return finished


def _apply(rule, run, stop, batch):
    before = timezone.now() - timedelta(days=rule.days)
    step = _erase_rows if rule.subject in _ERASERS else _anonymise_tickets
    after = None
    while time.monotonic() < stop:
        found, done, after = step(rule, before, after, batch)
        RetentionRun.objects.filter(pk=run.pk).update(rows=F("rows") + done)
        if found < batch:
            left = _due(rule, before).order_by()[:MOST_COUNTED].count()
            RetentionRun.objects.filter(pk=run.pk).update(finished_at=timezone.now(), skipped=left)
            return True
    logger.info("retention of %s goes on later", rule.subject)
    return False


def _due(rule, before):
    """Rows whose time has come, the oldest first: each set is read by an index of its own."""
    match rule.subject:
        case RetentionSubject.RAW_MAILS:  # a mail that nobody has read yet stays
            mails = InboundMail.objects.filter(received_at__lt=before, raw_erased_at=None)
            return mails.exclude(step=MailStep.WAITING).order_by("received_at", "pk")
        case RetentionSubject.LEFT_OUT:
            mails = InboundMail.objects.filter(received_at__lt=before, erased_at=None)
            return mails.filter(step=MailStep.DONE, ticket=None).order_by("received_at", "pk")
        case RetentionSubject.OUTBOX:
            mails = Mail.objects.filter(created_at__lt=before, purged_at=None)
            return mails.exclude(state__in=_NOT_SETTLED).order_by("created_at", "pk")
        case RetentionSubject.DRAFTS:  # of a closed ticket, nobody will send it: the wait is for the others
            drafts = AnswerDraft.objects.filter(Q(saved_at__lt=before) | Q(ticket__state=State.CLOSED))
            return drafts.order_by("saved_at", "pk")
        case RetentionSubject.ACCESS_LOG:
            return AccessLog.objects.filter(at__lt=before).order_by("at", "pk")
        case _:
            tickets = Ticket.objects.filter(kind=Kind(rule.subject), closed_at__lt=before, anonymised_at=None)
            return tickets.order_by("closed_at", "pk")


def _anonymise_tickets(rule, before, after, size):
    """One ticket, one transaction. Those that cannot be done now are passed over."""
    due = _due(rule, before)
    if after:
        closed_at, pk = after
        due = due.filter(Q(closed_at__gt=closed_at) | Q(pk__gt=pk), closed_at__gte=closed_at)
    rows = list(due.values_list("closed_at", "pk")[:size])
    done = sum(anonymise_ticket(pk, closed_before=before, acting_user=None) for _, pk in rows)
    return len(rows), done, rows[-1] if rows else after


@verb
def erase_due(rule, before, size, *, acting_user):
    """Erase some rows of a rule, one transaction for all; number of rows. Another worker's rows are passed over."""
    held = _due(rule, before).select_for_update(skip_locked=True, of=("self",))
    keys = list(held.values_list("pk", flat=True)[:size])
    _ERASERS[rule.subject](keys)
    return len(keys)


def _erase_accesses(keys):
    with pgtrigger.ignore("crc.AccessLog:append_only"):
        AccessLog.objects.filter(pk__in=keys).delete()


_ERASERS = {
    RetentionSubject.RAW_MAILS: erase_raws,
    RetentionSubject.LEFT_OUT: lambda keys: erase_mails(InboundMail.objects.filter(pk__in=keys)),
    RetentionSubject.OUTBOX: erase_sent,
    RetentionSubject.DRAFTS: lambda keys: AnswerDraft.objects.filter(pk__in=keys).delete(),
    RetentionSubject.ACCESS_LOG: _erase_accesses,
}


def _erase_rows(rule, before, after, size):
    found = erase_due(rule, before, size, acting_user=None)
    return found, found, None
