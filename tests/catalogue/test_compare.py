import html

import pytest

from catalogue.models import Domain
from tests.catalogue.factories import (
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
URL = "/comparateur/"


@pytest.fixture
def shelf():
    domain = Domain.objects.create(slug="bois", name="Bois")
    rows = [TrainingFactory(published=True, title=f"Menuiserie {n}", domain=domain) for n in range(5)]
    for n, row in enumerate(rows):
        TrainingSessionFactory(action=TrainingActionFactory(training=row, price=100 * n))
    return rows


def compared(client, *slugs):
    return client.get(URL, {"f": slugs})


def titles(response):
    return [page.training.title for page in response.context["comparison"].pages]


def test_three_trainings_stand_side_by_side_in_the_order_asked(client, shelf):
    ResultIndicatorFactory(training=shelf[2])
    response = compared(client, shelf[2].slug, shelf[0].slug, shelf[1].slug)
    text = html.unescape(response.content.decode())
    assert titles(response) == ["Menuiserie 2", "Menuiserie 0", "Menuiserie 1"]
    for said in ("Taux d’obtention : 80 sur 100", "Gratuit", "100\u00a0€", "Pas encore de résultat", "Ouvertes"):
        assert said in text, said
    assert not response.context["proposals"]


def test_fourth_is_left_out_and_said(client, shelf):
    response = compared(client, *[row.slug for row in shelf[:4]])
    assert len(titles(response)) == 3
    assert "Trois formations au plus" in response.content.decode()


def test_one_training_is_given_neighbours_to_add(client, shelf):
    response = compared(client, shelf[0].slug)
    assert f"{URL}?f={shelf[0].slug}&amp;f={shelf[1].slug}" in response.content.decode()


@pytest.mark.parametrize(
    "slugs", [[], [""], ["inconnue"], ["a\0b"], ["x" * 10_000], ["'; DROP"] * 500, ["<script>alert(1)</script>"]]
)
def test_hostile_address_gets_a_clean_page(client, shelf, slugs):
    response = compared(client, *slugs)
    assert response.status_code == 200
    assert titles(response) == []
    assert "<script>alert" not in response.content.decode()


def test_same_training_twice_is_one_column(client, shelf):
    assert titles(compared(client, shelf[0].slug, shelf[0].slug)) == ["Menuiserie 0"]


def test_draft_is_not_compared(client, shelf):
    draft = TrainingFactory(complete=True)
    response = compared(client, draft.slug, shelf[0].slug)
    assert titles(response) == ["Menuiserie 0"]
    assert "n’existe pas, ou n’est plus proposée" in html.unescape(response.content.decode())


def test_comparison_reads_as_many_queries_with_one_and_three(client, shelf, django_assert_max_num_queries):
    def count(rows):
        with django_assert_max_num_queries(10) as queries:
            compared(client, *[row.slug for row in rows])
        return len(queries)

    assert count(shelf[:1]) - 1 == count(shelf[:3])  # one more for the neighbours to add
