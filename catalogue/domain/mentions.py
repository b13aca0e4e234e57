"""Wordings that a public page may not hold: they mislead (indicator 1 of the quality referential, décret 2026-728)."""

import re

from cned_portal.common.text import words

_RESULT = r"(?:reussite|succes|diplome|obtention|certification|emploi|embauche|admission|resultat)s?"
_FEW = r"(?:\w+ ){0,4}?"
_SEVERAL = r"(?:\w+ ){0,6}?"
_PROMISES = [
    re.compile(rf"\b{_RESULT} {_FEW}(?:garanti|assure)(?:e|s|es)?\b"),
    re.compile(rf"\bgaranti(?:e|s|es|t|ssons|r)? {_FEW}{_RESULT}\b"),
    re.compile(rf"\b(?:assurons|assure) (?:la |l |le |votre |vos |un |une ){{0,2}}{_RESULT}\b"),
    re.compile(r"\b100 (?:de |d )?(?:reussite|succes|admis|admission|insertion)\b"),
]
_FULLY_CPF = [
    re.compile(rf"\b100 {_SEVERAL}cpf\b"),
    re.compile(rf"\bcpf {_SEVERAL}100\b"),
    re.compile(rf"\b(?:entierement|integralement|totalement|gratuite?s?) {_SEVERAL}cpf\b"),
    re.compile(rf"\bcpf {_SEVERAL}(?:entierement|integralement|totalement|gratuite?s?)\b"),
    re.compile(rf"\b(?:sans|zero|aucun) reste a charge {_SEVERAL}cpf\b"),
]
_NEGATIONS = {"ne", "n", "pas", "aucun", "aucune", "sans", "jamais", "ni"}
_WORDS_BEFORE = 3


def promises(text):
    """Promises of success in a text, as they are worded once folded; negated ones are none."""
    return _found(_PROMISES, text, _NEGATIONS)


def full_cpf_mentions(text):
    """Mentions that the personal training account pays everything."""
    return _found(_FULLY_CPF, text, _NEGATIONS - {"sans", "aucun"})


def _found(patterns, text, negations):
    folded = " ".join(words(text))
    found = []
    for pattern in patterns:
        for match in pattern.finditer(folded):
            before = folded[: match.start()].split()[-_WORDS_BEFORE:]
            if not negations & {*before, *match[0].split()}:
                found.append(match[0])
    return list(dict.fromkeys(found))
