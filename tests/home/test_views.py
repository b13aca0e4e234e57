import pytest
from django.urls import reverse

PAGES = ["home", "accessibility", "legal", "privacy", "sitemap"]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_open_to_anyone(client, name):
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


def test_robots_keeps_private_parts_out(client):
    assert "Disallow: /gestion/" in client.get("/robots.txt").content.decode()
