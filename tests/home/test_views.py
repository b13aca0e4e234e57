import pytest
from django.urls import reverse

from tests.catalogue.factories import TrainingFactory

PAGES = ["home", "accessibility", "legal", "privacy", "sitemap"]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_open_to_anyone(client, db, name):
    response = client.get(reverse(f"home:{name}"))

    assert response.status_code == 200
    assert b"Portail Cned</title>" in response.content


def test_header_shows_the_way_in_or_out(client, learner):
    url = reverse("home:home")

    assert "Se connecter" in client.get(url).content.decode()
    client.force_login(learner)
    page = client.get(url).content.decode()
    assert "Se déconnecter" in page
    assert "Espace de gestion" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_home_lists_trainings_and_news_in_one_query_each(client, db, rows, django_assert_num_queries):
    TrainingFactory.create_batch(rows, published=True)

    with django_assert_num_queries(2):
        page = client.get(reverse("home:home")).content.decode()

    assert page.count("fr-card__title") == rows


def test_robots_keeps_private_parts_out(client):
    assert "Disallow: /gestion/" in client.get("/robots.txt").content.decode()


@pytest.mark.parametrize("address", ["/", "/compte/login/", "/gestion/login/", "/nulle-part/"])
def test_content_policy_allows_nothing_inline(client, db, address):
    policy = client.get(address).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
