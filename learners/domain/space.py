"""What « Mon espace » is made of: sections of its menu and next steps, also from the apps above this one.

An app above registers its own in `AppConfig.ready`; nothing here imports it. Each may say whom it is for, by a queryset
of which only the existence is read: one query answers for all, and nothing is sought where it concerns nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from django.db.models import Exists
from django.urls import reverse

from cned_portal.common.kept_sql import kept_sql
from cned_portal.users.models import User

STEPS_SHOWN = 8


@dataclass(frozen=True)
class Step:
    """Something to do, or to wait for when there is no address. The lowest `rank` comes first."""

    text: str
    url: str = ""
    action: str = ""
    rank: int = 50


@dataclass(frozen=True)
class Section:
    """An entry of the menu: its label, the name of its address, its place, and whom it is for (everyone by default)."""

    label: str
    url_name: str
    rank: int
    shown_to: Callable | None = None


@dataclass(frozen=True)
class Concern:
    """What concerns a person: their learner's number, the sections of their menu, who has steps to tell them."""

    number: str | None
    sections: list[Section]
    providers: list[Callable]


_KEPT: list[tuple[str, tuple]] = []
_PROVIDERS: dict[Callable, Callable | None] = {}
_SECTIONS: dict[str, Section] = {}


def step_provider(function, *, shown_to=None):
    """Register `function(user)`, which returns the next steps of the person in a constant number of queries.

    It is asked for everyone, or for those whose rows `shown_to(user)` finds.
    """
    _PROVIDERS[function] = shown_to


def add_section(label, url_name, *, rank, shown_to=None):
    """Put a page in the menu of « Mon espace », for everyone or for those whose rows `shown_to(user)` finds."""
    _SECTIONS[url_name] = Section(label, url_name, rank, shown_to)


def keep_offline(url_name, *args):
    """Keep a page that is not in the menu on the devices where the person reads « Mon espace » without network."""
    if (url_name, args) not in _KEPT:
        _KEPT.append((url_name, args))


def kept_addresses():
    """Addresses that those devices fetch ahead: the menu that everybody has, and what was asked for."""
    menu = [reverse(section.url_name) for section in _SECTIONS.values() if section.shown_to is None]
    return [*menu, *(reverse(name, args=args) for name, args in _KEPT)]


def _conditions():
    """Whom what is not for everyone is for, each asked once."""
    said = [*(section.shown_to for section in _SECTIONS.values()), *_PROVIDERS.values()]
    return list(dict.fromkeys(shown_to for shown_to in said if shown_to))


@kept_sql
def _concern_rows(user):
    exist = [Exists(shown_to(user)) for shown_to in _conditions()]
    return User.objects.filter(pk=user.pk).values_list("learner_profile__number", *exist)


def concern_of(user):
    """What concerns the person. One query."""
    [(number, *exist)] = _concern_rows(user)
    found = dict(zip(_conditions(), exist, strict=True))
    shown = (section for section in _SECTIONS.values() if found.get(section.shown_to, True))
    return Concern(
        number,
        sorted(shown, key=lambda section: section.rank),
        [provider for provider, shown_to in _PROVIDERS.items() if found.get(shown_to, True)],
    )


def sections(user):
    """The person's menu, in its order. One query."""
    return concern_of(user).sections


def next_steps(user, concern):
    """What the person can do now, whatever the app it comes from, the most useful first."""
    found = chain.from_iterable(provider(user) for provider in concern.providers)
    return sorted(found, key=lambda step: step.rank)[:STEPS_SHOWN]
