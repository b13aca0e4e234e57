"""Telling partners what becomes of their requests: facts are pulled from the log, then sent until they are taken.

Any number of workers at once: a fact is one row for each endpoint (a unique constraint), a row is claimed with
`SKIP LOCKED` under a lease. A worker that dies leaves the lease behind and the row is sent again: the partner knows it
by its identifier.
"""

import hmac
import json
import logging
import os
import random
import socket
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cned_portal.common.clients import https
from cned_portal.common.verbs import verb
from crc.enums import DeliveryState, Event, PartnerEvent
from crc.models import LogEntry, WebhookDelivery, WebhookEndpoint

logger = logging.getLogger(__name__)

TOLD = {
    Event.RECEIVED: PartnerEvent.CREATED,
    Event.ANSWERED: PartnerEvent.ANSWERED,
    Event.CLOSED: PartnerEvent.CLOSED,
    Event.REOPENED: PartnerEvent.REOPENED,
}
GATHERED = 500
BATCH = 10
LEASE = timedelta(minutes=5)  # longer than a batch of silent servers
OPEN_TRANSACTIONS = timedelta(minutes=15)  # no transaction of the portal lasts longer: tasks are killed before
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
KEPT = timedelta(days=90)


def tell_partners(*, seconds=120):
    """Gather what happened and send what is due; (facts gathered, rows taken by partners)."""
    return gather(), send_due(seconds=seconds)


def gather():
    """Write what each active endpoint is to be told; number of facts."""
    endpoints = WebhookEndpoint.objects.filter(is_active=True, partner__is_active=True)
    return sum(_gather_for(endpoint) for endpoint in endpoints)


def _gather_for(endpoint):
    now = timezone.now()
    last = LogEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    facts = (
        LogEntry.objects.filter(
            pk__gt=endpoint.cursor,
            event__in=[event for event, told in TOLD.items() if told in endpoint.subscriptions],
            ticket__brought_by__partner=endpoint.partner_id,
        )
        .exclude(Exists(WebhookDelivery.objects.filter(endpoint=endpoint, entry=OuterRef("pk"))))
        .select_related("ticket__brought_by")
        .order_by("pk")[:GATHERED]
    )
    rows = [_delivery(endpoint, entry, now) for entry in facts]
    WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
    if len(rows) < GATHERED and endpoint.next_cursor_at <= now - OPEN_TRANSACTIONS:
        WebhookEndpoint.objects.filter(pk=endpoint.pk, next_cursor_at=endpoint.next_cursor_at).update(
            cursor=F("next_cursor"), next_cursor=last, next_cursor_at=now
        )
    return len(rows)


def _delivery(endpoint, entry, now):
    """The row of a fact. What is sent holds no personal data, and does not change from one attempt to the next."""
    uid, event = uuid.uuid4(), TOLD[Event(entry.event)]
    told = {
        "id": str(uid),
        "evenement": event,
        "date": entry.at.isoformat(),
        "reference": entry.ticket.reference,
        "reference_externe": entry.ticket.brought_by.external_reference,
        "etat": entry.new_state,
    }
    return WebhookDelivery(
        endpoint=endpoint,
        entry=entry,
        uid=uid,
        event=event,
        reference=entry.ticket.reference,
        body=json.dumps(told, ensure_ascii=False),
        due_at=now,
        created_at=now,
        give_up_at=now + GIVE_UP_AFTER,
    )


def send_due(*, seconds=120):
    """Send until nothing is due or the time is over; number of rows taken. A silent endpoint does not hold others."""
    name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    until, taken, silent = time.monotonic() + seconds, 0, set()
    while time.monotonic() < until:
        batch = _claim(name, silent)
        if not batch:
            break
        for delivery in batch:
            if delivery.endpoint_id in silent or time.monotonic() >= until:
                _mine(delivery, name).update(claimed_by="", lease_until=None)
            elif _send(delivery, name):
                taken += 1
            else:
                silent.add(delivery.endpoint_id)
    return taken


