"""What the preparation says when the machine lacks something, run as a command on a copy of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cned_portal.embedded import prepare

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def copy(tmp_path):
    """A folder with the preparation and a lock that asks for nothing."""
    folder = tmp_path / "portal"
    shutil.copytree(ROOT / "cned_portal" / "embedded", folder / "cned_portal" / "embedded")
    for lock in prepare.LOCKS.values():
        (folder / lock).write_text("")
    return folder


def run(copy, purpose="run", **environment):
    # The system's Python: this one is inside a virtual environment.
    return subprocess.run(
        [Path(sys.base_prefix) / "bin" / "python3", copy / "cned_portal" / "embedded" / "prepare.py", purpose],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_second_preparation_installs_nothing(copy):
    first = run(copy)
    assert first.returncode == 0, first.stderr
    assert "dépendances" in first.stdout
    assert (copy / ".venv" / "bin" / "python").exists()
    assert run(copy).stdout == ""


def test_broken_lock_is_said_in_one_sentence_and_leaves_nothing(copy):
    (copy / "requirements-embedded.txt").write_text("django==5.2.19 --hash=sha256:pas-un-condensat\n")
    done = run(copy)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "requirements-embedded.txt" in done.stderr
    assert not (copy / ".venv").exists()

    (copy / "requirements-embedded.txt").write_text("")
    assert run(copy).returncode == 0


def test_interrupted_installation_is_done_again(copy):
    run(copy)
    (copy / ".venv" / ".lock-run").unlink()
    assert "dépendances" in run(copy).stdout
    assert (copy / ".venv" / ".lock-run").exists()


def test_missing_lock_is_said(copy):
    (copy / "requirements-dev.txt").unlink()
    done = run(copy, "test")
    assert done.returncode == 1
    assert "requirements-dev.txt" in done.stderr


def test_missing_package_without_a_way_to_install_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as refusal:
        prepare.install_packages(["redis-server"])
    assert "redis-server" in str(refusal.value)


def test_redis_of_the_environment_needs_no_server(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert "redis-server" in prepare.missing_packages("run")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    assert "redis-server" not in prepare.missing_packages("run")
