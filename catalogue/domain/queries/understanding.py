"""What a person meant by the words typed in the search box: levels, known phrases, corrected words, terms."""

import re
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Q
from rapidfuzz.distance import OSA

from catalogue.domain.wording import lexeme
from catalogue.enums import Level
from catalogue.models import Synonym, VocabularyWord
from cned_portal.common.text import fold, words

QUERY_MAX = 200
WORDS_MAX = 12
_PHRASE_MAX = 6

_ARTICLES = frozenset(
    words(
        "l d de des du la le les un une et ou a au aux en pour par sur dans avec je j veux voudrais cherche mon ma mes "
        "qu s n"
    )
)
_FILLERS = frozenset(
    words(
        "formation formations former devenir preparer etudier apprendre comment faire etre travailler metier metiers "
        "cned distance ligne diplome diplomes etudes"
    )
)
_LETTER_AFTER = {"categorie", "option", "groupe", "serie"}

_LEVELS = [
    (re.compile(r"\bbac ?\+ ?2\b"), Level.FIVE),
    (re.compile(r"\bbac ?\+ ?3\b"), Level.SIX),
    (re.compile(r"\bbac ?\+ ?5\b"), Level.SEVEN),
    (re.compile(r"\bbac ?\+ ?8\b"), Level.EIGHT),
    *((re.compile(rf"\bniveau {level}\b"), Level(level)) for level in (3, 4, 5, 6, 7, 8)),
]


@dataclass(frozen=True)
class Term:
    """One thing asked: any of the alternatives, each of which is a group of lexemes that go together."""

    shown: str
    alternatives: tuple[tuple[str, ...], ...]
    is_prefix: bool = False

    def tsquery(self, weights=""):
        """Text for `to_tsquery`; lexemes are made of letters and digits only, so nothing needs escaping."""
        mark = f":{'*' if self.is_prefix else ''}{weights}" if self.is_prefix or weights else ""
        groups = ["(" + " & ".join(f"{word}{mark}" for word in group) + ")" for group in self.alternatives]
        return "(" + " | ".join(groups) + ")"


@dataclass(frozen=True)
class Understood:
    typed: str = ""
    terms: tuple[Term, ...] = ()
    level: Level | None = None
    corrections: tuple[tuple[str, str], ...] = ()  # (typed word, word searched)
    title_keys: tuple[str, ...] = ()  # titles that would be exactly what is asked

    @property
    def is_empty(self):
        return not self.terms and self.level is None

    @property
    def corrected_text(self):
        """What was searched, the corrected words with their accents."""
        displayed = {fold(shown): shown for _, shown in self.corrections}
        return " ".join(displayed.get(word, word) for term in self.terms for word in term.shown.split())


def understand(text):
    """Read a query. Any text is accepted; at most four queries."""
    typed = " ".join("".join(char if char.isprintable() else " " for char in text[:QUERY_MAX]).split())
    folded = fold(typed)
    level = None
    for pattern, value in _LEVELS:
        if pattern.search(folded):
            level, folded = value, pattern.sub(" ", folded)
            break
    tokens = [word[:60] for word in words(folded) if word.strip("+#")][:WORDS_MAX]
    synonyms = _synonyms(tokens)
    tokens, prefixes, corrections = _spell(tokens, {word for phrase in synonyms for word in phrase.split()})
    if corrections:
        synonyms = _synonyms(tokens)
    terms, keys = _terms(tokens, prefixes, synonyms)
    return Understood(typed, tuple(terms), level, tuple(corrections), tuple(keys))


def _is_content(tokens, position):
    """Whether the word at that place carries meaning; a lone letter does in « catégorie A »."""
    word = tokens[position]
    if word in _ARTICLES and position and len(word) == 1 and tokens[position - 1] in _LETTER_AFTER:
        return True
    return word not in _ARTICLES and word not in _FILLERS


