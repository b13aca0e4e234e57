import uuid

import pytest
from django.core.cache import cache

from crc.domain.articles import vote
from crc.domain.queries.help import _VOCABULARY, articles_for_ticket, search_help, suggest_help
from crc.enums import ArticleState, Public
from tests.crc.factories import TopicFactory, make_article, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    return {
        "complaint": make_article("Comment déposer une réclamation ?", answer="Par le formulaire."),
        "homework": make_article("Comment envoyer un devoir ?", answer="Dans votre espace, en un fichier."),
        "password": make_article("J’ai oublié mon mot de passe", answer="Demandez un lien."),
        "quote": make_article("Comment obtenir un devis ?", answer="Remplissez la page.", publics=[Public.COMPANY]),
        "hidden": make_article("Comment envoyer un brouillon ?", state=ArticleState.DRAFT),
        "old": make_article("Comment envoyer un cédérom ?", state=ArticleState.ARCHIVED),
    }


def titles(results):
    return [found.title for found in results.articles]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("reclamation", "complaint"),
        ("RÉCLAMATIONS", "complaint"),
        ("réclammation", "complaint"),
        ("reclam", "complaint"),
        ("mes devoirs", "homework"),
        ("Comment faire pour envoyer mes devoirs ?", "homework"),
        ("mot de pase oublier", "password"),
        ("devis", "quote"),
    ],
)
def test_search_forgives_accents_plurals_and_typing(shelf, typed, found):
    assert titles(search_help(typed))[:1] == [shelf[found].title]


@pytest.mark.parametrize("typed", ["brouillon", "cédérom", "xylophone", "", "comment faire", "!!!"])
def test_what_is_not_published_is_not_found(shelf, typed):
    assert titles(search_help(typed)) == []


def test_corrected_word_is_told(shelf):
    assert search_help("réclammation").corrections == (("reclammation", "reclamation"),)
    assert search_help("devoirs").corrections == ()


def test_word_published_a_moment_ago_is_found_before_it_is_known(shelf):
    search_help("devoir")
    known = cache.get(_VOCABULARY)
    fresh = make_article("Comment demander une bourse ?")
    cache.set(_VOCABULARY, {**known, "course": 1})  # read before the publication, written after it
    assert titles(search_help("bourse")) == [fresh.title]


def test_public_narrows_the_search(shelf):
    assert titles(search_help("devis", Public.COMPANY)) == [shelf["quote"].title]
    assert titles(search_help("devis", Public.STUDENT)) == []


def test_closest_answers_are_given_when_none_says_everything(shelf):
    results = search_help("envoyer devoir xylophone")
    assert results.is_close
    assert titles(results) == [shelf["homework"].title]


def test_equal_answers_come_by_opinion(shelf):
    twin = make_article("Comment envoyer un devoir ?", answer="Dans votre espace, en un fichier.")
    assert search_help("envoyer devoir").articles[0] == shelf["homework"]
    vote(twin, key=uuid.uuid4(), helped=True, acting_user=None)
    assert search_help("envoyer devoir").articles[0] == twin


def test_suggestions_need_words_of_the_question(shelf):
    assert [found.pk for found in suggest_help("Bonjour, comment envoyer mon devoir svp ?")] == [shelf["homework"].pk]
    assert suggest_help("fichier") == ()  # in an answer only
    assert suggest_help("dev") == ()
    assert suggest_help("bonjour comment faire") == ()


@pytest.mark.parametrize(
    "text", ["é" * 8_000, "a\0b\x01c", "' OR 1=1 --", "a & | ! ( ) : * <->", "\ud7ff" * 5, "c++ c#", "+ # +#", "☃ 漢字"]
)
def test_any_text_is_accepted(shelf, text):
    search_help(text)
    suggest_help(text)


def test_search_costs_the_same_with_more_articles(shelf, django_assert_num_queries):
    search_help("devoir")
    with django_assert_num_queries(1):
        search_help("devoir")
    for number in range(3):
        make_article(f"Comment envoyer le devoir {number} ?")
    search_help("devoir")
    with django_assert_num_queries(1):
        assert len(search_help("devoir").articles) == 4


def test_agent_gets_answers_close_to_the_ticket(shelf, django_assert_num_queries):
    topic = TopicFactory()
    same = make_article("Quand mon livret arrive-t-il ?", topic=topic)
    other_public = make_article("Et pour nos salariés ?", topic=topic, publics=[Public.COMPANY])
    ticket = make_ticket(topic=topic, subject="Envoyer un devoir", public=Public.ADULT)
    with django_assert_num_queries(1):
        found = list(articles_for_ticket(ticket))
    assert found == [shelf["homework"], same]
    assert other_public not in found
    ticket.subject = "???"
    assert list(articles_for_ticket(ticket)) == [same]
