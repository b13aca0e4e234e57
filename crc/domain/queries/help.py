"""Search of the help: what a person types, or what they are writing to us, to the answers that are published."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.cache import cache
from django.db import transaction
from django.db.models import Case, F, FloatField, IntegerField, Q, Value, When
from django.db.models.functions import Round
from rapidfuzz.distance import OSA

from catalogue.domain.wording import lexeme
from cned_portal.common.text import words
from crc.models import Article, Topic

QUERY_MAX = 400  # characters read of what was typed
WORDS_MAX = 12
RESULTS_MAX = 20
SUGGESTIONS_MAX = 3
USEFUL_MAX = 6
LETTERS_MIN = 4
TICKET_MAX = 4
_VOCABULARY = "crc:help:vocabulary"
_KEEP_SECONDS = 3_600
_WEIGHTS = [0.05, 0.1, 0.4, 1.0]  # unused, answer, subject, question

# Words of every question: they tell nothing of what is asked.
_EMPTY = frozenset(
    words(
        "a ai aie ait ai-je alors apres as au aucun aucune aura aussi autre aux avait avant avec avez avoir avons bien "
        "bonjour bonsoir c ca car ce cela ces cet cette ceux chez combien comme comment cordialement d dans de depuis "
        "des dire dois doit donc du elle elles en encore est et etait etant ete etes etre eu faire fais fait faut il "
        "ils j je l la le les leur leurs lors lui m ma madame mais me meme merci mes moi mon monsieur n ne ni nos "
        "notre nous on ont ou par pas peut peux plus plusieurs pour pourquoi pouvez pouvoir puis qu quand que quel "
        "quelle quelles quels qui quoi s sa sans savoir se sera ses si soit son sont sur svp t ta te tes toujours "
        "tous tout toute toutes tres tu un une vais vers veut veux voici voila vos votre voudrais voulez vouloir vous "
        "y cned formation formations souhaite souhaiterais aimerais cordialement"
    )
)


@dataclass(frozen=True)
class HelpResults:
    """`corrections`: pairs (word typed, word searched). `is_close`: no article says everything that was asked."""

    articles: tuple = ()
    corrections: tuple = ()
    is_close: bool = False


def search_help(text, public=""):
    """Published articles that answer, the closest first, then the most helpful. Any text is accepted."""
    terms, corrections = _terms(text)
    if not terms:
        return HelpResults()
    found = tuple(_ranked(terms, public, least=len(terms))[:RESULTS_MAX])
    if found or len(terms) == 1:
        return HelpResults(found, corrections)
    found = tuple(_ranked(terms, public, least=(len(terms) + 1) // 2)[:RESULTS_MAX])
    return HelpResults(found, corrections, is_close=True)


def suggest_help(text, public=""):
    """A few articles whose question or subject meets what is being written; none rather than far ones."""
    if sum(map(len, words(text[:QUERY_MAX]))) < LETTERS_MIN:
        return ()
    terms, _ = _terms(text)
    if not terms:
        return ()
    return tuple(_ranked(terms, public, least=min(2, len(terms)), weights="AB")[:SUGGESTIONS_MAX])


def suggest_before_sending(text, public=""):
    """Articles near enough to be shown once to a person who sends: they meet half of what is asked, two words at least.

    Stricter than what is proposed while typing, for it costs a second sending.
    """
    terms, _ = _terms(text)
    if len(terms) < 2:
        return ()
    least = max(2, (len(terms) + 1) // 2)
    return tuple(_ranked(terms, public, least=least, weights="AB")[:SUGGESTIONS_MAX])


def useful_articles(public="", *, count=USEFUL_MAX):
    return Article.objects.published().for_public(public).listed().order_by("-helped_count", "-pk")[:count]


def topics_with_articles(public=""):
    """Subjects that have something to read, in their order."""
    articles = Article.objects.published().for_public(public)
    return Topic.objects.filter(pk__in=articles.values("topic")).order_by("position", "code")


def articles_for_ticket(ticket):
    """Answers to give an agent beside a ticket: same public, then same subject or same words. One query."""
    terms = [(word,) for word in _content(ticket.subject)]
    articles = Article.objects.published().for_public(ticket.public).listed()
    same_topic = Case(When(topic=ticket.topic_id, then=Value(1)), default=Value(0), output_field=IntegerField())
    if not terms:
        return articles.filter(topic=ticket.topic_id).order_by("-helped_count", "-pk")[:TICKET_MAX]
    query = _query(" | ".join(_tsquery(term, "AB") for term in terms))
    return (
        articles.filter(Q(topic=ticket.topic_id) | Q(search_vector=query))
        .annotate(same_topic=same_topic, rank=SearchRank(F("search_vector"), query, weights=_WEIGHTS))
        .order_by("-rank", "-same_topic", "-helped_count", "-pk")[:TICKET_MAX]
    )


def forget_vocabulary():
    """Say that what is published changed; now, and again once it is committed."""
    cache.delete(_VOCABULARY)
    transaction.on_commit(lambda: cache.delete(_VOCABULARY))


def _content(text):
    """Words that carry meaning, as the index has them, in order and once."""
    typed = [word.strip("+#")[:60] for word in words(text[:QUERY_MAX])]
    return list(dict.fromkeys(lexeme(word) for word in typed if len(word) > 1 and word not in _EMPTY))[:WORDS_MAX]


def _terms(text):
    """What to ask the index: for each word, the lexemes any of which is enough (the nearest of a word unknown)."""
    known = _vocabulary()
    terms, corrections = [], []
    for word in _content(text):
        if word in known:
            terms.append((word,))
            continue
        near = _near(word, known)
        corrections += [(word, near[0])] if near and not near[0].startswith(word) else []
        terms.append((word, *near))  # the word itself too: it may have been published a moment ago
    return terms, tuple(corrections)


def _near(word, known):
    """Words that begin as this one does, else the nearest one: one letter apart, two for a long word."""
    if len(word) < 4 or any(char.isdigit() for char in word):
        return ()
    begun = sorted((item for item in known if item.startswith(word)), key=lambda item: (-known[item], item))
    if begun:
        return tuple(begun[:5])
    allowed = 1 if len(word) <= 5 else 2
    best = None
    for item, frequency in known.items():
        distance = OSA.distance(word, item, score_cutoff=allowed)
        if distance <= allowed:
            key = (distance, item[0] != word[0], -frequency, item)
            best = min(best, key) if best else key
    return (best[-1],) if best else ()


def _vocabulary():
    """Lexemes of what is published and how many articles say each; kept until something is published."""
    return cache.get_or_set(_VOCABULARY, _read_vocabulary, _KEEP_SECONDS)


def _read_vocabulary():
    frequency = Counter()
    for row in Article.objects.published().values_list("title", "answer", "topic__label").iterator():
        frequency.update({lexeme(word) for text in row for word in words(text or "") if word not in _EMPTY})
    return {word: count for word, count in frequency.items() if len(word) > 2}


def _ranked(terms, public, *, least, weights=""):
    """Articles that meet at least so many terms."""
    alternatives = [_tsquery(term, weights) for term in terms]
    joined = " & " if least == len(terms) else " | "
    matched = sum(
        (
            Case(When(search_vector=_query(one), then=Value(1)), default=Value(0), output_field=IntegerField())
            for one in alternatives
        ),
        start=Value(0),
    )
    rank = SearchRank(F("search_vector"), _query(" | ".join(_tsquery(term) for term in terms)), weights=_WEIGHTS)
    return (
        Article.objects.published()
        .for_public(public)
        .filter(search_vector=_query(joined.join(alternatives)))
        .annotate(matched=matched, rank=Round(rank, precision=2, output_field=FloatField()))
        .filter(matched__gte=least)
        .listed()
        .order_by("-matched", "-rank", "-helped_count", "pk")
    )


def _tsquery(term, weights=""):
    """Text for `to_tsquery`; lexemes are made of letters and digits only, so nothing needs escaping."""
    mark = f":{weights}" if weights else ""
    return "(" + " | ".join(f"{word}{mark}" for word in term) + ")"


def _query(text):
    return SearchQuery(text, config="simple", search_type="raw")
