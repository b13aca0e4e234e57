"""Pages whose address is the access."""

import functools

from django.contrib.auth.decorators import login_not_required
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt


def secret_address(view):
    """Mark a view whose address holds a secret token: open without an account, kept out of caches and engines.

    `no-referrer` keeps the token from other sites; browsers then send `Origin: null` with the page's own forms, which
    Django's CSRF check refuses. The check protects what a cookie gives; here the token alone gives it, and another
    site does not know the token. Refusals are not logged either, since the log would keep the address.
    """

    @login_not_required
    @csrf_exempt
    @never_cache
    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response._has_been_logged = True
        return response

    return wrapper