def _claim(name, silent):
    now = timezone.now()
    with transaction.atomic():
        batch = list(
            WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(Q(lease_until=None) | Q(lease_until__lt=now), state=DeliveryState.PENDING, due_at__lte=now)
            .filter(endpoint__is_active=True, endpoint__partner__is_active=True)
            .exclude(endpoint__in=silent)
            .select_related("endpoint")
            .order_by("due_at", "pk")[:BATCH]
        )
        WebhookDelivery.objects.filter(pk__in=[delivery.pk for delivery in batch]).update(
            claimed_by=name, lease_until=now + LEASE
        )
    return batch


def _mine(delivery, name):
    return WebhookDelivery.objects.filter(pk=delivery.pk, claimed_by=name, state=DeliveryState.PENDING)


def _send(delivery, name):
    """Send once and write what became of it; whether the partner took it."""
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "portail-cned-webhook/1",
        "X-Cned-Event": delivery.event,
        "X-Cned-Event-Id": str(delivery.uid),
        "X-Cned-Signature": signature(delivery.endpoint, body),
    }
    try:
        status = https.post(delivery.endpoint.address, body, headers)
        error = "" if 200 <= status < 300 else f"réponse {status}"
    except (https.ForbiddenAddress, https.HttpsFailure) as failure:
        error = str(failure)
    _record(delivery, name, error)
    return not error


def _record(delivery, name, error):
    now = timezone.now()
    fields = {"attempts": delivery.attempts + 1, "error": error[:100], "claimed_by": "", "lease_until": None}
    if not error:
        fields |= {"state": DeliveryState.SENT, "sent_at": now}
    elif now >= delivery.give_up_at:
        fields["state"] = DeliveryState.ABANDONED
    else:
        delay = min(FIRST_DELAY * 2 ** min(delivery.attempts, 12), LONGEST_DELAY)
        fields["due_at"] = now + delay * random.uniform(0.75, 1)  # noqa: S311 - spreads the load, hides nothing
    _mine(delivery, name).update(**fields)
    if error:
        logger.warning("webhook not taken", extra={"delivery": delivery.pk, "error": error})


def signature(endpoint, body, *, at=None):
    """Value of `X-Cned-Signature`: the moment, and one HMAC-SHA256 of « moment.body » for each key in force."""
    moment = int(time.time() if at is None else at)
    signed = str(moment).encode() + b"." + body
    marks = [
        hmac.new(webhook_secret(endpoint, key).encode(), signed, "sha256").hexdigest()
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])


def webhook_secret(endpoint, key=None):
    """The endpoint's secret. It is derived: a copy of the database signs nothing."""
    derived = salted_hmac("crc.webhook", f"{endpoint.pk}-{endpoint.secret_generation}", key, algorithm="sha256")
    return f"cnedwh_{derived.hexdigest()}"


@verb
def renew_secret(endpoint, *, acting_user):
    """Give the endpoint a new secret and end the former one; the secret."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(secret_generation=F("secret_generation") + 1)
    endpoint.refresh_from_db(fields=["secret_generation"])
    return webhook_secret(endpoint)


@verb
def resend(delivery, *, acting_user):
    """Send again, at once, what was given up or waits; False when it is taken, or leaving right now."""
    now = timezone.now()
    return bool(
        WebhookDelivery.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=delivery.pk)
        .exclude(state=DeliveryState.SENT)
        .update(
            state=DeliveryState.PENDING, due_at=now, give_up_at=now + GIVE_UP_AFTER, claimed_by="", lease_until=None
        )
    )


def forget_old_deliveries():
    """Give up what waits for an endpoint that is off, and forget what was settled long ago; how many forgotten."""
    off = Q(endpoint__is_active=False) | Q(endpoint__partner__is_active=False)
    WebhookDelivery.objects.filter(off, state=DeliveryState.PENDING, give_up_at__lt=timezone.now()).update(
        state=DeliveryState.ABANDONED, error="adresse ou partenaire désactivé"
    )
    old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.exclude(state=DeliveryState.PENDING).delete()[0]
