"""Header, menu, search and themes: with the keyboard alone, without a script, on a phone."""

import pytest
from django.urls import NoReverseMatch, reverse

from tests.browser.conftest import PHONE
from tests.browser.pages import Frame


def _catalogue_is_there():
    try:
        return bool(reverse("catalogue:search") and reverse("catalogue:entry", args=["adultes"]))
    except NoReverseMatch:
        return False


with_catalogue = pytest.mark.skipif(not _catalogue_is_there(), reason="search and entries come with the catalogue")


def _focused(page):
    return page.evaluate("() => (document.activeElement.innerText || document.activeElement.name || '').trim()")


def _tab_to(page, text, limit=40):
    """Press Tab until the element of that text has the focus, which must be visible; the texts passed on the way."""
    passed = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        name = _focused(page)
        if name == text:
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on « {text} » is not seen"
            return passed
        passed.append(name)
    raise AssertionError(f"« {text} » not reached with Tab, passed: {passed}")


def test_first_tab_is_the_skip_link_and_it_leads_to_the_content(desktop):
    desktop.goto(reverse("home:home"))

    assert _tab_to(desktop, "Contenu") == []
    desktop.keyboard.press("Enter")

    assert desktop.evaluate("document.activeElement.id") == "contenu"


@with_catalogue
def test_header_is_used_with_the_keyboard_alone(desktop):
    desktop.goto(reverse("home:home"))

    passed = _tab_to(desktop, "q")
    assert "Se connecter" in passed
    desktop.keyboard.type("cap petite enfance")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/formations/?q=cap+petite+enfance")


@with_catalogue
def test_menu_entry_opens_with_the_keyboard(desktop):
    desktop.goto(reverse("home:home"))

    _tab_to(desktop, "Adultes")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/adultes/")

    current = desktop.locator("#menu-principal [aria-current=page]")
    assert current.inner_text() == "Adultes"


@with_catalogue
def test_phone_menu_opens_and_closes_with_the_keyboard(phone):
    phone.goto(reverse("home:home"))
    phone.locator("#bouton-menu").focus()

    phone.keyboard.press("Enter")
    entry = phone.locator("#menu-principal").get_by_role("link", name="Adultes")
    entry.wait_for(state="visible")
    phone.keyboard.press("Escape")

    entry.wait_for(state="hidden")
    assert phone.evaluate("document.activeElement.id") == "bouton-menu"


def test_dark_theme_is_kept_from_page_to_page(desktop):
    desktop.goto(reverse("home:home"))

    Frame(desktop).choose_theme("Thème sombre")
    desktop.goto(reverse("home:legal"))

    assert desktop.evaluate("document.documentElement.dataset.frTheme") == "dark"


@pytest.fixture
def phone_without_script(browser, browser_context_args, portal):
    context = browser.new_context(**browser_context_args, base_url=portal, java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    yield page
    context.close()


@with_catalogue
def test_menu_and_search_are_there_without_a_script(phone_without_script):
    page = phone_without_script
    page.goto(reverse("home:home"))

    assert page.locator("#menu-principal").get_by_role("link", name="Adultes").is_visible()
    assert page.get_by_role("link", name="Se connecter").is_visible()
    assert not page.locator("#bouton-menu").is_visible()
    page.locator("#recherche-entete").fill("cap")
    page.locator("#recherche-entete").press("Enter")
    page.wait_for_url("**/formations/?q=cap")


def _painted_and_asked(page):
    """When the words were painted, when the sheet of the typeface was asked for, in ms since the page was."""
    page.wait_for_function("() => [...document.fonts].some((face) => face.status === 'loaded')")
    return page.evaluate(
        """() => [
            performance.getEntriesByName("first-contentful-paint")[0].startTime,
            performance.getEntriesByType("resource").find((one) => one.name.includes("typeface")).startTime,
        ]"""
    )


def test_words_are_painted_before_their_typeface_is_asked_for(desktop):
    desktop.goto(reverse("home:home"))
    painted, asked = _painted_and_asked(desktop)
    assert painted <= asked

    desktop.goto(reverse("account_login"))
    painted, asked = _painted_and_asked(desktop)
    assert asked < painted, "the typeface that the cache has changes under the eyes of the reader"


def test_typeface_comes_without_scripts_too(browser, browser_context_args, portal):
    context = browser.new_context(**browser_context_args, base_url=portal, java_script_enabled=False)
    page = context.new_page()
    with page.expect_request("**/Marianne-Bold.woff2"):
        page.goto(reverse("home:home"))
    context.close()
