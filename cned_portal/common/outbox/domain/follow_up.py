"""What people and providers may change of a mail once it is written, and what is looked after by itself."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.verbs import verb

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
CANCELLABLE = [MailState.PENDING, MailState.CLAIMED]
RESENDABLE = [MailState.FAILED, MailState.BOUNCED, MailState.UNKNOWN, MailState.CANCELLED]


@verb
def cancel_mail(key, *, acting_user=None):
    """Cancel the mail of this key unless it is leaving or has left; True when it was cancelled."""
    return bool(
        Mail.objects.filter(key=key, state__in=CANCELLABLE).update(
            state=MailState.CANCELLED, claimed_by="", lease_until=None
        )
    )


@verb
def resend_mail(mail, *, acting_user):
    """Send a mail again, with the same Message-ID; False when its state, or its purged content, forbids it."""
    return bool(
        Mail.objects.filter(pk=mail.pk, state__in=RESENDABLE, purged_at=None).update(
            state=MailState.PENDING,
            due_at=timezone.now(),
            claimed_by="",
            lease_until=None,
            give_up_at=None,
            sent_at=None,
        )
    )


@verb
def settle_mail(mail, *, arrived, acting_user):
    """Write what a person found about a mail whose fate was not known; False when it was not in doubt."""
    fields = {"state": MailState.SENT, "sent_at": timezone.now()} if arrived else {"state": MailState.BOUNCED}
    return bool(Mail.objects.filter(pk=mail.pk, state=MailState.UNKNOWN).update(**fields))


def note_provider_event(*, provider_id, event_type):
    """Write what the mail provider tells: a bounce, or a delivery that settles a doubt; number of mails changed."""
    if not provider_id:
        return 0
    mails = Mail.objects.filter(provider_id=provider_id)
    if event_type in {"bounced", "rejected", "failed"}:
        return mails.filter(state__in=[MailState.SENT, MailState.UNKNOWN]).update(
            state=MailState.BOUNCED, error=f"provider: {event_type}"
        )
    if event_type == "delivered":
        return mails.filter(state=MailState.UNKNOWN).update(state=MailState.SENT, sent_at=timezone.now())
    return 0


def health():
    """What does not go by itself: counts of unsettled states, mails late or stuck, the oldest due. Partial indexes."""
    now = timezone.now()
    counts = dict(
        Mail.objects.exclude(state__in=[MailState.SENT, MailState.CANCELLED])
        .order_by()
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    late = Mail.objects.filter(state=MailState.PENDING, due_at__lt=now - LATE)
    return {
        "counts": {MailState(state).label: number for state, number in sorted(counts.items())},
        "late": late.count(),
        "stuck": Mail.objects.filter(state__in=[MailState.CLAIMED, MailState.SENDING], lease_until__lt=now).count(),
        "oldest_due": Mail.objects.filter(state=MailState.PENDING).aggregate(oldest=Min("due_at"))["oldest"],
    }


def reconcile():
    """Log what is late or stuck; return the figures."""
    found = health()
    level = logging.ERROR if found["late"] or found["stuck"] else logging.INFO
    logger.log(level, "outbox checked", extra={"late": found["late"], "stuck": found["stuck"]})
    return found


def purge_secrets():
    """Empty the old mails of libraries (they hold links that open an account); number of mails emptied."""
    before = timezone.now() - timedelta(days=settings.OUTBOX_SECRET_DAYS)
    return (
        Mail.objects.filter(kind="django", purged_at=None, created_at__lt=before)
        .exclude(state__in=[MailState.PENDING, MailState.CLAIMED, MailState.SENDING])
        .update(text="", html="", purged_at=timezone.now())
    )
