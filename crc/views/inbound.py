"""Mails that a provider brings in by webhook, under a shared secret: the raw message, or the provider's own format."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from cned_portal.common.clients.mail_providers import (
    ANYMAIL_VIEWS,
    NotAMail,
    NotTheProvider,
    ProviderAway,
    UnreadableEvent,
    received_mails,
)
from crc.domain.mail.ingestion import keep_mail
from crc.domain.mail.parsing import MAX_BYTES
from crc.models import Mailbox

logger = logging.getLogger(__name__)

PROVIDER_MAX_BYTES = 2 * MAX_BYTES  # a mail in base64 within JSON, and its pieces said apart


@login_not_required
@csrf_exempt
@require_POST
def receive(request, code):
    """Keep a mail sent as `message/rfc822`, with `Authorization: Bearer <secret>`; 201 when new, 200 when known.

    The answer leaves once the mail is kept: a provider that hears nothing sends it again, and it is kept once.
    """
    secret = settings.INBOUND_WEBHOOK_SECRET
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not secret or not constant_time_compare(given, secret):
        return HttpResponse(status=403)
    mailbox = Mailbox.objects.filter(code=code, is_active=True).first()
    if mailbox is None:
        return HttpResponse(status=404)
    raw = request.read(MAX_BYTES + 1)
    if not raw.strip():
        return JsonResponse({"detail": "Le courriel est vide."}, status=400)
    _, is_new = keep_mail(mailbox, raw)
    return JsonResponse({"new": is_new}, status=201 if is_new else 200)


@login_not_required
@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def receive_from(request, code, provider):
    """Keep the mails that a provider sends in its own format; 201 when one is new, 200 when all are known.

    503 asks the provider to send again. Some send a HEAD first, to see that the address answers.
    """
    if provider not in settings.INBOUND_PROVIDERS or provider not in ANYMAIL_VIEWS:
        return HttpResponse(status=404)
    if request.method == "HEAD":
        return HttpResponse()
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return HttpResponse(status=403)
    if "Authorization" not in request.headers:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="inbound"'})
    mailbox = Mailbox.objects.filter(code=code, is_active=True).first()
    if mailbox is None:
        return HttpResponse(status=404)
    # Read here, because Django's own bound is that of forms, far under a mail with its pieces.
    request._body = request.read(PROVIDER_MAX_BYTES + 1)
    if len(request._body) > PROVIDER_MAX_BYTES:
        return JsonResponse({"detail": "Le courriel est trop volumineux."}, status=413)
    try:
        mails = received_mails(provider, request)
    except NotTheProvider:
        return HttpResponse(status=403)
    except ProviderAway as error:
        logger.error("inbound mail of %s must come again: %s", provider, error)
        return HttpResponse(status=503)
    except NotAMail:
        logger.error("%s tells of something else than a mail received: its settings name the wrong address", provider)
        detail = "Ce n’est pas un courriel reçu : réservez cette adresse au courrier entrant du prestataire."
        return JsonResponse({"detail": detail}, status=422)
    except UnreadableEvent as error:
        logger.error("inbound mail of %s could not be read: %s", provider, error)
        return JsonResponse({"detail": "Ce contenu n’est pas celui de ce prestataire."}, status=400)
    new = sum(is_new for _, is_new in [keep_mail(mailbox, raw, known_as=key) for key, raw in mails])
    return JsonResponse({"new": new}, status=201 if new else 200)
