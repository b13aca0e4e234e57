"""`/healthz` and `/readyz`, with the services really away."""

import json
import os
import subprocess
import sys

import pytest
from django.core.cache import cache

from cned_portal.common import health
from cned_portal.common.tasks import beat


def test_process_answers_without_any_service(client):
    answer = client.get("/healthz", HTTP_HOST="10.0.0.7")
    assert (answer.status_code, answer.json()) == (200, {"process": "ok"})


@pytest.mark.django_db
def test_ready_when_everything_answers(client):
    cache.delete(health.HEARTBEAT_KEY)
    assert client.get("/readyz").json() == {
        "database": "ok", "migrations": "ok", "redis": "ok", "worker_heartbeat_age": None,
    }  # fmt: skip
    beat()
    answer = client.get("/readyz", HTTP_HOST="10.0.0.7")
    assert (answer.status_code, answer.json()["worker_heartbeat_age"]) == (200, 0)


PROBE = """
import django, json, time
django.setup()
from django.test import Client
started = time.perf_counter()
answers = [Client().get(path) for path in ("/healthz", "/readyz")]
print(json.dumps([[one.status_code, one.json()] for one in answers] + [time.perf_counter() - started]))
"""


@pytest.mark.parametrize(
    ("name", "address", "down"),
    [
        ("DATABASE_URL", "postgres://x@127.0.0.1:1/x", {"database", "migrations"}),
        ("REDIS_URL", "redis://127.0.0.1:1/0", {"redis"}),
    ],
)
def test_service_that_is_away_is_named_quickly_and_without_its_address(name, address, down):
    environment = {**os.environ, name: address, "DJANGO_SETTINGS_MODULE": "cned_portal.settings.test"}
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, timeout=60)
    alive, (status, checks), seconds = json.loads(done.stdout.splitlines()[-1])
    assert alive == [200, {"process": "ok"}]
    assert status == 503
    assert down <= {check for check, state in checks.items() if state == "down"}
    assert "127.0.0.1" not in json.dumps(checks)
    assert seconds < 10
