"""kill -9 of PostgreSQL and of the dispatcher while mails leave: none is lost, none that leaves once leaves twice."""

import os
import random
import subprocess
import sys
import time
from collections import Counter

import psycopg
import pytest

from cned_portal.embedded.services import Services
from tests.common.outbox.sink import SinkController

NUMBER = 300
KILLS = 5
MAKE = """
INSERT INTO outbox_mail (key, kind, "to", from_email, reply_to, subject, text, html, headers, message_id, priority,
    delivery, state, due_at, attempts, claimed_by, provider_id, error, created_at)
SELECT 'test:' || n, 'test', 'p' || n || '@exemple.example', 'reponse@cned.example', '', 'Réponse', 'Bonjour', '',
    '{}', '<' || n || '@cned.example>', 5, CASE WHEN n %% 2 = 0 THEN 'at-most-once' ELSE 'at-least-once' END,
    'pending', now(), 0, '', '', '', now()
FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def services(tmp_path):
    """A database of its own: the one of the suite must not die."""
    with Services(tmp_path / "portal", environment={"REDIS_URL": "unused"}) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_killed_database_loses_no_mail_and_doubles_none_of_those_that_leave_once(services):
    sink = SinkController()
    sink.start()
    sink.sink.pause = 0.005
    environment = {
        **os.environ, **services.environment(), "DJANGO_SETTINGS_MODULE": "cned_portal.settings.test",
    }  # fmt: skip
    migrate = [sys.executable, "manage.py", "migrate", "outbox", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, check=True, capture_output=True)

    def query(sql, *values):
        with psycopg.connect(services.postgres.url(), autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    query(MAKE, NUMBER)
    chance, worker = random.Random(4), None
    command = [sys.executable, "-m", "tests.common.outbox.crash_worker", "cned_portal", str(sink.port)]
    until = time.monotonic() + 120
    try:
        kills = 0
        while query("SELECT count(*) FROM outbox_mail WHERE state NOT IN ('sent', 'unknown')")[0][0]:
            assert time.monotonic() < until, "mails are still waiting"
            if worker is None or worker.poll() is not None:
                worker = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            before = len(sink.sink.taken)
            while len(sink.sink.taken) == before and time.monotonic() < until:
                time.sleep(0.02)
                if kills >= KILLS and not query("SELECT 1 FROM outbox_mail WHERE state NOT IN ('sent', 'unknown')"):
                    break
            if kills < KILLS:
                time.sleep(chance.uniform(0.05, 0.3))
                services.postgres.kill()
                if kills % 2:
                    worker.kill()
                    worker.wait()
                services.postgres.start()
                kills += 1
    finally:
        if worker:
            worker.kill()
            worker.wait()
        sink.stop()
    received = Counter(sink.sink.message_ids)
    rows = query("SELECT message_id, delivery, state FROM outbox_mail")
    assert kills == KILLS
    assert len(rows) == NUMBER
    for message_id, delivery, state in rows:
        if delivery == "at-most-once":
            assert received[message_id] <= 1
            assert received[message_id] == 1 or state == "unknown"
        else:
            assert state == "sent"
            assert received[message_id] >= 1
    repeated = sum(count - 1 for count in received.values() if count > 1)
    assert repeated <= KILLS
