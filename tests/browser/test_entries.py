"""Comparison, and the ten entries of the site with their channel: on a phone and on a desktop."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from catalogue.models import Entry
from cned_portal.demo.catalogue import load
from cned_portal.users.enums import Role
from crc.models import Ticket
from tests.crc.factories import ServiceFactory, TopicFactory

ENTRIES = 10
ANSWERS = {
    "name": "Camille Exemple",
    "email": "camille@exemple.example",
    "siret": "732 829 320 00074",
    "uai": "",
    "number": "",
    "people": "12",
    "pupils": "12",
    "starts_on": "",
    "phone": "",
    "commitment": "",
    "service_code": "",
    "contract": "",
}


@pytest.fixture
def site(portal, roles, staff):
    """The catalogue, and a desk that receives every request of the entries."""
    load()
    ServiceFactory(fallback=True, members=[staff(Role.CRC_AGENT)])
    for code in ("devis", "marche", "convention", "autre"):
        TopicFactory(code=code, label=f"Sujet {code}")


@pytest.fixture(params=["phone", "desktop"])
def page(request):
    return request.getfixturevalue(request.param)


def test_each_entry_leads_to_its_trainings_and_to_its_request(site, page):
    entries = list(Entry.objects.filter(is_published=True).order_by("rank"))
    assert len(entries) == ENTRIES
    for entry in entries:
        cache.clear()  # ten requests from one address in a minute are one too many
        page.goto(entry.get_absolute_url())
        assert page.get_by_role("heading", level=1).inner_text() == entry.title
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{entry} scrolls sideways"
        search = page.locator("main form[role=search]")
        search.locator("input[name=q]").fill("bts")
        search.get_by_role("button", name="Rechercher").click()
        page.wait_for_url("**q=bts**")
        for audience in entry.audiences:
            assert f"public={audience}" in page.url, f"{entry} keeps its filters"
        page.go_back()
        page.locator(".fr-callout .fr-btn").click()
        page.wait_for_url(re.compile("/(demandes|nous-ecrire)/"))
        if page.url.endswith(reverse("crc:ask")):  # an entry for several publics
            page.locator("main").get_by_role("link", name="Élève, étudiant").click()
            page.wait_for_load_state("load")
        send_request(page)
        assert page.get_by_role("heading", level=1).inner_text() == "Votre demande est enregistrée", str(entry)
    assert Ticket.objects.count() == ENTRIES
    assert {entry.request_public for entry in entries} - {""} <= set(Ticket.objects.values_list("public", flat=True))


def send_request(page):
    """Answer every obligatory question of the form."""
    form = page.locator("main form[method=post]")
    for field in form.locator("input:not([type=hidden]):not([type=radio]), select, textarea").all():
        name = field.get_attribute("name")
        if name == "website" or not field.is_visible():
            continue  # the trap
        if field.get_attribute("type") == "file":
            field.set_input_files({"name": "piece.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 fictif"})
        elif field.evaluate("field => field.tagName") == "SELECT":
            if not field.input_value():
                field.select_option(index=1)
        elif not field.input_value():
            field.fill(ANSWERS.get(name, "Une précision fictive"))
    for group in form.locator("fieldset").all():
        radios = group.locator("input[type=radio]")
        if radios.count() and not group.locator("input[type=radio]:checked").count():
            radios.first.check(force=True)
    form.locator("[type=submit]").last.click()
    page.wait_for_load_state("load")


def test_three_trainings_are_compared_and_one_is_taken_away(site, page):
    page.goto(f"{reverse('catalogue:search')}?q=cap")
    boxes = page.locator("input[type=checkbox][name=f]")
    for rank in range(3):
        boxes.nth(rank).check(force=True)
    chosen = [boxes.nth(rank).get_attribute("value") for rank in range(3)]
    page.get_by_role("button", name="Comparer").click()
    page.wait_for_url("**/comparateur/**")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    links = page.locator("main").locator("thead th a:visible, section h2 a:visible")
    assert [link.get_attribute("href").rstrip("/").rpartition("/")[2] for link in links.all()] == chosen
    address = page.url
    page.locator("main a:visible", has_text="Retirer").first.click()
    page.wait_for_function("address => location.href !== address", arg=address)
    assert links.count() == 2
    page.go_back()
    page.wait_for_url(address)
    assert links.count() == 3, "the address says everything"
