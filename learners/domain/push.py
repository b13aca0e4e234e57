"""Notifications on people's devices: rows written with the fact, sent by workers until they are taken or too old."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.clients import https, webpush
from cned_portal.common.refusals import Refusal
from cned_portal.common.verbs import verb
from learners import tasks
from learners.enums import PushState
from learners.models import PushDevice, PushMessage

logger = logging.getLogger(__name__)

DEVICES_MAX = 10
BATCH = 20
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
KEPT = timedelta(days=7)
GONE = {404, 410}


@verb
def add_device(user, *, label, endpoint, p256dh, auth, acting_user):
    """Tell the person in this browser too. A browser that told another account now tells this one alone.

    Raises Refusal when it is no subscription, or when the person has as many devices as one may.
    """
    try:
        webpush.check_subscription(endpoint, p256dh, auth)
    except webpush.BadSubscription as error:
        raise Refusal(str(error)) from None
    PushDevice.objects.filter(endpoint=endpoint).exclude(user=user).delete()
    others = PushDevice.objects.filter(user=user).exclude(endpoint=endpoint)
    if others.count() >= DEVICES_MAX:
        raise Refusal(f"Vous avez déjà {DEVICES_MAX} appareils : retirez-en un.")
    device, _ = PushDevice.objects.update_or_create(
        endpoint=endpoint, defaults={"user": user, "label": label, "p256dh": p256dh, "auth": auth}
    )
    return device


@verb
def remove_device(device, *, acting_user):
    """Tell the person there no more; what waited for it goes too."""
    device.delete()


def queue_push(user, *, key, title, url, due_at=None):
    """Write what each of the person's devices is to be told, in the transaction of the fact; number of devices."""
    if not webpush.is_configured():
        return 0
    now = timezone.now()
    due_at = due_at or now
    messages = [
        PushMessage(
            device=device, key=key, title=title, url=url, due_at=due_at, give_up_at=max(due_at, now) + GIVE_UP_AFTER
        )
        for device in PushDevice.objects.filter(user=user)
    ]
    PushMessage.objects.bulk_create(messages, ignore_conflicts=True)
    if messages and due_at <= now:
        transaction.on_commit(lambda: tasks.send_push_messages.apply_async(retry=False), robust=True)
    return len(messages)


def send_due():
    """Send what is due; number of messages taken. Any number of workers at once."""
    taken = 0
    while batch := _claim():
        taken += sum(_send(message) for message in batch)
    return taken


def forget_old_messages():
    """Remove what was told, or given up, a week ago."""
    return PushMessage.objects.filter(give_up_at__lt=timezone.now() - KEPT).delete()[0]


def _claim():
    now = timezone.now()
    with transaction.atomic():
        batch = list(
            PushMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(Q(lease_until=None) | Q(lease_until__lt=now), state=PushState.PENDING, due_at__lte=now)
            .select_related("device")
            .order_by("due_at", "pk")[:BATCH]
        )
        PushMessage.objects.filter(pk__in=[message.pk for message in batch]).update(lease_until=now + LEASE)
    return batch


def _send(message):
    device = message.device
    told = {"titre": message.title, "adresse": message.url, "fait": message.key}
    try:
        status = webpush.send(device.endpoint, device.p256dh, device.auth, told)
        error = "" if 200 <= status < 300 else f"réponse {status}"
    except (https.ForbiddenAddress, https.HttpsFailure) as failure:
        status, error = None, str(failure)
    if status in GONE:
        device.delete()
        return 0
    fields = {"attempts": F("attempts") + 1, "error": error[:100], "lease_until": None}
    if not error:
        fields["state"] = PushState.SENT
    elif timezone.now() >= message.give_up_at:
        fields["state"] = PushState.ABANDONED
    else:
        fields["due_at"] = timezone.now() + min(FIRST_DELAY * 2 ** min(message.attempts, 12), LONGEST_DELAY)
    PushMessage.objects.filter(pk=message.pk, state=PushState.PENDING).update(**fields)
    if error:
        logger.warning("push not taken", extra={"push": message.pk, "error": error})
    return int(not error)
