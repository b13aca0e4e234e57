"""Search in place: with the keyboard, on a phone, going back, and without a script."""

import pytest
from django.urls import reverse

from cned_portal.demo.catalogue import load
from tests.browser.conftest import AXE, axe_violations


@pytest.fixture
def catalogue(portal):
    load()


def test_filter_by_keyboard_updates_in_place_on_a_phone(catalogue, phone):
    filter_by_keyboard(phone, folded=True)


def test_filter_by_keyboard_updates_in_place_on_a_desktop(catalogue, desktop):
    filter_by_keyboard(desktop, folded=False)


def filter_by_keyboard(page, *, folded):
    page.goto(f"{reverse('catalogue:search')}?q=informatique")
    before = page.locator("#nombre").inner_text()
    page.evaluate("window.notReloaded = true")
    if folded:
        page.get_by_role("button", name="Filtrer et trier").click()
    box = page.locator("#niveau-5")
    box.wait_for()  # unfolding takes a moment, and what is folded takes no focus
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**niveau=5**")
    page.wait_for_function("text => document.querySelector('#nombre').innerText !== text", arg=before)
    assert page.evaluate("window.notReloaded")
    assert page.evaluate("document.activeElement.id") == "niveau-5"
    assert box.is_checked()
    page.go_back()
    page.wait_for_function("text => document.querySelector('#nombre').innerText === text", arg=before)
    assert not page.locator("#niveau-5").is_checked()


def test_search_and_training_page_work_without_a_script(catalogue, browser, browser_context_args, portal):
    context = browser.new_context(**browser_context_args, base_url=portal, java_script_enabled=False)
    page = context.new_page()
    page.goto(reverse("catalogue:search"))
    page.locator("#recherche").fill("cap petite enfance")
    page.locator("#recherche").press("Enter")
    page.get_by_role("heading", name="CAP Accompagnant éducatif petite enfance").get_by_role("link").click()
    assert page.get_by_role("heading", level=1).inner_text() == "CAP Accompagnant éducatif petite enfance"
    assert page.locator("main").get_by_role("link", name="Poser une question", exact=True).count() == 1
    context.close()


def test_suggestion_is_chosen_with_the_keyboard_alone(catalogue, desktop):
    desktop.goto(reverse("catalogue:search"))
    box = desktop.get_by_role("combobox", name="Un métier, un diplôme")
    box.press_sequentially("petite enf")
    options = desktop.get_by_role("listbox", name="Suggestions").get_by_role("option")
    options.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert "suggestion" in desktop.locator("form[aria-label='Formations'] [role=status]").first.inner_text()
    desktop.evaluate(AXE)
    assert not axe_violations(desktop)
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "petite enf"
    box.press_sequentially("a")
    options.first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    desktop.get_by_role("heading", level=1, name="CAP Accompagnant éducatif petite enfance").wait_for()


def test_suggestions_are_touched_on_a_phone(catalogue, phone):
    phone.goto(reverse("home:home"))
    phone.locator("#recherche-accueil").press_sequentially("bts compta")
    phone.get_by_role("option", name="BTS Comptabilité et gestion").click()
    phone.get_by_role("heading", level=1, name="BTS Comptabilité et gestion").wait_for()
