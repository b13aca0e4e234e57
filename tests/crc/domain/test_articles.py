import threading
import uuid
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cned_portal.common.history import history_of
from crc.domain import articles
from crc.domain.help_measures import (
    COUNTED_MAX,
    add_counts,
    read_keys,
    record_opened,
    record_submitted_anyway,
    record_suggested,
)
from crc.domain.queries.help import search_help
from crc.domain.refusals import Refusal
from crc.enums import ArticleState, Public
from crc.models import Article, ArticleDraft, ArticleVote, SuggestionCount
from crc.tasks import record_article_opened, record_unanswered_question
from tests.crc.factories import make_article

pytestmark = pytest.mark.django_db


def text_of(article, **changes):
    return {name: getattr(article, name) for name in Article.TEXT} | changes


def test_new_article_is_a_draft_with_an_address_of_its_own():
    first, second = (make_article("Où est l’école ?", state=ArticleState.DRAFT) for _ in range(2))
    assert first.state == ArticleState.DRAFT
    assert (first.slug, second.slug) == ("ou-est-l-ecole", "ou-est-l-ecole-2")
    assert make_article("Suggestions", state=ArticleState.DRAFT).slug != "suggestions"
    assert make_article("???", state=ArticleState.DRAFT).slug == "question"


def test_edit_of_a_published_article_is_seen_once_published(staff):
    article = make_article(answer="Avant")
    editor = staff("superviseur-crc")
    articles.save_article(article, acting_user=editor, **text_of(article, answer="Après"))
    article.refresh_from_db()
    assert article.answer == "Avant"
    assert ArticleDraft.objects.get().edited_by == editor
    assert not search_help("après").articles
    articles.publish_article(article, acting_user=editor)
    article.refresh_from_db()
    assert article.answer == "Après"
    assert not ArticleDraft.objects.exists()
    assert history_of(article).lines[0].act == "Article publié"


def test_edit_taken_back_leaves_nothing_waiting():
    article = make_article(answer="Avant")
    articles.save_article(article, acting_user=None, **text_of(article, answer="Après"))
    articles.save_article(article, acting_user=None, **text_of(article))
    assert not ArticleDraft.objects.exists()
    with pytest.raises(Refusal, match="déjà publié"):
        articles.publish_article(article, acting_user=None)


def test_publication_starts_the_time_to_review(staff):
    editor = staff("superviseur-crc")
    article = make_article(state=ArticleState.DRAFT)
    with pytest.raises(Refusal, match="publié se relit"):
        articles.mark_reviewed(article, acting_user=editor)
    article = articles.publish_article(article, acting_user=editor, at=timezone.now() - timedelta(days=400))
    assert list(Article.objects.to_review()) == [article]
    article = articles.mark_reviewed(article, acting_user=editor)
    assert article.reviewed_by == editor
    assert not Article.objects.to_review().exists()
    assert (
        articles.mark_reviewed(article, review_due_on=date(2030, 1, 1), acting_user=editor).review_due_on.year == 2030
    )


def test_archived_article_comes_back_only_by_a_publication():
    article = make_article()
    articles.save_article(article, acting_user=None, **text_of(article, answer="Nouveau texte"))
    article = articles.archive_article(article, acting_user=None)
    assert article.answer == "Nouveau texte"
    assert not search_help("devoir").articles
    with pytest.raises(Refusal, match="déjà archivé"):
        articles.archive_article(article, acting_user=None)
    articles.publish_article(article, acting_user=None)
    assert [found.pk for found in search_help("devoir").articles] == [article.pk]


@pytest.mark.parametrize(
    "changes",
    [{"state": ArticleState.DRAFT}, {"slug": "autre"}, {"publics": []}, {"answer": ""}, {"review_due_on": None}],
)
def test_database_refuses_what_must_not_be(changes):
    article = make_article()
    with pytest.raises(DatabaseError), transaction.atomic():
        Article.objects.filter(pk=article.pk).update(**changes)
    with pytest.raises(DatabaseError), transaction.atomic():
        Article.objects.filter(pk=article.pk).delete()


