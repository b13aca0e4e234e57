import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from cned_portal.home import errors
from tests.html_checks import html_problems


def test_unknown_address_answers_404_in_french(client):
    response = client.get("/nulle-part/")

    assert response.status_code == 404
    assert "Page introuvable" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (errors.bad_request, 400, "Demande incorrecte"),
        (errors.permission_denied, 403, "Accès refusé"),
        (errors.too_many_requests, 429, "Trop de demandes"),
    ],
)
def test_error_page_says_what_happened(view, status, words):
    response = view(RequestFactory().get("/"))

    assert response.status_code == status
    assert words in response.content.decode()


@pytest.mark.parametrize(
    "view",
    [
        errors.bad_request,
        errors.permission_denied,
        errors.csrf_failure,
        errors.not_found,
        errors.too_many_requests,
        errors.server_error,
    ],
)
def test_error_page_is_valid_html(view):
    assert not html_problems(view(RequestFactory().get("/")).content.decode())


def test_forbidden_page_gives_the_request_identifier(client, learner):
    client.force_login(learner)
    request = RequestFactory().get("/")
    request.id = "0123456789abcdef"

    assert "0123456789abcdef" in errors.permission_denied(request).content.decode()


def test_failure_page_needs_neither_database_nor_context_processors():
    """No `db` fixture here: a query would fail the test."""
    request = RequestFactory().get("/")
    request.id = "0123456789abcdef"

    response = errors.server_error(request)

    assert response.status_code == 500
    assert "0123456789abcdef" in response.content.decode()


def test_form_without_its_token_gets_an_explanation(db):
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "x"})

    assert response.status_code == 403
    assert "Formulaire expiré" in response.content.decode()


def test_host_that_is_not_ours_is_refused(client, settings):
    settings.ALLOWED_HOSTS = ["portail.example"]

    response = client.get("/", headers={"host": "ailleurs.example"})

    assert response.status_code == 400
    assert "Demande incorrecte" in response.content.decode()
