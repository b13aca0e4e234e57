"""Settings: what production refuses, what the environment may say, what the database is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cned_portal.embedded.services import TEST_FOLDER, addresses

ROOT = Path(__file__).parent.parent


def environment(**changes):
    lines = (ROOT / ".ci" / "production.env").read_text().splitlines()
    good = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"PATH": os.environ["PATH"], **good, **changes}


def manage(*command, **changes):
    settings = {"DJANGO_SETTINGS_MODULE": "cned_portal.settings.production"}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**settings, **environment(**changes)},
        capture_output=True,
        text=True,
    )


def test_sound_production_starts_without_a_warning():
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "court", "SECRET_KEY"),
        ("SECRET_KEY", "embedded-demonstration-only-never-in-production-0123456789", "SECRET_KEY"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS"),
        ("SITE_URL", "http://portail.cned.example", "SITE_URL"),
        ("DATABASE_URL", "", "DATABASE_URL"),
        ("REDIS_URL", "", "REDIS_URL"),
        ("STAFF_MFA_REQUIRED", "false", "STAFF_MFA_REQUIRED"),
        ("DEFAULT_FROM_EMAIL", "x@cned.example", "DEFAULT_FROM_EMAIL"),
        ("OUTBOX_DELIVERY_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "OUTBOX_DELIVERY_BACKEND"),
        ("MEDIA_STORAGE", "ftp", "MEDIA_STORAGE"),
    ],
)
def test_unsafe_production_is_refused_and_says_why(name, value, said):
    done = manage("check", **{name: value})
    assert done.returncode != 0
    assert said in done.stderr.strip().splitlines()[-1]


def test_demonstration_does_not_load_in_production():
    done = manage("load_demo")
    assert done.returncode == 1
    assert "ne se charge pas en production" in done.stderr


def test_every_variable_is_in_the_example_and_nothing_else():
    sources = [*(ROOT / "cned_portal" / "settings").glob("*.py"), ROOT / "cned_portal" / "embedded" / "services.py"]
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', "\n".join(path.read_text() for path in sources)))
    shown = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    elsewhere = {"DJANGO_SETTINGS_MODULE", "EMBEDDED_DIR", "HOST", "PORT"}
    assert read <= shown
    assert {name for name in shown - read - elsewhere if not name.startswith("OIDC_")} == set()


@pytest.mark.parametrize(("process", "statement", "lock"), [("web", "10s", "5s"), ("worker", "5min", "30s"),
                                                            ("command", "0", "0")])  # fmt: skip
def test_database_is_told_how_long_each_process_may_hold_it(process, statement, lock):
    code = (
        "import django; django.setup(); from django.db import connection; c = connection.cursor(); "
        "print([c.execute('SHOW ' + n) and None or c.fetchone()[0] for n in ('statement_timeout', 'lock_timeout')])"
    )
    given = {**addresses(TEST_FOLDER), **os.environ, "PORTAL_PROCESS": process}
    given |= {"DJANGO_SETTINGS_MODULE": "cned_portal.settings.embedded"}
    given["DATABASE_URL"] = given["DATABASE_URL"].replace("/cned_portal?", "/postgres?")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == [str([statement, lock])], done.stderr


def test_compose_file_holds_no_secret_and_describes_every_process():
    text = (ROOT / "docker-compose.yml").read_text()
    services = yaml.safe_load(text)["services"]
    assert set(services) == {"db", "redis", "migrate", "web", "worker", "worker-pdf", "beat", "mail"}
    assert services["db"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert services["worker"]["command"][-3:] == ["default,mail", "-c", "2"]
    assert all(services[name]["read_only"] for name in ("web", "worker", "worker-pdf", "beat", "migrate"))
    assert "USER portal" in (ROOT / "Dockerfile").read_text()
