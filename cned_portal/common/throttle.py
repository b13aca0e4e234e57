"""Limits on how often something may be done, counted in the shared cache."""

import hashlib

from django.core.cache import cache


def allow(scope, key, *, limit, seconds):
    """Count one act of `key` in `scope`; False once there were more than `limit` within `seconds`.

    The key is hashed: no address is kept in clear. A cache that does not answer raises, as everything else does.
    """
    digest = hashlib.sha256(str(key).encode()).hexdigest()[:32]
    name = f"throttle:{scope}:{digest}"
    if cache.add(name, 1, timeout=seconds):
        return limit >= 1
    try:
        return cache.incr(name) <= limit
    except ValueError:  # it expired in between
        cache.add(name, 1, timeout=seconds)
        return limit >= 1
