import pytest
from django.urls import reverse
from django.utils import timezone

from learners.views.verify import CHECKS_PER_HOUR
from tests.html_checks import html_problems
from tests.learners.factories import DocumentFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
URL = "/verifier-un-document/"


@pytest.fixture
def document():
    learner = LearnerProfileFactory(user=UserFactory(first_name="Camille", last_name="Confidentiel"))
    return DocumentFactory(issued=True, enrolment__learner=learner)


def test_typed_code_leads_to_what_is_true(client, document):
    typed = document.printed_code.lower().replace("-", " ")
    response = client.post(URL, {"code": typed})
    assert response.url == f"{URL}{document.printed_code}/"

    page = client.get(response.url).content.decode()
    assert "authentique et valable" in page
    assert "C. C." in page
    for secret in ("Confidentiel", document.enrolment.learner.number, document.enrolment.training.title):
        assert secret not in page
    assert "noindex" in page
    assert not html_problems(page)


def test_revoked_document_is_said_without_its_reason(client, document):
    document.revoked_at, document.revoked_reason = timezone.now(), "Usurpation"
    document.save()
    page = client.get(f"{URL}{document.code}/").content.decode()

    assert "Document révoqué" in page
    assert "Usurpation" not in page
    assert not html_problems(page)


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "n’importe quoi", "%00", "é" * 50, "x" * 5000])
def test_wrong_codes_get_one_answer(client, document, code):
    response = client.get(f"{URL}{code}/")

    assert response.status_code == 404
    assert "Aucun document délivré ne porte ce code" in response.content.decode()


def test_document_in_preparation_gets_the_same_answer(client):
    response = client.get(f"{URL}{DocumentFactory().code}/")

    assert response.status_code == 404
    assert "Aucun document délivré ne porte ce code" in response.content.decode()


@pytest.mark.parametrize("code", ["", "1234", "\0", "U" * 16])
def test_misspelt_code_is_said_beside_its_field(client, code):
    response = client.post(URL, {"code": code})

    assert response.status_code == 200
    assert "fr-error-text" in response.content.decode() or "fr-message--error" in response.content.decode()
    assert not html_problems(response.content.decode().replace("\0", ""))


def test_checks_are_counted(client, document):
    url = reverse("learners:verify", args=[document.printed_code])
    for _ in range(CHECKS_PER_HOUR):
        assert client.get(url).status_code == 200

    refused = client.get(url)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert "Trop de vérifications" in refused.content.decode()
    assert client.get(url, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_check_is_open_to_everyone_and_never_stored(client, stranger, document):
    for person in (None, stranger):
        if person:
            client.force_login(person)
        response = client.get(f"{URL}{document.code}/")
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]


def test_one_query_whatever_the_code(client, document, django_assert_num_queries):
    client.get(URL)
    for code in (document.code, "0" * 16):
        with django_assert_num_queries(1):
            client.get(f"{URL}{code}/")
