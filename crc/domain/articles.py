"""Verbs on the articles of the knowledge base: the only functions that write them or change their state."""

from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from catalogue.domain.wording import lexemes
from cned_portal.common.text import compounds, fold
from cned_portal.common.verbs import verb
from crc.domain.help_measures import add_counts
from crc.domain.queries.help import forget_vocabulary
from crc.domain.refusals import Refusal
from crc.enums import ArticleState
from crc.models import Article, ArticleDraft, ArticleVote, SuggestionCount

REVIEW_EVERY = timedelta(days=365)

_INDEX = """
UPDATE crc_article SET search_vector =
    setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B') ||
    setweight(to_tsvector('simple', %s), 'C')
WHERE id = %s
"""


@verb
def save_article(article, *, acting_user, slug="", **text):
    """Write an article: a new one when `article` is None, else its text, or its draft once it is published.

    `text` holds the columns of `ArticleText`. Nothing that the public sees changes here.
    """
    if article is None:
        article = Article(slug=_free_slug(slug or text["title"]), **text)
        article.save()
        return article
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if article.state == ArticleState.PUBLISHED:
        if all(getattr(article, name) == value for name, value in text.items()):
            ArticleDraft.objects.filter(article=article).delete()
        else:
            ArticleDraft.objects.update_or_create(article=article, defaults={**text, "edited_by": acting_user})
        return article
    for name, value in text.items():
        setattr(article, name, value)
    article.save(update_fields=list(text))
    return article


@verb
def publish_article(article, *, acting_user, review_due_on=None, at=None):
    """Show the article, or the changes that wait. To publish is to have read: the time to review starts anew."""
    at = at or timezone.now()
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    draft = ArticleDraft.objects.filter(article=article).first()
    if article.state == ArticleState.PUBLISHED and draft is None:
        raise Refusal("Cet article est déjà publié, sans modification en attente.")
    if draft is not None:
        for name in Article.TEXT:
            setattr(article, name, getattr(draft, name))
        draft.delete()
    article.published_at = at
    _review(article, acting_user, review_due_on, at)
    _index(article)
    article.state = ArticleState.PUBLISHED
    article.save(update_fields=[*Article.TEXT, "state", "published_at", "review_due_on", "reviewed_at", "reviewed_by"])
    forget_vocabulary()
    return article


@verb
def archive_article(article, *, acting_user):
    """Take the article off the site. Its address stays its own; changes that waited stay for a new publication."""
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if article.state == ArticleState.ARCHIVED:
        raise Refusal("Cet article est déjà archivé.")
    draft = ArticleDraft.objects.filter(article=article).first()
    if draft is not None:  # an archived article is edited in its own columns
        for name in Article.TEXT:
            setattr(article, name, getattr(draft, name))
        draft.delete()
    article.state = ArticleState.ARCHIVED
    article.save(update_fields=[*Article.TEXT, "state"])
    forget_vocabulary()
    return article


@verb
def mark_reviewed(article, *, acting_user, review_due_on=None, at=None):
    """Say that the published answer was read again and still holds."""
    article = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if article.state != ArticleState.PUBLISHED:
        raise Refusal("Seul un article publié se relit.")
    _review(article, acting_user, review_due_on, at or timezone.now())
    article.save(update_fields=["review_due_on", "reviewed_at", "reviewed_by"])
    return article


@verb
def vote(article, *, key, helped, acting_user, from_request_form=False):
    """Count a visitor's opinion once: the same `key` (a UUID) again changes it. Gives the vote."""
    article = Article.objects.select_for_update(of=("self",)).only("state").get(pk=article.pk)
    if article.state != ArticleState.PUBLISHED:
        raise Refusal("Cet article n’est plus publié.")
    known = ArticleVote.objects.filter(key=key, article=article).first()
    if known is not None and known.helped == helped:
        return known
    cast = known or ArticleVote(article=article, key=key, day=timezone.localdate(), from_request_form=from_request_form)
    cast.helped = helped
    cast.save()
    gained, lost = ("helped_count", "unhelped_count") if helped else ("unhelped_count", "helped_count")
    changes = {gained: F(gained) + 1}
    if known is not None:
        changes[lost] = F(lost) - 1
    Article.objects.filter(pk=article.pk).update(**changes)
    if cast.from_request_form and helped:
        add_counts([article.pk], "helped", day=cast.day)
    elif cast.from_request_form and known is not None:
        SuggestionCount.objects.filter(article=article, day=cast.day).update(helped=F("helped") - 1)
    return cast


def _review(article, acting_user, review_due_on, at):
    article.reviewed_at, article.reviewed_by = at, acting_user
    article.review_due_on = review_due_on or timezone.localdate(at) + REVIEW_EVERY


def _index(article):
    """The catalogue's recipe: both sides of the search folded in the same way, without an extension."""
    topic = article.topic.label if article.topic else ""
    texts = (f"{article.title} {' '.join(compounds(article.title))}", topic, article.answer)
    with connection.cursor() as cursor:
        cursor.execute(_INDEX, [*(" ".join(lexemes(text)) for text in texts), article.pk])


def _free_slug(text):
    """An address made of the question that no article has or had; a race is refused by the unique column."""
    base = slugify(fold(text).replace("'", " "))[:70].strip("-") or "question"
    taken = set(Article.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | {"suggestions"}
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
