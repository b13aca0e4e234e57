"""Folding holds on any text; what French does to words."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cned_portal.common.templatetags.french import after_de, french_day
from cned_portal.common.text import fold, root, search_text, sort_key, words


@given(st.text())
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once
    search_text(text)


@pytest.mark.parametrize(
    ("one", "other"), [("infirmière", "infirmier"), ("Éducatrice", "éducateur"), ("cœur", "coeur")]
)
def test_words_of_a_family_meet(one, other):
    assert search_text(one) == search_text(other)


def test_typographic_apostrophe_separates():
    assert words("L’élève") == words("l'élève") == ["l", "eleve"]


def test_sort_is_that_of_a_dictionary():
    assert sorted(["Zoo", "zèbre", "école", "Eau"], key=sort_key) == ["Eau", "école", "zèbre", "Zoo"]


def test_root_of_unknown_word_is_itself():
    assert root("bac") == "bac"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Camille Exemple", "de Camille Exemple"),
        ("Alix Exemple", "d’Alix Exemple"),
        ("Élodie", "d’Élodie"),
        ("Hugo", "d’Hugo"),
        ("Yves", "d’Yves"),
        ("Youssef", "de Youssef"),
        ("", "de "),
    ],
)
def test_name_after_de_is_elided_where_french_elides_it(name, told):
    assert after_de(name) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (date(2026, 6, 1), "1er juin 2026"),
        (datetime(2026, 11, 27, 23, 30, tzinfo=UTC), "28 novembre 2026"),
        (datetime(2026, 11, 27, 12), "27 novembre 2026"),
        (None, ""),
    ],
)
def test_day_of_a_moment_is_the_day_it_is_here(value, told):
    assert french_day(value) == told
