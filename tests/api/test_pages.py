"""No page of « Mon espace » is out of reach of an application, unless docs/api.md says why."""

import re
from pathlib import Path

from django.conf import settings
from django.urls import get_resolver

GUIDE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
PAGE = re.compile(r"`(/[^`]+)`")


def rows(heading):
    """Lines of the table of the guide that begins with this heading, as cells."""
    lines = GUIDE[GUIDE.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [line.strip("|").split("|") for line in lines]


def told_calls():
    """(method, path) of the first table: « `GET`, `POST moi/mineurs/` » names two."""
    for cells in rows("| page du site | appels |"):
        methods = []
        for part in re.findall(r"`([^`]+)`", cells[1]):
            method, _, path = part.partition(" ")
            methods.append(method.lower())
            if path:
                yield from ((one, f"/api/v1/{path}") for one in methods)
                methods = []


def pages_of_the_space(patterns=None, prefix="", app=""):
    """Addresses of the site under /mon-espace/, whatever their app, and all those of `learners`."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from pages_of_the_space(pattern.url_patterns, route, pattern.app_name or app)
        elif app == "learners" or route.startswith("mon-espace/"):
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def test_every_page_has_its_calls_or_a_reason_and_none_is_told_that_is_gone():
    with_calls = {page for cells in rows("| page du site | appels |") for page in PAGE.findall(cells[0])}
    with_reason = {page for cells in rows("| page du site | raison |") for page in PAGE.findall(cells[0])}
    assert not with_calls & with_reason
    assert with_calls | with_reason == set(pages_of_the_space())


def test_every_call_that_is_told_exists(openapi):
    told = list(told_calls())
    assert len(told) > 90
    assert [call for call in told if call[0] not in openapi["paths"].get(call[1], {})] == []


def test_every_call_of_the_space_is_told(openapi):
    told = set(told_calls())
    silent = [
        f"{method.upper()} {path}"
        for path, item in openapi["paths"].items()
        for method in item
        if path.startswith("/api/v1/moi/") and (method, path) not in told
    ]
    apart = [call for call in silent if "/favoris/" not in call and "/enquetes/" not in call]
    assert apart == []
