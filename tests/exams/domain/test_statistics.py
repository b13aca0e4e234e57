import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cned_portal.common.statistics import wilson
from exams.domain.queries.statistics import shown_counts, success_rate


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (2134, 2782, 75.10, 78.24),
        (632, 870, 69.59, 75.50),
        (203, 351, 52.61, 62.89),
        (18, 20, 69.90, 97.21),
        (9, 10, 59.58, 98.21),
        (3, 3, 43.85, 100),
        (0, 1, 0, 79.35),
        (0, 50, 0, 7.13),
    ],
)
def test_wilson_matches_published_values(successes, total, low, high):
    found = wilson(successes, total)

    assert [round(100 * bound, 2) for bound in found] == [low, high]


def test_wilson_of_nobody_does_not_exist():
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("successes", "total"), [(-1, 5), (6, 5), (0, -1)])
def test_wilson_refuses_what_is_no_proportion(successes, total):
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(successes, total)


@given(total=st.integers(1, 10_000), data=st.data())
def test_wilson_holds_the_share_within_its_ends(total, data):
    successes = data.draw(st.integers(0, total))
    low, high = wilson(successes, total)

    assert 0 <= low <= successes / total <= high <= 1
    assert high - low > 0
    mirror = wilson(total - successes, total)
    assert math.isclose(low, 1 - mirror[1], abs_tol=1e-9)


@pytest.mark.parametrize(
    ("admitted", "present", "shown", "note"),
    [
        (80, 100, True, ""),
        (15, 19, True, "effectif faible, à lire avec prudence"),
        (19, 19, False, "effectif trop faible"),
        (0, 12, False, "effectif trop faible"),
        (20, 20, True, ""),
        (8, 9, False, "effectif trop faible"),
        (1, 1, False, "effectif trop faible"),
        (0, 0, False, "aucun présent"),
        (None, 100, False, "non communiqué"),
        (80, None, False, "non communiqué"),
    ],
)
def test_success_rate_is_not_shown_for_small_groups(admitted, present, shown, note):
    rate = success_rate(admitted, present)

    assert (rate.is_shown, rate.note) == (shown, note)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((110, 100, 80), (110, 100, 80)),
        ((5, 4, 4), ("masqué", "masqué", "masqué")),
        ((9, 7, 6), ("moins de 10", "moins de 10", "masqué")),
        ((30, 7, 6), (30, "moins de 10", "masqué")),
        ((15, 12, 12), (15, 12, "masqué")),
        ((3, 0, 0), (3, 0, 0)),
        ((None, 100, None), ("non communiqué", 100, "non communiqué")),
        ((110, None, None), (110, "non communiqué", "non communiqué")),
    ],
)
def test_shown_counts_hide_single_persons(counts, expected):
    shown = shown_counts(*counts)

    assert (shown.registered, shown.present, shown.admitted) == expected
