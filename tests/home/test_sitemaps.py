"""The map of the site for search engines."""

import re

import pytest

from catalogue.models import Entry
from tests.catalogue.factories import TrainingFactory

pytestmark = pytest.mark.django_db


def addresses(client, url):
    page = client.get(url)
    assert page.status_code == 200
    return re.findall(r"<loc>http://testserver([^<]*)</loc>", page.content.decode())


def test_every_public_page_is_in_the_map_and_nothing_else(client):
    seen = TrainingFactory(published=True)
    TrainingFactory()
    Entry.objects.create(slug="adultes", title="Adultes", introduction="x", is_published=True)
    Entry.objects.create(slug="brouillon", title="Brouillon", introduction="x", is_published=False)
    sections = addresses(client, "/sitemap.xml")
    assert len(sections) == 6
    found = [address for section in sections for address in addresses(client, section)]
    assert {seen.get_absolute_url(), "/adultes/", "/formations/"} <= set(found)
    assert not [address for address in found if "brouillon" in address]
    assert len([address for address in found if address.startswith("/formations/")]) == 2
    for address in found:
        assert client.get(address).status_code == 200, address


def test_robots_are_told_where_it_is(client):
    assert "Sitemap: http" in client.get("/robots.txt").content.decode()
    assert "/sitemap.xml" in client.get("/robots.txt").content.decode()


@pytest.mark.parametrize("url", ["/sitemap-inconnu.xml", "/sitemap-formations.xml?p=99", "/sitemap-formations.xml?p=x"])
def test_unknown_section_or_page_is_not_found(client, url):
    assert client.get(url).status_code == 404
