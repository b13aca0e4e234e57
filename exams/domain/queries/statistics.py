"""Rates with their uncertainty, and what may be shown of small groups. Pure functions on counts."""

from dataclasses import dataclass

from cned_portal.common.statistics import wilson

# Policy of the portal, not law: DEPP publishes cells of one candidate, we do not build a rate on them.
HIDDEN_UNDER = 5  # nothing is shown
NO_RATE_UNDER = 10  # only « moins de 10 »
WARNING_UNDER = 20  # a rate, its interval and a warning; neither 0 % nor 100 %


@dataclass(frozen=True)
class Rate:
    """A rate in per cent with its 95 % interval, or the reason why there is none."""

    percent: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def is_shown(self):
        return self.percent is not None


UNKNOWN = "non communiqué"


def success_rate(admitted, present):
    """« Taux de réussite » of DEPP: admis / présents, under the rule of small groups."""
    if present is None or admitted is None:
        return Rate(note=UNKNOWN)
    if present == 0:
        return Rate(note="aucun présent")
    if present < NO_RATE_UNDER:
        return Rate(note="effectif trop faible")
    if present < WARNING_UNDER and admitted in {0, present}:
        return Rate(note="effectif trop faible")
    low, high = wilson(admitted, present)
    note = "effectif faible, à lire avec prudence" if present < WARNING_UNDER else ""
    return Rate(100 * admitted / present, 100 * low, 100 * high, note)


@dataclass(frozen=True)
class ShownCounts:
    """Counts as they may be shown: a number, or a text in its place."""

    registered: int | str
    present: int | str
    admitted: int | str


def shown_counts(registered, present, admitted):
    """The three counts of a group, hidden together when they would tell of single persons.

    Under five people present nothing is said, under ten « moins de 10 »; between, the number admitted is not shown when
    it is nobody or everybody.
    """
    if present is None:
        return ShownCounts(_or_unknown(registered), UNKNOWN, UNKNOWN)
    if 0 < present < HIDDEN_UNDER:
        return ShownCounts("masqué", "masqué", "masqué")
    if 0 < present < NO_RATE_UNDER:
        few = f"moins de {NO_RATE_UNDER}"
        return ShownCounts(few if registered is None or registered < NO_RATE_UNDER else registered, few, "masqué")
    if 0 < present < WARNING_UNDER and admitted in {0, present}:
        return ShownCounts(_or_unknown(registered), present, "masqué")
    return ShownCounts(_or_unknown(registered), present, _or_unknown(admitted))


def _or_unknown(count):
    return UNKNOWN if count is None else count
