"""The API of the catalogue: the same trainings as the site, page by page, described by its schema."""

import json

import pytest
from django.urls import reverse

from catalogue.models import Domain, Training
from tests.catalogue.factories import (
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
URL = "/api/v1/formations/"


@pytest.fixture
def shelf():
    domain = Domain.objects.create(slug="bois", name="Bois")
    rows = [
        TrainingFactory(published=True, title=f"Menuiserie {n}", level_after=3 + n % 2, domain=domain if n else None)
        for n in range(5)
    ]
    TrainingFactory(title="Menuiserie cachée")
    TrainingSessionFactory(action=TrainingActionFactory(training=rows[0], price="123.00"))
    return rows


def titles(answer):
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["formations"]]


def test_pages_follow_each_other_to_the_end_and_show_each_training_once(client, shelf):
    url, seen = f"{URL}?taille=2", []
    while url:
        answer = client.get(url)
        seen += titles(answer)
        url = answer.json()["suivant"]
    assert seen == [row.title for row in shelf]


def test_filters_are_those_of_the_site(client, shelf):
    assert titles(client.get(URL, {"niveau": "4"})) == ["Menuiserie 1", "Menuiserie 3"]
    assert titles(client.get(URL, {"q": "menuiserie 4", "domaine": "bois"})) == ["Menuiserie 4"]
    assert titles(client.get(URL, {"inscription": "ouverte"})) == ["Menuiserie 0"]
    assert titles(client.get(URL, {"q": "xylophone"})) == []


@pytest.mark.parametrize(
    "query",
    ["taille=0", "taille=201", "taille=x", "curseur=-1", "curseur=%00", f"curseur={9**30}", "niveau=99", "type=%00"],
)
def test_wrong_value_is_named(client, shelf, query):
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["errors"]


def test_training_is_told_whole(client, shelf):
    ResultIndicatorFactory(training=shelf[0], numerator=8, denominator=10)
    told = client.get(f"{URL}{shelf[0].slug}/").json()
    assert told["url"].endswith(shelf[0].get_absolute_url())
    assert told["actions"][0]["price"] == "123.00"
    assert told["actions"][0]["sessions"][0]["inscription_ouverte"] is True
    assert (told["indicators"][0]["numerator"], told["indicators"][0]["denominator"]) == (8, 10)
    assert told["prerequisites"] == shelf[0].prerequisites


@pytest.mark.parametrize("slug", ["inconnue", "menuiserie-cachee"])
def test_what_the_site_hides_is_not_told(client, shelf, slug):
    Training.objects.filter(title="Menuiserie cachée").update(slug="menuiserie-cachee")
    assert client.get(f"{URL}{slug}/").status_code == 404


def test_unchanged_answer_is_not_sent_again(client, shelf, django_assert_num_queries):
    for url in (URL, f"{URL}{shelf[0].slug}/"):
        tag = client.get(url)["ETag"]
        with django_assert_num_queries(0 if url == URL else 1):
            again = client.get(url, headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    Training.objects.filter(pk=shelf[0].pk).update(summary="Autre résumé")
    assert client.get(f"{URL}{shelf[0].slug}/", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("more", [0, 3])
def test_list_costs_the_same_with_more_rows(client, shelf, more, django_assert_num_queries):
    for _ in range(more):
        TrainingSessionFactory(action=TrainingActionFactory(training=TrainingFactory(published=True)))
    client.get(URL)
    with django_assert_num_queries(4):
        client.get(URL)


def test_nothing_is_written(client, shelf):
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(URL).status_code == 405


def test_too_many_requests_are_told_to_wait(client, shelf, monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"catalogue": "2/min"})
    answers = [client.get(URL) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_schema_describes_both_addresses(client):
    schema = json.loads(client.get(reverse("api_schema")).content)
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/formations/", "/api/v1/formations/{slug}/"} <= set(schema["paths"])
