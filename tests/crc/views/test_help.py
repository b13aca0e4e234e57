import html
import re
from itertools import count

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crc.domain.help_measures import add_counts
from crc.enums import ArticleState, Public
from crc.forms import new_stamp
from crc.models import ArticleVote, SuggestionCount, Ticket, UnansweredQuestion
from crc.views import help as views
from tests.crc.factories import TopicFactory, fallback_service, make_article

pytestmark = pytest.mark.django_db
HELP = "/aide/"
ASK = "/nous-ecrire/apprenant/"
FRAGMENT = "/aide/suggestions/"


def page(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def article():
    return make_article("Comment envoyer un devoir ?", answer="Deux gestes :\n- ouvrir\n- <b>déposer</b>")


@pytest.fixture
def typed():
    fallback_service()
    return {
        "public": Public.ADULT,
        "topic": TopicFactory().code,
        "subject": "Premier devoir",
        "body": "Bonjour, quand le rendre ?",
        "name": "Camille Exemple",
        "email": "camille@exemple.example",
        "stamp": new_stamp(),
    }


def counts():
    return SuggestionCount.objects.values("shown", "opened", "helped", "submitted").first()


def test_help_shows_useful_articles_and_subjects(client, article):
    subject = TopicFactory(label="Mes colis")
    TopicFactory(label="Sujet sans réponse")
    make_article("Où est mon colis ?", topic=subject, publics=[Public.STUDENT])
    make_article("Brouillon à cacher", topic=subject, state=ArticleState.DRAFT)
    shown = page(client.get(HELP))
    assert article.title in shown
    assert "Mes colis" in shown
    assert "sans réponse" not in shown
    assert "cacher" not in shown
    assert "Où est mon colis ?" in page(client.get(HELP, {"sujet": subject.code}))
    assert "Mes colis" not in page(client.get(HELP, {"public": Public.COMPANY}))
    assert "Aucune réponse sur ce sujet" in page(client.get(HELP, {"sujet": subject.code, "public": Public.COMPANY}))


def test_search_without_result_is_kept_without_what_may_name_a_person(client, article):
    assert article.title in page(client.get(HELP, {"q": "devoirs"}))
    for text in ("carte étudiant", "Carte étudiant ?", "camille@exemple.example", "06 12 34 56 78 perdu", "x" * 150):
        assert "Aucune réponse" in page(client.get(HELP, {"q": text}))
    client.get(HELP, {"q": "bourse", "public": Public.ADULT})  # another public may have the answer
    assert list(UnansweredQuestion.objects.values_list("query", "count")) == [("carte etudiant", 2)]


@pytest.mark.parametrize(
    "params",
    [
        {"q": "é" * 8_000},
        {"q": "a\0b\x01<script>"},
        {"q": "\ud7ff", "public": "\0"},
        {"sujet": "\0" * 90},
        {"public": "pirate"},
    ],
)
def test_hostile_search_gets_a_clean_page(client, article, params):
    response = client.get(HELP, params)
    assert response.status_code == 200
    assert b"<script>" not in response.content.replace(b"<script>\n", b"")
    assert client.get(FRAGMENT, params).status_code == 200


def test_made_up_cursor_is_not_found(client):
    topic = TopicFactory()
    assert client.get(HELP, {"sujet": topic.code, "apres": "x"}).status_code == 404


def test_subject_is_read_page_after_page(client):
    topic = TopicFactory()
    for number in range(views.PAGE_SIZE + 1):
        make_article(f"Question {number:02} ?", topic=topic)
    first = client.get(HELP, {"sujet": topic.code}).context["page"]
    second = client.get(HELP, {"sujet": topic.code, "apres": first.next_cursor}).context["page"]
    assert len({row.pk for row in (*first.rows, *second.rows)}) == views.PAGE_SIZE + 1
    assert not second.next_cursor


def test_article_is_read_as_it_was_written(client, article):
    shown = client.get(article.get_absolute_url()).content.decode()
    assert "<p>Deux gestes :</p>" in shown
    assert "<li>ouvrir</li>" in shown
    assert "&lt;b&gt;déposer" in shown
    assert "Réponse relue le" in shown


def test_only_published_articles_have_a_page(client):
    draft = make_article(state=ArticleState.DRAFT)
    old = make_article("Un vieux support ?", state=ArticleState.ARCHIVED, answer="Texte périmé")
    assert client.get(draft.get_absolute_url()).status_code == 404
    gone = client.get(old.get_absolute_url())
    assert gone.status_code == 410
    assert 'href="/aide/"' in page(gone)
    assert "périmé" not in page(gone)
    assert client.post(old.get_absolute_url(), {"aide": "oui"}).status_code == 410
    assert client.get("/aide/inconnu/").status_code == 404


def test_visitor_votes_once_and_changes_opinion(client, article):
    url = article.get_absolute_url()
    assert "avis est compté" in page(client.post(url, {"aide": "oui"}, follow=True))
    assert "Vous avez répondu « oui »" in page(client.get(url))
    client.post(url, {"aide": "oui"})
    client.post(url, {"aide": "non"})
    assert list(ArticleVote.objects.values_list("helped", flat=True)) == [False]
    Client().post(url, {"aide": "oui"})
    article.refresh_from_db()
    assert (article.helped_count, article.unhelped_count) == (1, 1)


def test_form_sent_twice_counts_once(client, article):
    url = article.get_absolute_url()
    ballot = client.get(url).context["ballot"]
    for _ in range(2):
        Client().post(url, {"aide": "oui", "bulletin": ballot})
    assert ArticleVote.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"aide": "peut-être"}, {"bulletin": "faux"}])
