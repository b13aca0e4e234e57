"""The description has no gap, and any call that it allows, or nearly, gets an answer that it declares."""

import uuid
from contextlib import closing

import pytest
import schemathesis
from django.conf import settings as site
from django.core.management import call_command
from django.urls import get_resolver
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from cned_portal.users.headless import OPERATIONS, PREFIX
from cned_portal.users.models import IdempotentCall
from cned_portal.wsgi import application
from tests.api.conftest import METHODS
from tests.api.things import Person, public_things
from tests.crc.api.conftest import bearer, bring, make_partner
from tests.crc.factories import TopicFactory, fallback_service

pytestmark = pytest.mark.django_db
EXAMPLES = 15
# What ends the caller's own session, or their account's address and password: each has its test in tests/users/api.
ENDING = {("delete", "auth/session"), ("delete", "auth/sessions"), ("post", "account/password/change")}


def test_schema_is_valid_and_warns_of_nothing():
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def operations(openapi):
    return [
        (method, path, operation)
        for path, item in openapi["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_every_address_of_the_api_is_described(openapi):
    described = {path.replace("{id}", "{pk}") for path in openapi["paths"]}
    served = {f"/{PREFIX}{name}" for name in OPERATIONS}
    for prefix in get_resolver().url_patterns:
        if str(prefix.pattern) == "api/v1/":
            served |= {f"/api/v1/{_template(pattern.pattern)}" for pattern in prefix.url_patterns}
    assert served == described


def _template(pattern):
    route = str(pattern)
    for name, converter in pattern.converters.items():
        kind = {"IntConverter": "int", "SlugConverter": "slug", "StringConverter": "str"}[type(converter).__name__]
        route = route.replace(f"<{kind}:{name}>", f"{{{name}}}")
    return route


def test_every_operation_is_named_explained_and_says_its_errors(openapi):
    every = operations(openapi)
    assert len({operation["operationId"] for _, _, operation in every}) == len(every)
    for method, path, operation in every:
        assert operation["summary"], path
        codes = set(operation["responses"])
        assert {"400", "429"} <= codes, path
        assert "404" in codes or "{" not in path, path
        is_creating = method == "post" and path.startswith("/api/v1/")
        keys = [one for one in operation.get("parameters", []) if one["name"] == "Idempotency-Key" and one["required"]]
        assert bool(keys) == is_creating, f"{method} {path}"
        if method == "get" and "fichier" not in path and "pieces" not in path and path.startswith("/api/v1/"):
            assert "304" in codes, path


def test_version_of_the_addresses_is_that_of_the_description(openapi):
    assert openapi["openapi"].startswith("3.1")
    assert openapi["info"]["version"].split(".")[0] == "1"


@pytest.fixture
def schema(without_limits, kept_connection, monkeypatch):
    for limit in ("login", "login_failed", "signup", "reset_password", "reauthenticate", "manage_email"):
        monkeypatch.setitem(site.ACCOUNT_RATE_LIMITS, limit, "1000000/m/ip")
    monkeypatch.setattr("catalogue.domain.favourites.FAVOURITES_MAX", 50)
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", closing_its_files)


def closing_its_files(environ, start_response):
    """The application, each answer of which is read whole and closed: the client that calls it closes no file."""
    with closing(application(environ, start_response)) as body:
        return [b"".join(body)]


def keeps_its_word(operation, fill, headers):
    """Calls of an operation, some of them outside of what its schema allows; `fill` gives keys that exist."""
    checks = [not_a_server_error, status_code_conformance]
    if not operation.path.startswith(f"/{PREFIX}"):
        checks.append(response_schema_conformance)

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case):
        fill(case)
        case.cookies = {}
        key = {"Idempotency-Key": str(uuid.uuid4())} if case.method.upper() == "POST" else {}
        case.call_and_validate(checks=checks, headers={**headers, **key})

    check()


def filler(keys, training, session):
    def fill(case):
        for name, value in keys.get(case.path, {}).items():
            case.path_parameters[name] = value
        if "slug" in (case.path_parameters or {}):
            case.path_parameters["slug"] = training.slug
        if "etape" in (case.path_parameters or {}):
            case.path_parameters["etape"] = "vous"
        if isinstance(case.body, dict):
            known = {"sujet": "devoirs", "formation": training.slug, "session": session.pk}
            case.body.update({name: value for name, value in known.items() if name in case.body})

    return fill


@pytest.mark.slow
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_api_keeps_its_word(schema, is_signed_in):
    fallback_service()
    TopicFactory(code="devoirs")
    training, session = public_things()
    person, partner = Person(), make_partner("Académie Fictive")
    headers = {"X-Session-Token": person.token()} if is_signed_in else {}
    brought = bring(partner).reference
    keys = {**person.keys, "/api/v1/partenaires/demandes/{reference}/": {"reference": brought}}
    tried = 0
    for operation in (found.ok() for found in schema.get_all_operations()):
        name = operation.path.removeprefix(f"/{PREFIX}")
        if (operation.method.lower(), name) in ENDING and is_signed_in:
            continue
        sent = {"Authorization": bearer(partner)["authorization"]} if "partenaires" in name else headers
        keeps_its_word(operation, filler(keys, training, session), sent)
        tried += 1
    assert tried >= 70
    if is_signed_in:
        assert IdempotentCall.objects.filter(caller=f"user:{person.user.pk}").exists(), "no call succeeded"
