"""Prometheus metrics at `/metrics`: those of django-prometheus, and gauges that apps register, computed at each scrape.

Closed unless `METRICS_TOKEN` is set, and open to its bearer only; to anyone else the address does not exist.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import REGISTRY, GaugeMetricFamily

from cned_portal.common.health import heartbeat_age

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gauge:
    name: str
    description: str
    read: Callable[[], float | None]


_gauges: list[Gauge] = []


def gauge(name, description, read):
    """Have `read()` called at each scrape and shown as `portal_<name>`; it must be cheap, and may return None."""
    _gauges.append(Gauge(f"portal_{name}", description, read))


class PortalCollector:
    """The registered gauges; one that fails is left out and logged, the others are shown."""

    def collect(self):
        for one in _gauges:
            try:
                value = one.read()
            except Exception:
                logger.exception("gauge %s could not be read", one.name)
                continue
            if value is not None:
                yield GaugeMetricFamily(one.name, one.description, value=value)
        lengths = GaugeMetricFamily("portal_queue_length", "Messages waiting in a Celery queue", labels=["queue"])
        for queue, length in _queue_lengths():
            lengths.add_metric([queue], length)
        yield lengths


def _queue_lengths():
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
        return [(queue, client.llen(queue)) for queue in settings.CELERY_QUEUES_IN_USE]


@login_not_required
@never_cache
@require_safe
def metrics(request):
    """Everything in Prometheus' text format, of all the processes when `PROMETHEUS_MULTIPROC_DIR` is set."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(PortalCollector())
    if settings.PROMETHEUS_MULTIPROC_DIR:
        multiprocess.MultiProcessCollector(registry)
        content = generate_latest(registry)
    else:
        content = generate_latest(registry) + generate_latest(REGISTRY)
    return HttpResponse(content, content_type=CONTENT_TYPE_LATEST)


gauge("worker_heartbeat_age_seconds", "Seconds since the last sign of life of a worker", heartbeat_age)
