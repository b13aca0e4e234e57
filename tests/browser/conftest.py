"""The browser: the system's Chromium, a phone and a desktop, people already signed in, and no error in the console."""

import time
from contextlib import suppress
from importlib.resources import files

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connections
from django.test.utils import override_settings
from playwright.sync_api import Error as PlaywrightError

CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()

# Sessions in the database: a test that empties the cache beside does not sign these people out.
SETTINGS = {"SESSION_ENGINE": "django.contrib.sessions.backends.db", "STAFF_MFA_REQUIRED": False}


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright(django_db_setup, playwright):
    """Playwright's loop gives this thread a second set of database connections: close it before the loop ends.

    Else the test database cannot be dropped; asking for `django_db_setup` makes it the last to go.
    """
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": DESKTOP, "locale": "fr-FR", "timezone_id": "Europe/Paris"}


def session_cookie(user, url):
    """Cookie of a session of `user`, who has just given a password, for a context of the browser."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = django_settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "email": user.email, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.create()
    # The server keeps the engine it started with, which depends on the test that started it: serve both.
    cache.set(CacheStore(session.session_key).cache_key, dict(session.items()), 3600)
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


def watch_console(page, problems):
    """Append to `problems` what the console says is wrong: errors of scripts, refusals of the content policy."""

    def heard(message):
        if message.type in {"error", "warning"} and message.location.get("url") != page.url:
            problems.append(f"console: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    return problems


@pytest.fixture
def portal(live_server):
    """Address of the site, its sessions kept in the database."""
    with override_settings(**{key: SETTINGS[key] for key in ["SESSION_ENGINE"]}):
        yield live_server.url


@pytest.fixture
def sign_in(portal):
    """`sign_in(context, user)`: give the context the session of `user`, without the sign-in page."""

    def give(context, user):
        context.add_cookies([session_cookie(user, portal)])

    return give


@pytest.fixture
def phone(browser, browser_context_args, portal):
    """A page on a phone, that fails the test on any error of its console."""
    yield from _watched_page(browser, {**browser_context_args, "viewport": PHONE}, portal)


@pytest.fixture
def desktop(browser, browser_context_args, portal):
    """A page on a desktop, that fails the test on any error of its console."""
    yield from _watched_page(browser, browser_context_args, portal)


def _watched_page(browser, options, portal):
    context = browser.new_context(**options, base_url=portal)
    page = context.new_page()
    problems = watch_console(page, [])
    yield page
    with suppress(PlaywrightError):  # what the page asks by itself must not meet the emptying of the database
        page.wait_for_load_state("networkidle", timeout=3_000)
        page.goto("about:blank")
    context.close()
    assert not problems, "\n".join(problems)


def axe_violations(page):
    """What axe finds on the whole page, header and footer included, best practices too: « rule: element »."""
    # No preload: axe would copy style sheets inside the page, against its policy; no stable rule reads them.
    asked = {"resultTypes": ["violations"], "preload": False}
    found = page.evaluate("options => axe.run(document, options)", asked)
    return [
        f"axe {violation['id']} ({violation['impact']}): {node['html'][:300]} {node.get('failureSummary', '')[:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
