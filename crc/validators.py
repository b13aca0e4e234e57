"""Pure checks on values."""

import re
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from cned_portal.common.clients.https import ForbiddenAddress, check_address

REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowel, no 0/O nor 1/I/L: read aloud on the phone, no word
REFERENCE_PATTERN = rf"^20[0-9]{{2}}-[{REFERENCE_ALPHABET}]{{8}}$"
_REFERENCE = re.compile(REFERENCE_PATTERN)


def is_reference(text):
    """Whether the text has the shape of a public reference."""
    return bool(_REFERENCE.match(text))


def validate_timezone(value):
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValidationError("Ce fuseau horaire n’existe pas.", code="timezone") from None


MACRO_VARIABLES = ("demandeur", "reference", "agent", "service", "formation", "date_promise")
MACRO_VARIABLE = re.compile(r"\{([^{}]*)\}")


def validate_macro_body(body):
    """Refuse a variable that nothing fills, by its name."""
    unknown = [name for name in MACRO_VARIABLE.findall(body) if name not in MACRO_VARIABLES]
    if unknown:
        known = " ".join(f"{{{name}}}" for name in MACRO_VARIABLES)
        raise ValidationError(
            f"Variable inconnue : {{{unknown[0]}}}. Celles qui existent : {known}.", code="unknown_variable"
        )


def validate_webhook_address(value):
    """Refuse an address that could lead inside our network; the name is resolved and checked again at each sending."""
    try:
        check_address(value)
    except ForbiddenAddress as refusal:
        raise ValidationError(str(refusal), code="address") from None
