"""Any call that the schema allows, or nearly, gets an answer that it describes, and never an error of the server."""

import uuid

import pytest
import schemathesis
from django.conf import settings as site
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from cned_portal.wsgi import application
from crc.enums import Channel
from crc.models import Ticket
from tests.crc.api.conftest import bearer, bring
from tests.crc.factories import TopicFactory, make_ticket

pytestmark = pytest.mark.django_db
PATHS = {
    "/api/v1/sujets/",
    "/api/v1/demandes/",
    "/api/v1/demandes/{reference}/",
    "/api/v1/demandes/{reference}/messages/",
    "/api/v1/demandes/{reference}/pieces/{id}/",
    "/api/v1/partenaires/demandes/",
    "/api/v1/partenaires/demandes/{reference}/",
}


def test_schema_has_no_gap():
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


@pytest.fixture
def schema(monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    rates = {"demandes": "1000000/min", "demandes-envoi": "1000000/min"}
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)
    monkeypatch.setattr("crc.api.views.REQUESTS_PER_HOUR", 10**6)
    monkeypatch.setattr("crc.api.views.REPLIES_PER_HOUR", 10**6)
    monkeypatch.setattr("crc.api.partners.REQUESTS_PER_HOUR", 10**6)
    signals = (request_started, request_finished)
    for signal in signals:  # else the connection, with the test's transaction, closes after the first answer
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", application).include(path_regex="/(demandes|sujets)/")
    for signal in signals:
        signal.connect(close_old_connections)


def keeps_its_word(operation, headers, cookies, reference):
    """Calls of an operation, some of them outside of what its schema allows; keys that exist, or none would succeed."""

    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case):
        if "reference" in (case.path_parameters or {}):
            case.path_parameters["reference"] = reference
        if isinstance(case.body, dict) and isinstance(case.body.get("sujet"), str):
            case.body["sujet"] = "devoirs"
            case.body.pop("formation", None)
        case.cookies = cookies
        key = {"Idempotency-Key": str(uuid.uuid4())} if case.method.upper() == "POST" else {}
        checks = [not_a_server_error, response_schema_conformance, status_code_conformance]
        case.call_and_validate(checks=checks, headers={**headers, **key})

    check()


@pytest.mark.slow
def test_api_keeps_its_word(schema, learner, partner):
    client = Client()
    client.force_login(learner)
    secret = "a" * 32
    session = client.cookies[site.SESSION_COOKIE_NAME].value
    person = {"X-CSRFToken": secret}, {site.SESSION_COOKIE_NAME: session, "csrftoken": secret}
    program = {"Authorization": bearer(partner)["authorization"]}, {}
    TopicFactory(code="devoirs")
    own, brought = make_ticket(requester=learner).reference, bring(partner).reference
    operations = [operation.ok() for operation in schema.get_all_operations()]
    assert {operation.path for operation in operations} == PATHS
    assert len(operations) == 9
    for operation in operations:
        is_partner = "partenaires" in operation.path
        keeps_its_word(operation, *(program if is_partner else person), brought if is_partner else own)
    assert Ticket.objects.filter(channel=Channel.API, requester=learner).exists(), "no call succeeded"
