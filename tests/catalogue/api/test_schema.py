"""Any request that the schema allows gets an answer that the schema describes, and never an error of the server."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from cned_portal.wsgi import application
from tests.catalogue.factories import TrainingActionFactory, TrainingFactory, TrainingSessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"catalogue": None})
    TrainingSessionFactory(action=TrainingActionFactory(training=TrainingFactory(published=True)))
    signals = (request_started, request_finished)
    for signal in signals:  # else the connection, with the test's transaction, closes after the first answer
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", application).include(path_regex="/formations/")
    for signal in signals:
        signal.connect(close_old_connections)


def test_api_keeps_its_word(api):
    operations = [operation.ok() for operation in api.get_all_operations()]
    assert len(operations) == 2
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        def keeps_its_word(case):
            case.call_and_validate(checks=[not_a_server_error, response_schema_conformance, status_code_conformance])

        keeps_its_word()
