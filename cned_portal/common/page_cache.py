"""Pages kept for visitors whom nothing tells apart (no session, no message waiting); frames of those of a person.

What makes a page of one visitor (the token of its forms) is put in when it is sent. A page enters the cache the second
time it is asked for within a minute: addresses invented one by one fill nothing.
"""

import hashlib
from types import SimpleNamespace

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache import cache, caches
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe

_TOKEN = "jeton-de-formulaire-a-poser"  # noqa: S105  a mark in the kept text, replaced by the visitor's own
_CONTENT = "contenu-de-la-page-a-poser"
_DEVICE = "marque-du-compte-a-poser"
_MESSAGES_COOKIE = "messages"
_SEEN_SECONDS = _FRAME_SECONDS = 60


def cached_page(request, key, template, context, *, seconds, keep=lambda context: True):
    """The page as a response, from the cache where it may be.

    `key`: all that the page depends on besides its template and its visitor, as text. `context`: a function, called
    only when the page must be rendered; `keep` tells of what it gives whether the page may be kept.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES or _MESSAGES_COOKIE in request.COOKIES:
        return _response(render_to_string(template, context(), request))
    digest = hashlib.sha256(f"{template}|{request.get_host()}|{key}".encode("utf-8", "replace")).hexdigest()
    name = f"page:{digest}"
    local = caches["local"]
    text = local.get(name)
    if text is None and (text := cache.get(name)) is not None:
        local.set(name, text)
    if text is None:
        values = context()
        text = render_to_string(template, {**values, "csrf_token": _TOKEN}, request)
        if keep(values) and not cache.add(f"{name}:seen", 1, _SEEN_SECONDS):
            cache.set(name, text, seconds)
    return _response(text.replace(_TOKEN, get_token(request)) if _TOKEN in text else text)


def framed_page(request, template, context, content, *, key=""):
    """A page of the signed-in person, whose frame each process renders once a minute for all who see the same one.

    `content`: the HTML that is the person's own, which the template writes as `content`. `context`: what the frame
    depends on; `key`: the same as text. The frame is rendered for somebody without a name, so that it holds nobody's.
    """
    person = request.user
    if len(get_messages(request)):
        return _response(render_to_string(template, {**context, "content": content}, request))
    local, name = caches["local"], f"frame:{template}|{request.get_host()}|{request.path}|{person.is_staff}|{key}"
    name = f"frame:{hashlib.sha256(name.encode()).hexdigest()}"
    text = local.get(name)
    if text is None:
        nobody = SimpleNamespace(is_authenticated=True, is_staff=person.is_staff, device_mark=_DEVICE)
        marks = {"content": mark_safe(_CONTENT), "csrf_token": _TOKEN, "user": nobody}  # noqa: S308  our own mark
        text = render_to_string(template, {**context, **marks}, request)
        local.set(name, text, _FRAME_SECONDS)
    text = text.replace(_TOKEN, get_token(request)).replace(_DEVICE, person.device_mark)
    # The content last: what a person wrote is not sought for marks
    return _response(text.replace(_CONTENT, content))


def _response(text):
    response = HttpResponse(text)
    patch_vary_headers(response, ["Cookie"])
    return response
