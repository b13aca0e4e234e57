"""Pure checks on values: the keys of public identifiers, and of our own."""

import re
import unicodedata

from django.core.exceptions import ValidationError

LEARNER_NUMBER_PATTERN = r"^[1-9][0-9]{9}$"
SIRET_PATTERN = r"^[0-9]{14}$"
UAI_PATTERN = r"^[0-9]{7}[A-HJ-NPR-Z]$"
RNA_PATTERN = r"^W[0-9][0-9AB][0-9]{7}$"
DOCUMENT_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: neither I, L, O nor U
DOCUMENT_CODE_LENGTH = 16  # 80 bits
DOCUMENT_CODE_PATTERN = rf"^[{DOCUMENT_CODE_ALPHABET}]{{{DOCUMENT_CODE_LENGTH}}}$"

PHONE_PATTERN = r"^\+[1-9][0-9]{6,14}$"

_LA_POSTE = "356000000"
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # 23 letters: I, O and Q look like digits


def luhn_remainder(digits):
    """Remainder by ten of the Luhn sum; 0 for a right number."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = int(char) * (2 if rank % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10


def luhn_key(digits):
    """Digit to append so that the Luhn sum is right."""
    return str(-luhn_remainder(f"{digits}0") % 10)


def uai_key(digits):
    """Letter that ends the identifier of a school: the remainder of its number by 23."""
    return _UAI_LETTERS[int(digits) % len(_UAI_LETTERS)]


def compact(text):
    """An identifier as it is stored: without blanks, dots or dashes, in capitals."""
    return re.sub(r"[\s.\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text)).upper()


def validate_siret(value):
    """Fourteen digits: SIREN and SIRET with right Luhn keys.

    The establishments of La Poste are too many for one key: theirs have digits that add up to a multiple of five.
    """
    if not re.fullmatch(SIRET_PATTERN, value):
        raise ValidationError("Un SIRET s’écrit avec 14 chiffres.", code="siret")
    if value.startswith(_LA_POSTE) and sum(map(int, value)) % 5 == 0:
        return
    if luhn_remainder(value[:9]) or luhn_remainder(value):
        raise ValidationError("Ce SIRET n’est pas valable : vérifiez ses chiffres.", code="siret")


def validate_uai(value):
    """Seven digits and the key letter (« code établissement », formerly RNE)."""
    if not re.fullmatch(UAI_PATTERN, value):
        raise ValidationError("Un code UAI s’écrit avec 7 chiffres et une lettre, par exemple 9990001X.", code="uai")
    if uai_key(value[:7]) != value[7]:
        raise ValidationError("Ce code UAI n’est pas valable : vérifiez ses chiffres et sa lettre.", code="uai")


def validate_learner_number(value):
    """Ten digits, the last of which is a Luhn key."""
    if not re.fullmatch(LEARNER_NUMBER_PATTERN, value):
        raise ValidationError("Un numéro d’apprenant s’écrit avec 10 chiffres.", code="number")
    if luhn_remainder(value):
        raise ValidationError("Ce numéro n’est pas valable : vérifiez ses chiffres.", code="number")


def validate_rna(value):
    """W and nine characters: the national directory of associations has no key."""
    if not re.fullmatch(RNA_PATTERN, value):
        raise ValidationError("Un numéro RNA s’écrit W suivi de 9 chiffres.", code="rna")


def phone_digits(typed):
    """A telephone number as it is stored, « +33612345678 »: French numbers get their country; empty when none."""
    text = re.sub(r"[\s.\-()\u2010-\u2015]", "", unicodedata.normalize("NFKC", typed))
    text = f"+{text[2:]}" if text.startswith("00") else text
    text = f"+33{text[1:]}" if re.fullmatch(r"0[1-9][0-9]{8}", text) else text
    return text if re.fullmatch(PHONE_PATTERN, text) else ""


def document_code(typed):
    """Verification code as it is stored, from what a person typed or read aloud; empty when it cannot be one."""
    code = compact(typed[:100]).translate(str.maketrans({"O": "0", "I": "1", "L": "1"}))
    return code if re.fullmatch(DOCUMENT_CODE_PATTERN, code) else ""


def spaced(code):
    """A verification code as it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
