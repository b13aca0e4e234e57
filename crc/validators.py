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


def validate_webhook_address(value):
    """Refuse an address that could lead inside our network; the name is resolved and checked again at each sending."""
    try:
        check_address(value)
    except ForbiddenAddress as refusal:
        raise ValidationError(str(refusal), code="address") from None
