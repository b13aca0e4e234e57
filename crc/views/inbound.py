"""Mails that a provider brings in by webhook: the raw message, under a shared secret."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crc.domain.mail.ingestion import keep_mail
from crc.domain.mail.parsing import MAX_BYTES
from crc.models import Mailbox


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
