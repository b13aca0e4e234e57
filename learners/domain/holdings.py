"""What each app holds about a person: how it is told, moved to another account, erased, and what is kept of it.

Apps above this one register theirs in `AppConfig.ready`, so that one transaction here acts on all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """Something that stays when an account is closed: what, why, and for how long, as the person reads it."""

    what: str
    why: str
    until: str


def _nothing(*args, **kwargs):
    return []


@dataclass(frozen=True)
class Holding:
    """Functions take accounts; those that say what hinders return sentences, an empty list when nothing does.

    `read(user, archive)` gives plain values for JSON and may add files to the archive. `count(user)` gives pairs of a
    label and a number. `move(loser, winner, acting_user=…)` and `erase(user, acting_user=…)` run inside the
    transaction of the verb that calls them and raise `learners.domain.refusals.Refusal` to undo all of it.
    """

    key: str
    label: str
    read: Callable = _nothing
    count: Callable = _nothing
    move: Callable = _nothing
    hinder_merge: Callable = _nothing
    hinder_closure: Callable = _nothing
    erase: Callable = _nothing
    kept: tuple[Kept, ...] = ()


_HOLDINGS: dict[str, Holding] = {}


def register_holding(holding):
    _HOLDINGS[holding.key] = holding
    return holding


def holdings():
    return list(_HOLDINGS.values())


def all_of(act, *args):
    """The sentences, or the pairs, that every app gives: `all_of("hinder_closure", user)`."""
    return [item for holding in holdings() for item in getattr(holding, act)(*args)]


def everything_kept():
    return [item for holding in holdings() for item in holding.kept]
