import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from learners.domain.documents import new_document_code
from learners.domain.people import new_learner_number
from learners.validators import (
    compact,
    document_code,
    luhn_key,
    luhn_remainder,
    spaced,
    uai_key,
    validate_rna,
    validate_siret,
    validate_uai,
)


@pytest.mark.parametrize("siret", ["00000001800010", "35600000000048", "35600000049837"])
def test_siret_with_right_keys_is_accepted(siret):
    """The second is the head office of La Poste, the third one of its establishments, without a Luhn key."""
    validate_siret(siret)


@pytest.mark.parametrize(
    "siret",
    ["", "0000000180001", "000000018000100", "00000001800011", "00000001900019", "35600000049838", "0000A001800010"],
)
def test_siret_with_a_wrong_key_or_shape_is_refused(siret):
    with pytest.raises(ValidationError):
        validate_siret(siret)


@pytest.mark.parametrize("uai", ["9990003Z", "0750655E", "0861288H"])
def test_uai_with_its_key_letter_is_accepted(uai):
    validate_uai(uai)


@pytest.mark.parametrize("uai", ["9990003A", "990003Z", "9990003I", "9990003z", "99900031"])
def test_uai_with_a_wrong_letter_or_shape_is_refused(uai):
    with pytest.raises(ValidationError):
        validate_uai(uai)


@pytest.mark.parametrize("rna", ["W999000006", "W2A1000001"])
def test_rna_of_the_right_shape_is_accepted(rna):
    validate_rna(rna)


@pytest.mark.parametrize("rna", ["999000006", "W99900006", "W9990000061", "X999000006"])
def test_rna_of_another_shape_is_refused(rna):
    with pytest.raises(ValidationError):
        validate_rna(rna)


@given(st.integers(0, 10**13 - 1))
def test_luhn_sees_every_wrong_digit(number):
    digits = f"{number:013}"
    right = digits + luhn_key(digits)
    assert luhn_remainder(right) == 0
    for place in range(14):
        wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert luhn_remainder(wrong) != 0


@given(st.integers(0, 9_999_999))
def test_uai_key_is_always_accepted(number):
    validate_uai(f"{number:07}{uai_key(f'{number:07}')}")


def test_identifiers_lose_blanks_dots_and_dashes():
    assert compact(" 000 000\u00a0018.000-10 ") == "00000001800010"
    assert compact("9990003z") == "9990003Z"


@pytest.mark.parametrize(
    "typed",
    ["0A1B2C3D4E5F6G7H", "0a1b-2c3d-4e5f-6g7h", " oaib 2c3d 4e5f 6g7h ", "0A1B–2C3D–4E5F–6G7H", "OALB2C3D4E5F6G7H"],
)
def test_document_code_is_read_as_people_type_it(typed):
    assert document_code(typed) == "0A1B2C3D4E5F6G7H"


@pytest.mark.parametrize(
    "typed", ["", "0A1B", "0A1B2C3D4E5F6G7U", "0A1B2C3D4E5F6G7H0", "é" * 16, "\0" * 16, "x" * 9_000]
)
def test_what_is_no_document_code_is_empty(typed):
    assert document_code(typed) == ""


def test_new_codes_and_numbers_have_their_shape():
    code, number = new_document_code(), new_learner_number()

    assert document_code(spaced(code)) == code
    assert len(number) == 10
    assert luhn_remainder(number) == 0
