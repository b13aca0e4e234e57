"""Suggestions while typing."""

import pytest
from django.urls import reverse

from catalogue.models import Occupation
from tests.catalogue.factories import TrainingFactory

pytestmark = pytest.mark.django_db
URL = "/formations/suggestions/"


@pytest.fixture
def shelf():
    job = Occupation.objects.create(code="H2207", label="Menuiserie", names=["Ébéniste / Ébénistes d’art"])
    lone = Occupation.objects.create(code="A1101", label="Menuisier sans formation", names=[])
    art = TrainingFactory(published=True, title="CAP Ébéniste")
    art.occupations.add(job)
    TrainingFactory(published=True, title="BTS Éclairage d’ébénisterie")
    TrainingFactory(title="Ébéniste caché")
    assert lone.pk
    return art


def options(client, text):
    page = client.get(URL, {"q": text})
    assert page.status_code == 200
    return page.content.decode()


def test_titles_and_jobs_that_lead_somewhere_are_proposed(client, shelf):
    shown = options(client, "EBENIS")
    assert shown.count('role="option"') == 3
    assert shown.index("CAP Ébéniste") < shown.index("BTS Éclairage")
    assert reverse("catalogue:job", args=["h2207"]) in shown
    assert "caché" not in shown
    assert "sans formation" not in options(client, "menuisier")


@pytest.mark.parametrize("text", ["", "eb", "é", "  ", "'", "!!!!"])
def test_nothing_is_proposed_before_three_letters(client, shelf, text):
    assert options(client, text).strip() == ""


def test_misspelled_word_is_proposed_corrected(client, shelf):
    from catalogue.domain.indexing import rebuild_vocabulary

    rebuild_vocabulary()
    assert "Chercher « ébéniste »" in options(client, "ebenitse")


@pytest.mark.parametrize("text", ["é" * 8_000, "a\0b\x01c", "<script>alert(1)</script>", "' OR 1=1 --", "\ud7ff" * 5])
def test_hostile_text_gets_a_clean_fragment(client, shelf, text):
    assert "<script>" not in options(client, text)


def test_typing_costs_no_query_once_the_catalogue_is_known(client, shelf, django_assert_num_queries):
    options(client, "ebe")
    for _ in range(3):
        TrainingFactory(published=True, title="Ébéniste")
    options(client, "ebe")
    with django_assert_num_queries(0):
        options(client, "ebeni")
