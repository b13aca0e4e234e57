"""What the addresses of the desk's API have in common, beside what every private address has."""

from django import forms
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions

from cned_portal.users.api.base import JSON_MAX, BoundedMultiPartParser
from crc.domain.attachments import MAX_BYTES, MAX_FILES
from crc.forms import FilesField

REFERENCE = OpenApiParameter(
    "reference", {"type": "string", "example": "2026-7K3M9PQ2"}, OpenApiParameter.PATH, description="De la demande."
)


class FilesParser(BoundedMultiPartParser):
    max_bytes = MAX_FILES * MAX_BYTES + JSON_MAX


def joined_files(request):
    """Files of the call as pairs (name, bytes), judged as those of the site's forms."""
    try:
        return FilesField().clean(request.FILES.getlist("fichiers"))
    except forms.ValidationError as error:
        raise exceptions.ValidationError({"fichiers": error.messages}) from None
