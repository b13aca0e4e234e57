"""Every page, as each of its visitors: axe on a desktop in light and on a phone in dark, reflow, console.

No rule of axe is switched off, header and footer are included. One page of the browser is kept for each visitor, so
that style sheets and scripts come from its cache, and is resized rather than loaded again.
"""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings
from pytest_django.live_server_helper import LiveServer

from cned_portal.home import errors
from tests.browser.conftest import AXE, DESKTOP, PHONE, SETTINGS, axe_violations, session_cookie, watch_console
from tests.site_pages import STOCK_MODELS, SUPERUSER, VISITOR, VISITORS, World, parameters, stock_pages

NARROW = {"width": 320, "height": 640}


# The mark makes pytest-django prepare the test database; the data itself is committed once for the module.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration and its visitors, committed: the server reads them from its own thread."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"), **SETTINGS):
        assert connection.settings_dict["NAME"].startswith("test_"), "this empties its database when it ends"
        call_command("load_demo", verbosity=0)
        yield World()
        call_command("flush", interactive=False, verbosity=0)
        ContentType.objects.clear_cache()


@pytest.fixture(scope="module")
def server(world):
    server = LiveServer("localhost")
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        yield server.url
    server.stop()


@pytest.fixture(scope="module")
def visit(browser, browser_context_args, server, world):
    """`visit(visitor)`: the page of the browser kept for that visitor, and the problems of its console."""
    people = {visitor: world.person(visitor) for visitor in VISITORS}
    cookies = {visitor: session_cookie(person, server) for visitor, person in people.items() if person}
    pages = {}

    def of(visitor):
        if visitor not in pages:
            context = browser.new_context(**browser_context_args, base_url=server)
            context.set_default_timeout(10_000)
            if visitor in cookies:
                context.add_cookies([cookies[visitor]])
            page = context.new_page()
            pages[visitor] = (page, watch_console(page, []))
        page, problems = pages[visitor]
        problems.clear()
        page.set_viewport_size(DESKTOP)
        return page, problems

    yield of
    for page, _ in pages.values():
        page.context.close()


def _look(page, problems):
    """All that is wrong with the page as it is shown now: on a desktop in light, on a phone in dark, at 320 px."""
    page.evaluate(AXE)
    found = [f"desktop, light: {line}" for line in axe_violations(page)]
    page.set_viewport_size(PHONE)
    page.evaluate(
        """() => {
            document.documentElement.setAttribute("data-fr-theme", "dark");
            return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
    )
    found += [f"phone, dark: {line}" for line in axe_violations(page)]
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"scrolls sideways at 320 px: {width} px wide")
    page.set_viewport_size(DESKTOP)
    return found + problems


@pytest.mark.parametrize("entry", parameters(strict=False))
def test_page(entry, visit, world):
    page, problems = visit(entry.visitor)
    url = entry.url(world)

    response = page.goto(url)
    assert response.status == entry.status, f"{url} answered {response.status}"
    assert response.request.redirected_from is None, f"{url} redirects to {page.url}"
    found = _look(page, problems)
    if entry.sent_empty:
        form = page.locator("main form[method=post]").first
        with page.expect_navigation():
            form.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
        found += [f"sent empty, {line}" for line in _look(page, problems)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "view", [errors.bad_request, errors.csrf_failure, errors.too_many_requests, errors.server_error]
)
def test_error_page(view, visit, rf):
    """Errors that no address gives at will: the answer of the view is served in place of a page."""
    page, problems = visit(VISITOR)
    request = rf.get("/")
    request.id = "0123456789abcdef"
    answer = view(request)
    page.route("**/erreur", lambda route: route.fulfill(status=answer.status_code, body=answer.content.decode()))

    page.goto("/erreur")

    assert "Erreur" in page.locator("main").inner_text()
    found = _look(page, problems)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("model", STOCK_MODELS)
def test_stock_admin_pages(model, visit, world):
    page, problems = visit(SUPERUSER)
    found = []
    for url in stock_pages(model, world):
        problems.clear()
        response = page.goto(url)
        assert response.status == 200, f"{url} answered {response.status}"
        found += [f"{url}: {line}" for line in _look(page, problems)]

    assert not found, "\n".join(found)
