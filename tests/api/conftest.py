import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="session")
def openapi():
    """The published description."""
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def without_limits(monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    rates = dict.fromkeys(ScopedRateThrottle.THROTTLE_RATES, "1000000/min")
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)
    for place in ("crc.api.views", "crc.api.partners"):
        monkeypatch.setattr(f"{place}.REQUESTS_PER_HOUR", 10**6)
    monkeypatch.setattr("crc.api.views.REPLIES_PER_HOUR", 10**6)
    monkeypatch.setattr("learners.api.views.CHECKS_PER_HOUR", 10**6)


@pytest.fixture
def kept_connection():
    """Else the connection, with the test's transaction, closes after the first answer to a call through WSGI."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)
