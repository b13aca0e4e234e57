"""One token for the state of the catalogue: what is computed from it is kept under the token, and dies with it."""

from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

KEEP_SECONDS = 600  # a change that announces nothing (raw SQL) is seen after this time at the latest
_KEY = "catalogue:version"


def catalogue_version():
    """Token of the catalogue as it is now. Read it before the rows: a change in between ends what was computed."""
    return cache.get_or_set(_KEY, lambda: uuid4().hex, None)


def announce_change():
    """Say that something changed of what searches, facets and lists show; now, and again once it is committed."""
    _renew()
    transaction.on_commit(_renew)


def _renew():
    cache.set(_KEY, uuid4().hex, None)
