"""In which language a request is written: its script, then the small words that every sentence has.

The libraries that do this bring a model of several megabytes, or a numeric library, to tell seventy languages apart;
a rule of the desk needs « French or not », and which of the few that people write to us in.
"""

import re
import unicodedata

from crc.enums import Language

READ = 1_000  # characters; the cost is bounded whatever is sent
WORDS = 120
SURE_WORDS = 20  # so many words without a small word we know are another language
SURE_LETTERS = 6

_PLAIN = {
    code: plain
    for code in range(0xC0, 0x180)
    if (plain := unicodedata.normalize("NFD", chr(code))[0]) != chr(code) and plain.isascii()
} | str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = {
    Language.FRENCH: "œêèùû",
    Language.SPANISH: "ñ¿¡",
    Language.PORTUGUESE: "ãõ",
    Language.GERMAN: "ßäöü",
    Language.ITALIAN: "ìò",
}
_SMALL_WORDS = {
    Language.FRENCH: (
        "a ai ainsi alors apres au aucun aussi aux avec avez avoir bien bonjour c ca car ce cela ces cet cette chez "
        "comment cordialement d dans de depuis des dois du elle en est et etait ete etre fait faut il ils j je l la le "
        "les leur lors ma madame mais me merci mes moi mon n ne nos notre nous on ont ou par pas peut peux plus pour "
        "pourquoi pouvez pouvoir qu quand que quel quelle quelles quels qui quoi sa salut sans se ses si son sont "
        "sur svp ta te tes toujours tous tout toute tres tu un une vers veuillez veux vos votre vous voudrais y"
    ),
    Language.ENGLISH: (
        "a about all am an and any are as at be been but by can could dear did do does for from get has have hello hi "
        "how i if in is it its just know like m may me my no not of on one or our please regards s send should so some "
        "t thank thanks that the their them there they this to us was we were what when where which who will with "
        "would you your"
    ),
    Language.SPANISH: (
        "a al algo aqui atentamente buenas buenos como con cuando de del desde donde el ella en entre es esta estan "
        "este esto estoy fue gracias ha hay hola la las le lo los mas me mi mis muy necesito no nos o para pero por "
        "porque puedo que quiero quisiera saber saludos se si sin sobre somos su sus tambien tengo tiene todo un una "
        "usted ustedes ya y yo"
    ),
    Language.PORTUGUESE: (
        "a agradeco ao aos as bom com como da das de do dos e ela ele em enviar esta estou eu foi gostaria isso ja la "
        "mais mas me meu meus minha muito na nao nas nem no nos o obrigada obrigado ola onde os ou para pela pelo "
        "por porque posso preciso qual quando que quero saber se sem somos sou sua tambem tem tenho um uma voce voces"
    ),
    Language.GERMAN: (
        "aber als am an auch auf aus bei bin bitte danke dann das dass dem den der des die du ein eine einen einer er "
        "es fur guten habe haben hallo ich ihr ihre im in ist ja kann konnen konnte mein meine meinen mich mit mir "
        "mochte nach nicht noch nur oder schon sehr sich sie sind tag uber um und uns von war wann warum was wenn "
        "wie wir wird wo zu zum zur"
    ),
    Language.ITALIAN: (
        "a al alla anche buongiorno che chi ci ciao come con cosa da dal dei del della delle di dove e ed gli grazie "
        "ha ho i il in io la le lo ma mi mia mie mio nel nella non o per perche piu posso quale quando questa questo "
        "salve sapere se si sono su un una vorrei"
    ),
}


def _weights():
    """For each small word, what it says of each language: a word of one language alone says more."""
    spoken = {}
    for language, text in _SMALL_WORDS.items():
        for word in text.split():
            spoken.setdefault(word, []).append(language)
    return {word: (languages, 2 if len(languages) == 1 else 1) for word, languages in spoken.items()}


_WEIGHTS = _weights()


def language_of(text):
    """The language of a text, a value of `Language`; empty when there is too little to tell."""
    text = unicodedata.normalize("NFC", text[:READ]).lower()
    text = " ".join(part for part in text.split() if "@" not in part and "/" not in part)
    letters = [char for char in text if char.isalpha()]
    foreign = [char for char in letters if char > "\u024f"]
    if len(foreign) >= SURE_LETTERS and 2 * len(foreign) > len(letters):
        arabic = sum("\u0600" <= char <= "\u08ff" for char in foreign)
        return Language.ARABIC if 2 * arabic > len(foreign) else Language.OTHER
    typed = _WORD.findall(text.translate(_PLAIN))[:WORDS]
    scores = dict.fromkeys(_SMALL_WORDS, 0)
    met = 0
    for word in typed:
        if word in _WEIGHTS:
            met += 1
            languages, weight = _WEIGHTS[word]
            for language in languages:
                scores[language] += weight
    if len(typed) >= SURE_WORDS and met * 10 < len(typed):
        return Language.OTHER
    for language, signs in _SIGNS.items():
        scores[language] += 2 * min(2, sum(map(text.count, signs)))
    (best, most), (_, next_most) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return best if most >= 4 and most >= next_most + max(2, next_most // 4) else ""
