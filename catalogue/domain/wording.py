"""Words as the search compares them: the same on the side of the index and on the side of the query."""

from functools import lru_cache

from cned_portal.common.text import root, words

_SPECIAL = str.maketrans({"+": "plus", "#": "sharp"})  # the database's parser would drop them: C++, C#


@lru_cache(maxsize=20_000)  # people use the same words
def lexeme(word):
    """Common form of a folded word: family suffix, then plural. Acronyms of four letters or fewer stay whole."""
    word = word.translate(_SPECIAL)
    if len(word) <= 4:
        return word
    word = root(word)
    return word[:-1] if len(word) > 4 and word[-1] in "sx" else word


def lexemes(text):
    return [lexeme(word) for word in words(text)]