def test_vote_without_an_answer_counts_nothing(client, article, data):
    assert "Choisissez" in page(client.post(article.get_absolute_url(), data, follow=True))
    assert not ArticleVote.objects.exists()


def test_forged_ballot_and_cookie_are_ignored(client, article):
    client.cookies["avis"] = "0" * 32 + ":faux"
    client.post(article.get_absolute_url(), {"aide": "oui", "bulletin": "0" * 32})
    assert ArticleVote.objects.count() == 1


def test_too_many_votes_are_stopped(client, article, monkeypatch):
    monkeypatch.setattr(views, "VOTES_PER_HOUR", 1)
    codes = [Client().post(article.get_absolute_url(), {"aide": "oui"}).status_code for _ in range(2)]
    assert codes == [302, 429]


def test_another_site_cannot_vote(article):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(article.get_absolute_url(), {"aide": "oui"}).status_code == 403


def test_answers_are_proposed_while_writing(client, article):
    make_article("Comment demander un devis ?", publics=[Public.COMPANY])
    written = {"subject": "Mes devoirs", "body": "Comment envoyer un devoir ?", "public": Public.ADULT}
    shown = page(client.post(FRAGMENT, written))
    assert article.title in shown
    assert "devis" not in shown
    assert counts()["shown"] == 1
    again = {**written, "proposes": str(article.pk)}
    assert article.title in page(client.post(FRAGMENT, again))
    assert client.post(FRAGMENT, {**again, "affiches": str(article.pk)}).status_code == 204
    assert counts()["shown"] == 1


def test_fragment_that_is_only_read_counts_nothing(client, article, django_assert_num_queries):
    client.get(FRAGMENT, {"q": "envoyer un devoir"})
    with django_assert_num_queries(1):
        assert article.title in page(client.get(FRAGMENT, {"q": "envoyer un devoir"}))
    assert counts() is None


def test_fragment_forgets_answers_that_no_longer_fit(client, article):
    shown = page(client.post(FRAGMENT, {"subject": "tout autre chose", "proposes": str(article.pk), "affiches": "9"}))
    assert article.title not in shown
    assert f'name="proposes" value="{article.pk}"' in shown


def test_too_many_suggestions_are_stopped(client, article, monkeypatch):
    monkeypatch.setattr(views, "SUGGESTIONS_PER_HOUR", 1)
    codes = [client.post(FRAGMENT, {"subject": "envoyer un devoir"}).status_code for _ in range(2)]
    assert codes == [200, 204]


def test_answer_opened_from_the_form_that_helps_is_counted(client, article):
    url = f"{article.get_absolute_url()}?depuis=demande"
    shown = client.get(url)
    assert counts()["opened"] == 1
    client.get(article.get_absolute_url())
    data = dict(re.findall(r'name="(bulletin|depuis)" value="([^"]*)"', shown.content.decode()))
    response = client.post(article.get_absolute_url(), {**data, "aide": "oui"}, follow=True)
    assert "pas besoin d’envoyer" in page(response)
    assert (counts()["helped"], counts()["opened"]) == (1, 1)


def test_request_sent_anyway_is_counted_once(client, article, typed):
    add_counts([article.pk], "shown", day="2026-01-01")
    data = {**typed, "proposes": f"{article.pk},{article.pk},999999,pirate"}
    for _ in range(2):
        assert client.post(ASK, data).status_code == 302
    assert Ticket.objects.count() == 1
    assert list(SuggestionCount.objects.order_by("day").values_list("submitted", flat=True)) == [0, 1]


def test_refused_form_keeps_what_was_proposed(client, article, typed):
    shown = page(client.post(ASK, {**typed, "subject": "", "proposes": f"{article.pk},<b>"}))
    assert f'name="proposes" value="{article.pk}"' in shown
    assert counts() is None


def test_form_leads_to_the_help_without_script(client):
    assert 'href="/aide/"' in page(client.get(ASK))


@pytest.mark.parametrize("params", [{}, {"q": "devoir"}, {"sujet": "cours"}])
def test_lists_cost_the_same_with_more_articles(client, params, django_assert_num_queries):
    number, topic = count(), TopicFactory(code="cours")

    def more():
        make_article(f"Comment envoyer le devoir {next(number)} ?", topic=topic)

    more()
    client.get(HELP, params)
    with CaptureQueriesContext(connection) as captured:
        client.get(HELP, params)
    one = len(captured)
    more(), more()
    client.get(HELP, params)
    with django_assert_num_queries(one):
        client.get(HELP, params)
    assert one <= 4
