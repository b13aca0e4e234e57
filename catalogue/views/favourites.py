"""Favourites of a visitor (a signed cookie of keys, without anything about the person) and of an account (rows)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalogue.domain.favourites import (
    FAVOURITES_MAX,
    FULL,
    drop_training,
    favourite_trainings,
    keep_training,
    merge_favourites,
)
from catalogue.models import Favourite, Training

COOKIE = "favoris"
COOKIE_DAYS = 180
_SALT = "catalogue.favourites"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def favourites(request):
    """The list; a POST keeps a training (`garder`) or drops it (`retirer`), then goes back where it came from.

    A person who has just signed in brings along what the cookie holds: it is added once, and the cookie ends.
    """
    user = request.user if request.user.is_authenticated else None
    keys = kept_keys(request)
    merged = user is not None and COOKIE in request.COOKIES
    if merged and keys:
        merge_favourites(user, keys, acting_user=user)
    if request.method == "POST":
        keys = _change(request, user, keys)
        response = redirect(_back(request))
    else:
        trainings = favourite_trainings(user, keys)
        context = {"title": "Mes favoris", "crumbs": [], "trainings": trainings, "signed_in": user is not None}
        response = render(request, "catalogue/favourites.html", context)
    if merged:
        response.delete_cookie(COOKIE, samesite="Lax")
    elif user is None and request.method == "POST":
        _write_cookie(response, keys)
    return response


def is_kept(request, key):
    """Whether the person keeps the training of this key; one query for an account, none for a visitor."""
    if key in kept_keys(request):
        return True
    return request.user.is_authenticated and Favourite.objects.filter(user=request.user, training=key).exists()


def kept_keys(request):
    """Keys of the trainings in the visitor's cookie, oldest first; a cookie that is not ours holds none."""
    value = request.get_signed_cookie(COOKIE, default="", salt=_SALT)
    return [int(key) for key in value.split(".") if key.isdecimal() and len(key) < 19][:FAVOURITES_MAX]


def _change(request, user, keys):
    slug = request.POST.get("formation", "").replace("\0", "")[:200]
    training = get_object_or_404(Training.objects.published(), slug=slug)
    keep = request.POST.get("act") != "retirer"
    try:
        if user is not None:
            (keep_training if keep else drop_training)(user, training, acting_user=user)
        else:
            keys = [key for key in keys if key != training.pk]
            if keep and len(keys) >= FAVOURITES_MAX:
                raise ValidationError(FULL)
            keys += [training.pk] if keep else []
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        done = "est dans vos favoris" if keep else "n’est plus dans vos favoris"
        messages.success(request, f"« {training.title} » {done}.")
    return keys


def _back(request):
    """The page from which the form was sent, when it is one of ours."""
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours and len(address) < 2_000 else reverse("catalogue:favourites")


def _write_cookie(response, keys):
    if not keys:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_signed_cookie(
        COOKIE,
        ".".join(map(str, keys)),
        salt=_SALT,
        max_age=COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
