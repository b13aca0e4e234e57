"""The HTML of every page is valid; the same table of pages as the browser's tests, without a browser."""

import time

import pytest
from django.test import Client

from tests.html_checks import html_problems
from tests.site_pages import STOCK_MODELS, SUPERUSER, VISITORS, parameters, stock_pages, unknown_addresses


def test_every_address_is_in_the_table():
    assert not unknown_addresses(), "add these to PAGES or NOT_PAGES of tests/site_pages.py"


@pytest.fixture(scope="module")
def client_of(world):
    clients = {}
    for visitor in VISITORS:
        clients[visitor] = client = Client()
        if person := world.person(visitor):
            client.force_login(person)
            session = client.session
            method = {"method": "password", "at": time.time(), "email": person.email, "reauthenticated": True}
            session["account_authentication_methods"] = [method]
            session["account_authentication_methods_user"] = str(person.pk)
            session.save()
    return clients.__getitem__


@pytest.mark.django_db
@pytest.mark.parametrize("entry", parameters(strict=True))
def test_html_is_valid(entry, client_of, world):
    client, url = client_of(entry.visitor), entry.url(world)

    response = client.get(url)
    assert response.status_code == entry.status, f"{url} answered {response.status_code}"
    problems = html_problems(response.content.decode())
    if entry.sent_empty:
        sent = client.post(url.partition("?")[0], {})
        assert sent.status_code in {200, 422}, "an empty form was accepted"
        problems += [f"sent empty: {problem}" for problem in html_problems(sent.content.decode())]

    assert not problems, "\n".join(problems)


@pytest.mark.django_db
@pytest.mark.parametrize("model", STOCK_MODELS)
def test_stock_admin_html_is_valid(model, client_of, world):
    problems = []
    for url in stock_pages(model, world):
        response = client_of(SUPERUSER).get(url)
        assert response.status_code == 200, f"{url} answered {response.status_code}"
        problems += [f"{url}: {problem}" for problem in html_problems(response.content.decode())]

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("fragment", "problem"),
    [
        ("<p id=a></p><p id=a></p>", "identifier used twice: a"),
        ("<h3>Trop bas</h3>", "h3 follows h1"),
        ("<input name=nom>", "<input name=nom> has no label"),
        ("<p style='color:red'></p>", "<p style=…>"),
        ("<a href='#rien'>Aller</a>", "link to #rien, which is not in the page"),
        ("<p><div></div></p>", "Unexpected end tag (p)"),
    ],
)
def test_checker_sees_a_defect(fragment, problem):
    page = (
        f"<!DOCTYPE html><html lang=fr><head><title>Page – Portail Cned</title></head><body><h1>A</h1>{fragment}</body>"
    )

    assert any(problem in line for line in html_problems(page))
    assert not html_problems(page.replace(fragment, ""))
