"""An address that will go says so in every answer, a year ahead."""

from datetime import UTC, date, datetime

import pytest
from django.test import RequestFactory
from django.utils.http import parse_http_date
from rest_framework.exceptions import ParseError
from rest_framework.response import Response

from cned_portal.users.api.base import PrivateView
from cned_portal.users.api.deprecation import Deprecated, Deprecation, PortalSchema


class OldView(Deprecated, PrivateView):
    authentication_classes: list = []
    permission_classes: list = []
    deprecation = Deprecation(date(2027, 1, 1), date(2028, 1, 1), "https://portail.example/api/v2")

    def get(self, request):
        if "refuse" in request.GET:
            raise ParseError("Non.")
        return Response({})


@pytest.mark.parametrize(("query", "status"), [("", 200), ("refuse=1", 400)])
def test_every_answer_says_since_when_and_until_when(query, status):
    answer = OldView.as_view()(RequestFactory().get(f"/?{query}"))
    assert answer.status_code == status
    assert answer["Deprecation"] == f"@{datetime(2027, 1, 1, tzinfo=UTC).timestamp():.0f}"
    assert parse_http_date(answer["Sunset"]) == datetime(2028, 1, 1, tzinfo=UTC).timestamp()
    assert answer["Link"] == '<https://portail.example/api/v2>; rel="deprecation"; type="text/html"'


def test_description_marks_it_and_no_other():
    marked = {}
    for view in (OldView, PrivateView):
        schema = PortalSchema()
        schema.view = view()
        marked[view] = schema.is_deprecated()
    assert marked == {OldView: True, PrivateView: False}


def test_less_than_a_year_is_refused():
    with pytest.raises(ValueError, match="twelve months"):
        Deprecation(date(2027, 1, 1), date(2027, 12, 1), "https://portail.example/api/v2")


def test_schema_of_the_site_knows_it(settings):
    assert settings.REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"].endswith("PortalSchema")
