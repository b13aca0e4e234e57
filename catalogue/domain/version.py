"""One token for the state of the catalogue: what is computed from it is kept under the token, and dies with it."""

import time
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

# A change that announces nothing (raw SQL) is seen once what was kept has expired: figures, then pages made of them.
KEEP_SECONDS = 600
MEMORY_SECONDS = 60
_KEY = "catalogue:version"
_in_memory: dict[str, tuple] = {}


def catalogue_version():
    """Token of the catalogue as it is now. Read it before the rows: a change in between ends what was computed."""
    return cache.get_or_set(_KEY, lambda: uuid4().hex, None)


def kept(name, build):
    """What `build()` computes from the whole catalogue, for its version and the day; once for all processes.

    Shared by the cache, and for a minute in the memory of each process.
    """
    state = (catalogue_version(), timezone.localdate())
    known, until, value = _in_memory.get(name, (None, 0.0, None))
    if known != state or time.monotonic() > until:
        value = cache.get_or_set(f"catalogue:{name}:{state[0]}:{state[1]}", build, KEEP_SECONDS)
        _in_memory[name] = (state, time.monotonic() + MEMORY_SECONDS, value)
    return value


def announce_change():
    """Say that something changed of what searches, facets and lists show; now, and again once it is committed."""
    _renew()
    transaction.on_commit(_renew)


def _renew():
    cache.set(_KEY, uuid4().hex, None)
