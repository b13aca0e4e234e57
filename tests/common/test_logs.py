"""What goes out in the logs: one line for each request, and nothing of the people."""

import io
import json
import logging

import pytest
from django.conf import settings
from django.urls import reverse

from cned_portal.common.logs import ContextFilter, SafeJsonFormatter
from cned_portal.common.request_id import current_request_id
from crc.domain.tracking import tracking_token
from tests.crc.factories import make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines():
    """What the console would receive, as parsed lines; `lines.text()` as written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    options = settings.LOGGING["formatters"]["json"]
    handler.setFormatter(SafeJsonFormatter(options["fmt"], json_ensure_ascii=False))
    handler.addFilter(ContextFilter())
    logging.getLogger().addHandler(handler)

    def read():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    read.text = stream.getvalue
    yield read
    logging.getLogger().removeHandler(handler)


def test_one_line_for_each_request_with_its_route_and_identifier(client, lines, learner):
    client.force_login(learner)
    answer = client.get(reverse("learners:space"), headers={"X-Request-ID": "abcdef-12345678"})
    line = next(line for line in lines() if line["name"] == "portal.requests")
    assert line["request_id"] == answer["X-Request-ID"] == "abcdef-12345678"
    assert (line["method"], line["route"], line["status"], line["user"]) == ("GET", "mon-espace/", 200, learner.pk)
    assert line["duration_ms"] > 0


def test_tokens_names_and_addresses_stay_out(client, lines, monkeypatch):
    ticket = make_ticket(requester_name="Zoé Secrète", requester_email="zoe.secrete@exemple.example")
    token = tracking_token(ticket)
    client.get(reverse("crc:tracking", args=[token]))
    client.get(reverse("crc:tracking", args=[f"{token}x"]))
    client.post(reverse("account_login"), {"login": ticket.requester_email, "password": "mot-de-passe-secret"})
    client.raise_request_exception = False
    monkeypatch.setattr("crc.views.public.find_tracked", lambda token: 1 / len(ticket.requester_email[:0]))
    assert client.get(reverse("crc:tracking", args=[token])).status_code == 500
    assert "ZeroDivisionError" in lines.text()
    for secret in (token, "Secrète", "zoe.secrete", "mot-de-passe-secret"):
        assert secret not in lines.text()


def test_address_in_an_exception_is_replaced(lines):
    try:
        raise ValueError("duplicate key (email)=(zoe.secrete@exemple.example)")
    except ValueError:
        logging.getLogger("x").exception("for %s", "zoe@exemple.example")
    assert "exemple.example" not in lines.text()
    assert "[adresse]" in lines.text()


def test_two_requests_have_two_identifiers(client):
    first, second = (client.get("/").headers["X-Request-ID"] for _ in range(2))
    assert first != second
    assert current_request_id() is None