def _spell(tokens, in_phrases):
    """Known words stay, beginnings of words are kept as such, others become the nearest known word."""
    settled = _ARTICLES | _FILLERS | in_phrases
    wanted = {word for word in tokens if word not in settled and lexeme(word) not in in_phrases}
    if not wanted:
        return tokens, set(), []
    stems = {lexeme(word) for word in (*wanted, *(first + second for first, second in pairwise(tokens)))}
    known = set(VocabularyWord.objects.filter(stem__in=stems).values_list("stem", flat=True))
    tokens = _joined(tokens, wanted, known)
    wanted = wanted.intersection(tokens)
    unknown = [word for word in tokens if word in wanted and lexeme(word) not in known]
    if not unknown:
        return tokens, set(), []
    prefixes, replaced = set(), {}
    candidates = None
    for word in dict.fromkeys(unknown):
        if any(char.isdigit() for char in word) or len(word) < 3:
            continue
        if candidates is None:
            lengths = [len(item) for item in unknown]
            candidates = _candidates(min(lengths), max(lengths), unknown)
        if len(word) >= 3 and any(item.startswith(word) for item, _, _ in candidates):
            prefixes.add(word)
        elif len(word) >= 4:
            nearest = _nearest(word, candidates)
            if nearest:
                replaced[word] = nearest
    corrections = [(word, replaced[word][1]) for word in replaced]
    return [replaced[word][0] if word in replaced else word for word in tokens], prefixes, corrections


def _joined(tokens, wanted, known):
    """Words cut in two by a space brought together, where only the whole is known: « CE 2 », « 38 565 »."""
    joined, place = [], 0
    while place < len(tokens):
        pair = tokens[place : place + 2]
        whole = "".join(pair)
        is_cut = len(pair) == 2 and (
            pair[1].isdigit() or any(word in wanted and lexeme(word) not in known for word in pair)
        )
        if is_cut and lexeme(whole) in known:
            joined.append(whole)
            place += 2
        else:
            joined.append(tokens[place])
            place += 1
    return joined


def _candidates(shortest, longest, unknown):
    """Vocabulary of neighbouring lengths, and the words that begin as the unknown ones do."""
    condition = Q(length__range=(max(shortest - 2, 3), longest + 2))
    for word in set(unknown):
        condition |= Q(word__startswith=word)
    return list(VocabularyWord.objects.filter(condition).values_list("word", "display", "frequency"))


def _nearest(word, candidates):
    allowed = 1 if len(word) <= 5 else 2
    best = None
    for candidate, display, frequency in candidates:
        distance = OSA.distance(word, candidate, score_cutoff=allowed)
        if distance <= allowed and not candidate.isdigit():
            key = (distance, candidate[0] != word[0], lexeme(candidate)[:3] != lexeme(word)[:3], -frequency, candidate)
            if best is None or key < best[0]:
                best = (key, (candidate, display))
    return best[1] if best else None


def _terms(tokens, prefixes, synonyms):
    """Longest known phrases first, then single words; articles and fillers are left out when something else is said."""
    terms, keys, position = [], [" ".join(tokens)] if tokens else [], 0
    has_content = any(_is_content(tokens, place) for place in range(len(tokens)))
    while position < len(tokens):
        length, expansions = _longest_phrase(tokens, position, synonyms)
        group = tokens[position : position + length] if length else tokens[position : position + 1]
        if length:
            literal = tuple(lexeme(word) for word in group if word not in _ARTICLES) or tuple(map(lexeme, group))
            alternatives = [literal]
            for expansion in expansions:
                expanded = words(expansion)
                alternatives.append(
                    tuple(lexeme(word) for word in expanded if word not in _ARTICLES) or tuple(map(lexeme, expanded))
                )
                if length == len(tokens):
                    keys.append(" ".join(expanded))
            unique = tuple(dict.fromkeys(group for group in alternatives if group))
            terms.append(Term(" ".join(group), unique))
        elif not has_content or _is_content(tokens, position):
            word = group[0]
            terms.append(Term(word, ((word if word in prefixes else lexeme(word),),), is_prefix=word in prefixes))
        position += len(group)
    unique_terms = {term.alternatives: term for term in terms if any(term.alternatives)}
    return list(unique_terms.values()), keys


def _synonyms(tokens):
    phrases = set()
    stems = [lexeme(word) for word in tokens]
    for source in (tokens, stems):
        for start in range(len(source)):
            for end in range(start + 1, min(start + _PHRASE_MAX, len(source)) + 1):
                phrases.add(" ".join(source[start:end]))
    if not phrases:
        return {}
    return dict(Synonym.objects.filter(phrase__in=phrases).values_list("phrase", "expansions"))


def _longest_phrase(tokens, position, synonyms):
    for length in range(min(_PHRASE_MAX, len(tokens) - position), 0, -1):
        group = tokens[position : position + length]
        for phrase in (" ".join(group), " ".join(lexeme(word) for word in group)):
            if phrase in synonyms:
                return length, synonyms[phrase]
    return 0, []
