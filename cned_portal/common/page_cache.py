"""Whole pages kept for visitors whom nothing tells apart: no session, no message waiting.

What makes a page of one visitor (the token of its forms) is put in when it is sent. A page enters the cache the second
time it is asked for within a minute: addresses invented one by one fill nothing.
"""

import hashlib

from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

_TOKEN = "jeton-de-formulaire-a-poser"  # noqa: S105  a mark in the kept text, replaced by the visitor's own
_MESSAGES_COOKIE = "messages"
_SEEN_SECONDS = 60


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


def _response(text):
    response = HttpResponse(text)
    patch_vary_headers(response, ["Cookie"])
    return response
