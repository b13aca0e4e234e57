"""The portal as an application: its manifest, its service worker, what it keeps on a device, its notifications."""

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.clients import webpush
from learners.domain.notifications import choose_notifications
from learners.domain.push import add_device, remove_device
from learners.domain.refusals import Refusal
from learners.domain.space import kept_addresses
from learners.forms.notifications import NotificationsForm
from learners.models import PushDevice
from learners.views.space import space_crumb

# What a page needs to be read without network; the worker keeps the rest as it meets it.
SHELL = (
    *("dsfr/dist/dsfr/dsfr.module.min.js", "django_htmx/htmx-2.min.js"),
    *("css/dsfr.css", "css/typeface.css", "css/portal.css", "css/print.css", "css/learners.css", "css/crc.css"),
    *("js/start.js", "js/errors.js", "js/suggestions.js", "js/outbox.js", "js/app.js", "img/brand.svg"),
)
WORKER = ("js/outbox.js", "js/service-worker.js")
ICONS = [(192, "any"), (512, "any"), (512, "maskable")]


@login_not_required
@require_safe
@cache_control(max_age=86_400, public=True)
def manifest(request):
    """What a phone shows of the application once it is installed."""
    content = {
        "id": "/mon-espace/",
        "name": "Portail Cned",
        "short_name": "Cned",
        "description": "Se former à distance : inscriptions, devoirs, documents et demandes.",
        "lang": "fr",
        "dir": "ltr",
        "start_url": reverse("learners:space"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#000091",
        "categories": ["education"],
        "icons": [
            {
                "src": static(f"img/application-{purpose}-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in ICONS
        ],
        "shortcuts": [
            {"name": "Mes demandes", "url": "/mon-espace/demandes/"},
            {"name": "Trouver une formation", "url": reverse("catalogue:search")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(request):
    """The worker, at the root so that it sees the whole site. Its text changes with what it keeps."""
    told = {
        "version": _version(),
        "shell": [reverse("learners:offline"), *(static(path) for path in SHELL)],
        "pages": kept_addresses(),
        "static": settings.STATIC_URL,
        "space": reverse("learners:space"),
        "offline": reverse("learners:offline"),
        "logout": reverse("account_logout"),
        "token": reverse("learners:token"),
        "icon": static("img/application-any-192.png"),
    }
    scripts = ", ".join(json.dumps(static(path)) for path in WORKER)
    text = f"const CNED = {json.dumps(told)};\nimportScripts({scripts});\n"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def offline(request):
    """Shown by the worker in place of a page that it did not keep."""
    return render(request, "learners/offline.html", {"title": "Hors ligne", "crumbs": []})


@never_cache
@require_safe
def application(request):
    """Install it, keep it readable without network, be told on this device."""
    context = {
        "title": "Application",
        "crumbs": [space_crumb()],
        "devices": list(PushDevice.objects.filter(user=request.user).order_by("-created_at", "-pk")),
        "vapid_key": webpush.public_key() if webpush.is_configured() else "",
    }
    return render(request, "learners/application.html", context)


@never_cache
@require_safe
def token(request):
    """What a worker needs to send what waited: who is signed in, and the token of their session's forms."""
    return JsonResponse({"compte": request.user.device_mark, "csrf": get_token(request)})


@never_cache
@require_POST
def add(request):
    """Keep the browser's subscription; for a script, which shows the sentence."""
    said = request.POST
    try:
        device = add_device(
            request.user,
            label=" ".join(said.get("label", "").split())[:80] or "Cet appareil",
            endpoint=said.get("endpoint", "")[:600],
            p256dh=said.get("p256dh", "")[:100],
            auth=said.get("auth", "")[:40],
            acting_user=request.user,
        )
    except Refusal as refusal:
        return JsonResponse({"detail": str(refusal)}, status=400)
    return JsonResponse({"detail": "Cet appareil sera prévenu.", "cle": device.pk}, status=201)


@never_cache
@require_POST
def remove(request, pk):
    """Tell the person there no more."""
    remove_device(get_object_or_404(PushDevice, user=request.user, pk=pk), acting_user=request.user)
    messages.success(request, "Cet appareil ne sera plus prévenu.")
    return redirect("learners:application")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request):
    """By which means to be told of what, and when not to be."""
    form = NotificationsForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        choose_notifications(request.user, channels=form.channels, quiet=form.quiet, acting_user=request.user)
        messages.success(request, "Vos choix sont enregistrés.")
        return redirect("learners:notifications")
    context = {
        "title": "Notifications",
        "crumbs": [space_crumb()],
        "form": form,
        "has_devices": PushDevice.objects.filter(user=request.user).exists(),
        "push_offered": webpush.is_configured(),
    }
    return render(request, "learners/notifications.html", context)


def _version():
    """A mark of what the worker keeps from the start: names hold a mark of the content, or the files are looked at."""
    digest = hashlib.sha256()
    for path in (*SHELL, *WORKER):
        address = static(path)
        found = finders.find(path) if address.endswith(path) else None
        digest.update(Path(found).read_bytes() if found else address.encode())
    return digest.hexdigest()[:12]
