"""French text made comparable: the same folding on both sides of every search and every sort.

The embedded PostgreSQL has neither `unaccent` nor ICU, and `unaccent` would not be enough: the French stemmer gives
`infirmi` for « infirmier » but `infirmier` for « infirmiere ». Eight suffix rules bring families of words together.
"""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "’": "'", "ʼ": "'", "‘": "'", "ß": "ss"})
_WORD = re.compile(r"[a-z0-9+#]+")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_COMPOUND = re.compile(r"([a-z0-9]{3,})[-']([a-z0-9]{2,})")
_SUFFIX_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"trices?$", "teur"),
        (r"teuses?$", "teur"),
        (r"euses?$", "eur"),
        (r"ennes?$", "en"),
        (r"ieres?$", "ier"),
        (r"eres?$", "er"),
        (r"ees?$", "e"),
        (r"(?<=[a-z0-9]{4})es$", "e"),
    )
]


class _Folding(dict):
    """What each character folds to, found once for those of the alphabets that we read."""

    def __missing__(self, code):
        decomposed = unicodedata.normalize("NFKD", chr(code).translate(_LIGATURES))
        kept = (char for char in decomposed if not unicodedata.combining(char))
        folded = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in kept).casefold()
        if code < _REMEMBERED:
            self[code] = folded
        return folded


_REMEMBERED = 0x3000
_folding = _Folding()


def fold(text):
    """Lower case without accents, ligatures or typographic apostrophes; control characters become spaces."""
    return text.translate(_folding)


def words(text):
    """Folded words of a text, in order; « l'élève » gives `l` and `eleve`, « D.C.G. » gives `dcg`."""
    return _WORD.findall(_DOTTED.sub(lambda found: found[0].replace(".", "") + " ", fold(text)))


def compounds(text):
    """Words with a hyphen or an apostrophe inside, as people write them in one: « Psy-EN » gives `psyen`."""
    return [first + second for first, second in _COMPOUND.findall(fold(text))]


def root(word):
    """Common form of a folded word's family: « infirmière » and « infirmier » meet on `infirmier`."""
    for pattern, replacement in _SUFFIX_RULES:
        changed, count = pattern.subn(replacement, word)
        if count:
            return changed
    return word


def search_text(text):
    """Text as it is indexed and queried: folded words brought to their family's common form, space-separated."""
    return " ".join(root(word) for word in words(text))


def sort_key(text):
    """Key that sorts French words as a dictionary does, where the database only knows code points."""
    return " ".join(words(text))
