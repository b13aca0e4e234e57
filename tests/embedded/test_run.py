"""`make run` refuses in one sentence what it cannot do, before it starts anything."""

import fcntl
import os
import socket
import subprocess
import sys

import psycopg
import pytest

from cned_portal.embedded import run
from cned_portal.embedded.services import Services


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "FOLDER", tmp_path / "embedded")
    return tmp_path / "embedded"


@pytest.mark.parametrize("port", ["abc", "0", "70000", ""])
def test_wrong_port_is_named(port):
    with pytest.raises(run.Stop, match="PORT"):
        run.check_port("127.0.0.1", port)


def test_taken_port_is_said_with_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(run.Stop, match="PORT=8001"):
            run.check_port("127.0.0.1", str(other.getsockname()[1]))


def test_full_disk_is_said_before_the_start(folder, monkeypatch):
    monkeypatch.setattr(run, "FREE_MB", 10**9)
    with pytest.raises(run.Stop, match="disque"):
        run.check_folder()


def test_second_start_from_the_same_folder_is_refused_and_leaves_the_first_alone(tmp_path):
    environment = {**os.environ, "EMBEDDED_DIR": str(tmp_path), "PORT": "45672"}
    environment = {name: value for name, value in environment.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    with Services(tmp_path, durable=False, environment={}) as services, open(tmp_path / "run.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-m", "cned_portal.embedded.run"], env=environment, capture_output=True, text=True
        )
        assert psycopg.connect(services.postgres.url()).close() is None
    assert done.returncode == 1
    assert done.stderr.strip() == "Le portail tourne déjà depuis ce dossier."


def test_process_that_dies_stops_the_portal_a_killed_database_does_not(tmp_path):
    with Services(tmp_path, durable=False, environment={}) as services:
        services.postgres.kill()
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"])
        with pytest.raises(run.Stop, match="web"):
            run.watch({"web": process}, services)
        assert psycopg.connect(services.postgres.url()).close() is None


def test_stop_ends_a_process_that_refuses_to(monkeypatch):
    monkeypatch.setattr(run, "STOP_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    process.stdout.read(1)
    run.stop({"web": process})
    process.stdout.close()
    assert process.poll() is not None
