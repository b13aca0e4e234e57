"""What is sent by mistake or by malice is answered as the API answers: its shape, in French, never by a failure."""

import base64
import json

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from cned_portal.home import errors
from learners.models import OrganisationMember
from tests.api.things import Person, public_things
from tests.crc.factories import fallback_service
from tests.learners.factories import LearnerProfileFactory

pytestmark = pytest.mark.django_db
ACCOUNTS = "/api/compte/app/v1/"
PROBLEM = "application/problem+json"
TOO_DEEP = "[" * 10_000 + "]" * 10_000
TOO_LONG = '{"email": ' + "9" * 5_000 + "}"


@pytest.fixture
def signed(client, learner):
    client.force_login(learner)
    client.person = learner
    return client


def problem_of(answer, status):
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    told = answer.json()
    assert told["status"] == status
    return told


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_cursor_forged_beyond_the_ends_of_time_is_not_ours(signed, moment):
    cursor = base64.urlsafe_b64encode(json.dumps([moment, 1]).encode()).decode()
    for path in ("demandes/", "moi/inscriptions/", "moi/documents/"):
        assert list(problem_of(signed.get(f"/api/v1/{path}", {"curseur": cursor}), 400)["errors"]) == ["curseur"]


@pytest.mark.parametrize("path", ["rien/", "moi/inscriptions/abc/", "moi/inscriptions/-1/", "formations/a%00b/", ""])
def test_address_that_is_nowhere_is_answered_as_an_object_that_is_not_there(signed, path):
    unknown, absent = signed.get(f"/api/v1/{path}"), signed.get("/api/v1/moi/inscriptions/987654321/")
    assert problem_of(unknown, 404) == problem_of(absent, 404)
    assert unknown.content == absent.content


def test_address_of_the_accounts_that_is_nowhere_is_answered_as_they_answer(client):
    for path in (f"{ACCOUNTS}rien", f"{ACCOUNTS}auth/provider/token"):
        answer = client.post(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        assert answer.json()["errors"][0]["code"] == "not_found"


def test_failure_is_told_to_programs_as_other_errors_are():
    told = json.loads(errors.server_error(RequestFactory().get("/api/v1/moi/")).content)
    assert (told["status"], told["title"]) == (500, "Erreur du portail")


def test_form_without_boundary_is_refused_in_french(signed):
    answer = signed.generic(
        "POST", "/api/v1/demandes/", b"--x\r\n", "multipart/form-data", headers={"idempotency-key": "a"}
    )
    assert problem_of(answer, 400)["detail"] == "Ce contenu n’est pas un formulaire multipart."


@pytest.mark.parametrize("body", ["null", "[]", '"texte"', "1"])
def test_body_that_is_no_object_is_refused_in_french(signed, body):
    answer = signed.generic("POST", "/api/v1/demandes/", body, "application/json", headers={"idempotency-key": "a"})
    assert problem_of(answer, 400)["detail"] == "Un objet JSON est attendu."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (TOO_DEEP, 400, "invalid_json"),
        (TOO_LONG, 400, "invalid_json"),
        (b"\xff\xfe{\x00}\x00", 400, "invalid_json"),
        (json.dumps({"email": "a" * 200_000}), 413, "too_large"),
        (json.dumps({"email": "a" * 3_000_000}), 413, "too_large"),
    ],
)
def test_hostile_body_sent_to_the_accounts_is_refused(client, body, status, code):
    for name in ("auth/login", "auth/signup", "auth/password/request"):
        answer = client.generic("POST", f"{ACCOUNTS}{name}", body, "application/json")
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
        assert answer.json()["errors"][0]["code"] == code


def test_accounts_say_which_calls_an_address_accepts(client):
    answer = client.generic("TRACE", f"{ACCOUNTS}auth/session")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, DELETE")


def test_unchanged_answer_bears_its_tag_and_an_outdated_one_is_told(client, without_limits):
    fallback_service()
    training, _ = public_things()
    person = Person().client()
    read = [
        (client, "formations/"),
        (client, f"formations/{training.slug}/"),
        (person, "moi/"),
        (person, "moi/inscriptions/"),
    ]
    for caller, path in read:
        tag = caller.get(f"/api/v1/{path}")["ETag"]
        known = caller.get(f"/api/v1/{path}", headers={"if-none-match": tag})
        assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
        assert caller.get(f"/api/v1/{path}", headers={"if-match": tag}).status_code == 200
        problem_of(caller.get(f"/api/v1/{path}", headers={"if-match": '"ancienne"'}), 412)


