"""Nobody reads or changes another's object by any address of the API, whatever proves who they are."""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import METHODS
from tests.api.things import PUBLIC_KEYS, SECRET, Person, public_things
from tests.crc.factories import fallback_service, make_ticket
from tests.learners.factories import DocumentFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(without_limits):
    fallback_service()
    public_things()
    return Person()


@pytest.fixture
def other(owner):
    person = Person(survey=owner.survey)
    person.user.last_name = "Tierce"
    person.user.save()
    return person


def keyed(openapi):
    """(method, path) of the operations of people that take the key of something of theirs."""
    return [
        (method, path)
        for path, item in openapi["paths"].items()
        for method in item
        if method in METHODS and "{" in path and "partenaires" not in path and not _is_public(path)
    ]


def _is_public(path):
    return {part.strip("{}") for part in path.split("/") if "{" in part} <= PUBLIC_KEYS


def call(headers_of, method, url, key="k"):
    client, headers = headers_of()
    body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
    answer = getattr(client, method)(url, **body, headers={**headers, "idempotency-key": key})
    if answer.streaming:
        list(answer.streaming_content)  # read to its end, the file is closed
    return answer


def by_session(person):
    return lambda: (person.client(), {})


def by_token(person):
    token = person.token()
    return lambda: (Client(enforce_csrf_checks=True), {"x-session-token": token})


def test_person_of_the_tests_has_something_at_each_address_with_a_key(openapi, owner):
    assert {path for _, path in keyed(openapi)} == set(owner.keys)


@pytest.mark.parametrize("proof", [by_session, by_token])
def test_another_finds_nothing_where_the_owner_does(openapi, owner, other, proof):
    theirs, mine = proof(other), proof(owner)
    for method, path in keyed(openapi):
        url = path.format(**owner.keys[path])
        refused = call(theirs, method, url)
        assert refused.status_code == 404, f"{method} {url}"
        assert refused["Content-Type"] == "application/problem+json"
        assert SECRET not in refused.content.decode()
        assert call(mine, method, url).status_code != 404, f"{method} {url}: the proof is worth nothing"


def test_visitor_is_told_to_sign_in_before_anything_is_looked_for(openapi, owner):
    for method, path in keyed(openapi):
        answer = call(lambda: (Client(), {}), method, path.format(**owner.keys[path]))
        assert answer.status_code == 401, f"{method} {path}"


def test_no_list_tells_of_another_whatever_the_page_asked_for(openapi, owner, other):
    lists = [path for path, item in openapi["paths"].items() if "get" in item and path.startswith("/api/v1/")]
    lists = [path for path in lists if "{" not in path and "partenaires" not in path]
    assert len(lists) >= 9
    EnrolmentFactory(learner=owner.learner)
    DocumentFactory(enrolment=owner.enrolment)
    make_ticket(requester=owner.user)
    client, own = other.client(), owner.client()
    cursors = [
        answer["suivant"].partition("curseur=")[2]
        for path in ("/api/v1/demandes/", "/api/v1/moi/documents/", "/api/v1/moi/inscriptions/")
        if (answer := own.get(f"{path}?taille=1").json())["suivant"]
    ]
    assert len(cursors) == 3

    owned = {
        row["url"] for path in lists for row in _rows(own.get(path).json()) if "/api/v1/" in (row.get("url") or "")
    }
    assert len(owned) >= 7

    @given(
        path=st.sampled_from(lists),
        size=st.sampled_from(["", "1", "100"]),
        cursor=st.sampled_from(["", *cursors]),
    )
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def tells_nothing(path, size, cursor):
        query = {name: value for name, value in (("taille", size), ("curseur", cursor)) if value}
        answer = client.get(path, query)
        told = answer.content.decode()
        assert answer.status_code in {200, 400}
        assert owner.user.email not in told
        assert owner.learner.number not in told
        for row in _rows(json.loads(told)):
            assert row.get("url") not in owned

    tells_nothing()


def _rows(told):
    if isinstance(told, list):
        return [row for row in told if isinstance(row, dict)]
    return [row for value in told.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
