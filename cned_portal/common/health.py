"""Whether the process lives (`/healthz`) and whether it can serve (`/readyz`), for load balancers and supervisors.

Answered before every other middleware: neither the host's name, nor the session, nor the database of an account may
stand between a probe and its answer. A worker that is away is told and does not make the web unready: pages work, mails
wait. Nothing secret is said: the name of a check and « ok » or « down ».
"""

import time
from contextlib import suppress

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse

HEARTBEAT_KEY = "worker-heartbeat"
HEARTBEAT_KEPT = 24 * 3600
_migrated = False


class HealthMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return JsonResponse({"process": "ok"})
        if request.path == "/readyz":
            checks = readiness()
            ready = all(checks[name] == "ok" for name in ("database", "migrations", "redis"))
            return JsonResponse(checks, status=200 if ready else 503)
        return self.get_response(request)


def readiness():
    """State of each thing that a page needs, and the age in seconds of the last sign of life of a worker."""
    database = _check(_database)  # one that is away is waited for once
    migrations = _check(_migrations) if database == "ok" else "down"
    checks = {"database": database, "migrations": migrations, "redis": _check(_redis)}
    age = None
    if checks["redis"] == "ok":
        with suppress(Exception):
            age = heartbeat_age()
    return {**checks, "worker_heartbeat_age": None if age is None else round(age)}


def beat():
    """Note that a worker is alive."""
    cache.set(HEARTBEAT_KEY, time.time(), HEARTBEAT_KEPT)


def heartbeat_age():
    """Seconds since the last sign of life of a worker; None when none was ever seen."""
    seen = cache.get(HEARTBEAT_KEY)
    return None if seen is None else time.time() - seen


def _check(check):
    try:
        return "ok" if check() else "down"
    except Exception:
        return "down"


def _database():
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _migrations():
    """Asked until it is true, then never again: a running release does not lose its migrations."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _redis():
    return cache.get("readyz", "ok") == "ok"
