"""Addresses that will go: every answer says since when and until when, and the description marks them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.http import http_date
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import CharField

NOTICE = timedelta(days=365)  # promised in docs/api.md


@dataclass(frozen=True)
class Deprecation:
    """`since` that day, in UTC, the address is deprecated; after `until` it may answer no more.

    `guide` is the whole address of a page, for people, that says what replaces it.
    """

    since: date
    until: date
    guide: str

    def __post_init__(self):
        if self.until - self.since < NOTICE:
            raise ValueError("an address is kept twelve months after its deprecation")

    @property
    def headers(self):
        """RFC 9745 and RFC 8594."""
        since, until = (datetime.combine(day, time(), UTC).timestamp() for day in (self.since, self.until))
        return {
            "Deprecation": f"@{since:.0f}",
            "Sunset": http_date(until),
            "Link": f'<{self.guide}>; rel="deprecation"; type="text/html"',
        }


class Deprecated:
    """Put before the base of a view: `deprecation` marks its answers, refusals too, and its description."""

    deprecation: Deprecation

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.deprecation.headers.items():
            response[name] = value
        return response


class PortalSchema(AutoSchema):
    def _get_serializer_field_meta(self, field, direction):
        """Text that must not be empty says so where it is sent."""
        meta = super()._get_serializer_field_meta(field, direction)
        if direction == "request" and isinstance(field, CharField) and not (field.allow_blank or field.read_only):
            meta["minLength"] = max(1, field.min_length or 0)
        return meta

    def is_deprecated(self):
        return isinstance(self.view, Deprecated)
