"""The sheets of the design system, cut down to what the portal uses of it."""

import re

import pytest
import tinycss2

from cned_portal.common.styles import DIST, STYLES, build_styles


@pytest.fixture(scope="module")
def built():
    return build_styles()


def test_sheets_are_those_of_the_templates_of_today(built):
    for name, text in built.items():
        assert (STYLES / name).read_text("utf-8") == text, f"{name}: run manage.py build_styles"


def test_component_in_use_comes_with_its_states_and_others_do_not(built):
    sheet = built["dsfr.css"]
    assert ".fr-modal--opened" in sheet  # by the script of the design system alone
    assert "[class*=fr-col-]" in re.sub(r"[\"' ]", "", sheet)
    assert ".fr-consent" not in sheet
    assert len(sheet) < len((DIST / "dsfr.main.min.css").read_text("utf-8")) * 0.7


def test_first_sheet_asks_for_no_typeface(built):
    assert "@font-face" not in built["dsfr.css"]
    assert "font-family:Marianne;font-style:normal;font-weight:700" in built["typeface.css"]


def test_addresses_of_the_sheets_lead_to_files_of_the_library(built):
    found = {
        token.value
        for text in built.values()
        for token in _tokens(tinycss2.parse_component_value_list(text))
        if token.type == "url" and not token.value.startswith("data:")
    }
    assert len(found) > 20
    for address in found:
        assert (DIST / address.removeprefix("../dsfr/dist/")).is_file(), address


def _tokens(tokens):
    for token in tokens:
        yield token
        yield from _tokens(getattr(token, "content", None) or [])
