"""The baccalauréat by the API: once, within the rules of the page, in its words."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from exams.enums import RegistrationState
from exams.models import BacRegistration, BacResult
from learners.enums import LearnerPublic
from tests.exams.factories import BacRegistrationFactory, BacResultFactory, ExamDatesFactory, ExamSessionFactory
from tests.learners.factories import GuardianshipFactory, LearnerProfileFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/moi/baccalaureat/"


@pytest.fixture
def me(client):
    learner = LearnerProfileFactory()
    client.force_login(learner.user)
    return learner


def send(client, method, url, data, key="cle"):
    headers = {"idempotency-key": key}
    return getattr(client, method)(url, json.dumps(data), content_type="application/json", headers=headers)


def candidacy(**fields):
    session = ExamSessionFactory(year=timezone.localdate().year)
    said = {
        "session": session.year,
        "epreuves": "terminales",
        "inscription_cned": "libre",
        "voie": "generale",
        "serie": "general",
        "specialites": ["ses", "mathematiques"],
        "academie": "rennes",
        "faite": False,
    }
    return said | fields


def test_announced_once_whatever_the_calls_then_read_as_it_was_answered(client, me):
    answer = send(client, "post", URL, candidacy())
    assert answer.status_code == 201, answer.content
    again = send(client, "post", URL, candidacy())
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert send(client, "post", URL, candidacy(), key="autre").status_code == 409
    assert BacRegistration.objects.count() == 1
    told = client.get(answer["Location"])
    assert told.json() == answer.json()
    assert (told.json()["etat"], told.json()["a_vous"]) == ("prevue", True)
    assert client.get(answer["Location"], headers={"if-none-match": told["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"session": 1999}, "session"),
        ({"session": "x"}, "session"),
        ({"serie": "stmg"}, "serie"),
        ({"specialites": ["alchimie"]}, "specialites"),
        ({"specialites": ["ses", "ses"]}, "specialites"),
        ({"academie": "france"}, "academie"),
        ({"faite": "peut-être"}, "faite"),
        ({"epreuves": None}, "epreuves"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, me, wrong, named):
    refused = send(client, "post", URL, candidacy(**wrong))
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [named])
    assert not BacRegistration.objects.exists()


def test_without_a_file_it_is_a_conflict(client, stranger):
    client.force_login(stranger)
    assert send(client, "post", URL, candidacy()).status_code == 409


def test_made_corrected_and_given_up_by_the_rules_of_the_page(client, me):
    url = f"{URL}{BacRegistrationFactory(learner=me).pk}/"
    assert client.put(f"{url}faite/").json()["etat"] == "faite"
    told = send(client, "put", url, candidacy(inscription_cned="reglementee", faite=True)).json()
    assert (told["inscription_cned"], told["etat"]) == ("reglementee", "faite")
    assert client.delete(url).json()["etat"] == "annulee"
    assert client.delete(url).status_code == 409


def test_result_is_declared_corrected_and_never_over_the_confirmed_one(client, me):
    item = BacRegistrationFactory(learner=me, made=True)
    url = f"{URL}{item.pk}/resultat/"
    assert send(client, "put", url, {"issue": "passe-2g"}).json()["resultat"]["issue"] == "passe-2g"
    told = send(client, "put", url, {"issue": "admis-1g", "mention": "bien", "moyenne": "14.60"}).json()
    assert told["resultat"]["texte"] == "admis au 1er groupe, mention bien"
    assert (told["resultat"]["origine"], told["resultat"]["moyenne"]) == ("declare", "14.60")
    refused = send(client, "put", url, {"issue": "admis-1g", "mention": "bien", "moyenne": 12})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["mention"])
    BacRegistration.objects.update(state=RegistrationState.CONFIRMED, confirmed_at=timezone.now())
    BacResultFactory(registration=item, confirmed=True)
    assert send(client, "put", url, {"issue": "absent"}).status_code == 409
    assert BacResult.objects.count() == 2


def test_guardian_reads_and_writes_nothing(client):
    born = timezone.localdate() - timedelta(days=16 * 366)
    pupil = LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=born)
    item = BacRegistrationFactory(learner=pupil, made=True)
    client.force_login(GuardianshipFactory(learner=pupil, accepted=True).guardian)
    (told,) = client.get(URL).json()["inscriptions"]
    assert (told["id"], told["a_vous"]) == (item.pk, False)
    assert client.get(f"{URL}{item.pk}/").status_code == 200
    assert client.delete(f"{URL}{item.pk}/").status_code == 404
    assert send(client, "put", f"{URL}{item.pk}/resultat/", {"issue": "absent"}).status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_rows(client, me, number, django_assert_max_num_queries):
    for back in range(number):
        session = ExamSessionFactory(year=2026 - back)
        ExamDatesFactory(session=session)
        BacResultFactory(registration=BacRegistrationFactory(session=session, learner=me, confirmed=True))
    with django_assert_max_num_queries(6):
        assert len(client.get(URL).json()["inscriptions"]) == number


def test_list_goes_by_pages_without_a_hole_nor_a_twin(client, me):
    rows = [BacRegistrationFactory(learner=me, session__year=2024 + step) for step in range(3)]
    seen, address = [], f"{URL}?taille=2"
    while address:
        told = client.get(address).json()
        seen += [one["id"] for one in told["inscriptions"]]
        address = told["suivant"]
    assert seen == [row.pk for row in reversed(rows)]
    assert client.get(f"{URL}?curseur=xx").status_code == 400
