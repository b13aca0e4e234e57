"""Pages kept for visitors whom nothing tells apart."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.catalogue.factories import TrainingFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def url():
    return TrainingFactory(published=True, title="Reliure d’art").get_absolute_url()


def token_of(page):
    return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]


def test_third_visitor_costs_only_the_look_at_the_version(url, django_assert_num_queries):
    for _ in range(2):
        Client().get(url)
    with django_assert_num_queries(1):
        assert "Reliure d’art" in Client().get(url).content.decode()


def test_forms_of_a_kept_page_work_for_each_visitor(url):
    for _ in range(3):
        visitor = Client(enforce_csrf_checks=True)
        token = token_of(visitor.get(url))
        sent = {"formation": url.split("/")[2], "act": "garder", "next": url, "csrfmiddlewaretoken": token}
        assert visitor.post(reverse("catalogue:favourites"), sent).status_code == 302
    assert token_of(Client().get(url)) != token_of(Client().get(url))
    assert "Cookie" in Client().get(url)["Vary"]


def test_page_of_a_person_is_kept_for_nobody(url, client):
    client.force_login(UserFactory(first_name="Camille"))
    for _ in range(3):
        assert "Se déconnecter" in client.get(url).content.decode()
    assert "Se déconnecter" not in Client().get(url).content.decode()


def test_message_is_said_once_and_to_one_visitor(url, client):
    for _ in range(2):
        Client().get(url)
    client.post(reverse("catalogue:favourites"), {"formation": url.split("/")[2], "act": "garder", "next": url})
    said = "est dans vos favoris"
    assert said in client.get(url).content.decode()
    assert said not in client.get(url).content.decode()
    assert said not in Client().get(url).content.decode()


def test_addresses_asked_for_once_fill_nothing(url, monkeypatch):
    from cned_portal.common import page_cache

    kept = []
    monkeypatch.setattr(page_cache.cache, "set", lambda name, *args: kept.append(name))
    for number in range(2, 7):
        Client().get(reverse("catalogue:search"), {"page": number})
    assert not [name for name in kept if name.startswith("page:")]
