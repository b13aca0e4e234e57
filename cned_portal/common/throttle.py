"""Limits on how often something may be done, counted in the shared cache."""

import hashlib

from django.conf import settings
from django.core.cache import cache


def client_address(request):
    """Address of the person's machine, for limits only.

    Behind `TRUSTED_PROXIES` proxies of ours it is that many places from the end of `X-Forwarded-For`: what stands
    before was written by the person. With none, the header is not read.
    """
    hops = settings.TRUSTED_PROXIES
    forwarded = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if hops and len(forwarded) >= hops and forwarded[-hops]:
        return forwarded[-hops]
    return request.META.get("REMOTE_ADDR", "")


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
