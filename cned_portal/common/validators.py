"""Pure checks on values."""

import unicodedata

from django.core.exceptions import ValidationError


def validate_single_line(value):
    """Refuse line breaks and control characters: names and subjects end in mail headers."""
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} for char in value):
        raise ValidationError("Écrivez ce texte sur une seule ligne, sans caractère spécial.", code="single_line")