def test_visitor_votes_once_and_may_change():
    article, key = make_article(), uuid.uuid4()
    for helped in (True, True, False, False):
        articles.vote(article, key=key, helped=helped, acting_user=None)
    articles.vote(article, key=uuid.uuid4(), helped=True, acting_user=None)
    article.refresh_from_db()
    assert (article.helped_count, article.unhelped_count) == (1, 1)
    assert ArticleVote.objects.count() == 2
    assert len(history_of(article).lines) == 2  # written and published: opinions are no history


@pytest.mark.parametrize("state", [ArticleState.DRAFT, ArticleState.ARCHIVED])
def test_vote_on_what_is_not_shown_is_refused(state):
    article = make_article(state=state)
    with pytest.raises(Refusal):
        articles.vote(article, key=uuid.uuid4(), helped=True, acting_user=None)


def test_opinion_from_the_request_form_is_counted_once_whatever_its_changes():
    article, key = make_article(), uuid.uuid4()
    for helped, count in ((False, None), (True, 1), (False, 0), (True, 1), (True, 1)):
        articles.vote(article, key=key, helped=helped, from_request_form=True, acting_user=None)
        row = SuggestionCount.objects.first()
        assert (row and row.helped) == count
    articles.vote(article, key=uuid.uuid4(), helped=True, acting_user=None)
    assert SuggestionCount.objects.get().helped == 1


def _together(act, times=4):
    errors = []

    def run():
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


@pytest.mark.django_db(transaction=True)
def test_counts_hold_with_several_writers():
    first, second = make_article(), make_article("Comment payer ?")
    keys = iter([[first.pk, second.pk], [second.pk, first.pk]] * 4)
    _together(lambda: record_suggested(next(keys), acting_user=None), times=8)
    assert list(SuggestionCount.objects.values_list("shown", flat=True)) == [8, 8]


@pytest.mark.django_db(transaction=True)
def test_same_vote_sent_at_once_counts_once():
    article, key = make_article(), uuid.uuid4()
    _together(lambda: articles.vote(article, key=key, helped=True, from_request_form=True, acting_user=None))
    article.refresh_from_db()
    assert (article.helped_count, ArticleVote.objects.count()) == (1, 1)
    assert SuggestionCount.objects.get().helped == 1


def test_counts_of_articles_that_do_not_exist_are_left_out():
    draft, article = make_article(state=ArticleState.DRAFT), make_article("Comment payer ?")
    record_submitted_anyway([article.pk, draft.pk, 10**17], acting_user=None)
    record_opened(article.pk, acting_user=None)
    record_article_opened(article.pk)
    row = SuggestionCount.objects.get()
    assert (row.article, row.submitted, row.opened, row.day) == (article, 1, 2, timezone.localdate())
    with pytest.raises(ValueError, match="pirate"):
        add_counts([article.pk], "pirate", day=timezone.localdate())


@pytest.mark.parametrize(
    ("text", "keys"),
    [("3,7,3", [3, 7]), ("", []), ("a,-1,²,5", [5]), ("9" * 30, []), ("1;DROP", [])],
)
def test_hidden_field_is_read_for_keys_only(text, keys):
    assert read_keys(text) == keys
    assert len(read_keys(",".join(map(str, range(10_000))))) == COUNTED_MAX


def test_question_without_answer_counted_twice_is_one_row():
    from crc.models import UnansweredQuestion

    record_unanswered_question("carte etudiant")
    record_unanswered_question("carte etudiant")
    assert UnansweredQuestion.objects.get().count == 2


def test_answer_is_shown_as_paragraphs_and_lists():
    article = Article(answer="Un début\r\nsuite :\n- un\n- deux\n\nUne fin.\n\n- seul", publics=[Public.ADULT])
    assert article.blocks == [
        {"text": "Un début\nsuite :"},
        {"points": ["un", "deux"]},
        {"text": "Une fin."},
        {"points": ["seul"]},
    ]
