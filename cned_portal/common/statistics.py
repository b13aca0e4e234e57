"""Proportions with their uncertainty. Pure functions on counts."""

import math
from dataclasses import dataclass

Z_95 = 1.959964  # 97.5th centile of the normal law: intervals at 95 %


def wilson(successes, total, z=Z_95):
    """Wilson's interval of a proportion, as (low, high) between 0 and 1; None when nobody was counted.

    Unlike the usual one it stays within 0 and 1 and has a width at 0/n and n/n. Raises ValueError for counts that are
    not a proportion.
    """
    if total < 0 or not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is not a proportion")
    if total == 0:
        return None
    share = successes / total
    squared = z * z / total
    centre = (share + squared / 2) / (1 + squared)
    half = z * math.sqrt(share * (1 - share) / total + squared / (4 * total)) / (1 + squared)
    # At the ends the formula is exact: only rounding would leave 0 and 1.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == total else min(1.0, centre + half)
    return low, high


@dataclass(frozen=True)
class Share:
    """A proportion: `count` of `total`, in per cent with its 95 % interval; None out of nobody."""

    count: int
    total: int

    @property
    def percent(self):
        return 100 * self.count / self.total if self.total else None

    @property
    def interval(self):
        bounds = wilson(self.count, self.total)
        return None if bounds is None else tuple(100 * bound for bound in bounds)
