"""Fields and shapes that the serializers of every app write alike."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.common.validators import validate_single_line


def line(**kwargs):
    """One line of text."""
    return serializers.CharField(validators=[validate_single_line], **kwargs)


def choice(choices, **kwargs):
    """One of the values of an enumeration; the error names them."""
    message = f"Valeurs connues : {', '.join(choices.values)}."
    return serializers.ChoiceField(choices.choices, error_messages={"invalid_choice": message}, **kwargs)


class TrueOrFalse(serializers.BooleanField):
    """What somebody agrees to or confirms: one of the two words of JSON, and nothing that could be read as one."""

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "string", "format": "binary"})
class SentFile(serializers.FileField):
    """A file of a call: left to itself, the description takes it for the address that an answer would give."""


def site_url(address):
    """The whole address of something of the site or of its API."""
    return settings.SITE_URL + address


class PageSerializer(serializers.Serializer):
    """A page of a list; a subclass adds its rows."""

    suivant = serializers.URLField(allow_null=True, help_text="Adresse de la page suivante, nulle à la dernière.")