def test_description_is_one_whatever_is_asked_and_refuses_as_the_api_does(client):
    url = reverse("api_schema")
    told = client.get(url).content
    assert client.get(url, {"version": "1\nX: y", "lang": "xx"}).content == told
    problem_of(client.post(url), 405)
    problem_of(client.get(url, headers={"accept": "application/xml"}), 406)


def test_description_is_made_once(monkeypatch):
    Client().get(reverse("api_schema"))
    monkeypatch.setattr("cned_portal.users.api.description.SchemaGenerator", None)
    assert Client().get(reverse("api_schema")).status_code == 200


def test_call_without_key_is_refused_for_that_before_anything_else(signed):
    for path in ("moi/responsables/", "moi/organisations/987654321/devis/", "demandes/"):
        told = problem_of(signed.post(f"/api/v1/{path}", "{}", content_type="application/json"), 400)
        assert list(told["errors"]) == ["Idempotency-Key"]
    problem_of(signed.post("/api/v1/moi/documents/"), 405)


def test_error_inside_of_a_field_is_told_by_its_path(signed):
    LearnerProfileFactory(user=signed.person)
    said = {
        "silence": {"debut": "21:30", "fin": "21:30", "fuseau": "Europe/Paris"},
        "sujets": [{"sujet": "rien", "moyen": "mail"}],
    }
    told = problem_of(signed.put("/api/v1/moi/notifications/", said, content_type="application/json"), 400)
    assert set(told["errors"]) == {"silence", "sujets.0.sujet"}
    assert all(" " in message for messages in told["errors"].values() for message in messages)
    said = {"amenagements": ["large_print", "rien"]}
    told = problem_of(signed.patch("/api/v1/moi/", said, content_type="application/json"), 400)
    assert "large_print" in told["errors"]["amenagements"][0]


@pytest.mark.parametrize("said", [1, "true", "oui", None, []])
def test_consent_is_true_or_false_and_nothing_that_could_be_read_so(signed, said):
    profile = LearnerProfileFactory(user=signed.person)
    url = "/api/v1/moi/consentements/news/"
    assert "accord" in problem_of(signed.put(url, {"accord": said}, content_type="application/json"), 400)["errors"]
    assert not profile.consents.exists()
    assert signed.put(url, {"accord": True}, content_type="application/json").status_code == 200
    assert profile.consents.exists()


def test_description_says_what_must_not_be_empty_and_what_files_may_be(openapi):
    bodies = openapi["components"]["schemas"]
    for body, field in (("Ask", "objet"), ("Reply", "message"), ("Declare", "acquis"), ("Address", "ville")):
        assert bodies[body]["properties"][field]["minLength"] == 1
    types = {
        path: set(item["get"]["responses"]["200"]["content"])
        for path, item in openapi["paths"].items()
        if path.endswith("fichier/") and "get" in item
    }
    assert types["/api/v1/moi/pieces/{id}/fichier/"] == {"application/octet-stream", "*/*"}
    assert types["/api/v1/moi/organisations/{organisation}/suivi/fichier/"] == {"text/csv"}


def test_call_that_writes_is_not_sent_elsewhere_for_a_missing_slash(signed):
    assert signed.get("/api/v1/demandes").status_code == 301
    problem_of(signed.post("/api/v1/demandes", "{}", content_type="application/json"), 404)


def test_too_many_failed_sign_ins_are_told_to_wait(client):
    said = {"email": "personne@exemple.example", "password": "mauvais-mot-de-passe"}
    answers = [client.post(f"{ACCOUNTS}auth/login", said, content_type="application/json") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1].json()["errors"][0]["code"] == "too_many_login_attempts"


def test_change_that_says_nothing_changes_nothing(without_limits):
    fallback_service()
    person = Person()
    path = "/api/v1/moi/organisations/{organisation}/membres/{id}/"
    url = path.format(**person.keys[path])
    member = OrganisationMember.objects.get(pk=person.keys[path]["id"])
    answer = person.client().patch(url, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["role"]) == (200, member.role)


def test_file_is_given_to_who_accepts_what_the_description_says(openapi, without_limits):
    fallback_service()
    person = Person()
    client, given = person.client(), []
    for path, item in openapi["paths"].items():
        types = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if types and not any("json" in one for one in types):
            answer = client.get(path.format(**person.keys[path]), headers={"accept": ", ".join(types)})
            assert answer.status_code != 406, path
            if answer.status_code == 200:
                given.append(path)
                list(answer.streaming_content if answer.streaming else [])
    assert len(given) >= 9
