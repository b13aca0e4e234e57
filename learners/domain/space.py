"""What « Mon espace » is made of: sections of its menu and next steps, also from the apps above this one.

An app above registers its own in `AppConfig.ready`; nothing here imports it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from django.db.models import Exists
from django.urls import reverse

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


_KEPT: list[tuple[str, tuple]] = []
_PROVIDERS: list[Callable] = []
_SECTIONS: dict[str, Section] = {}


def step_provider(function):
    """Register `function(user)`, which returns the next steps of the person in a constant number of queries."""
    if function not in _PROVIDERS:
        _PROVIDERS.append(function)


def add_section(label, url_name, *, rank, shown_to=None):
    """Put a page in the menu of « Mon espace », for everyone or for those whose rows `shown_to(user)` finds.

    It returns a queryset, of which only the existence is read: one query serves the whole menu.
    """
    _SECTIONS[url_name] = Section(label, url_name, rank, shown_to)


def keep_offline(url_name, *args):
    """Keep a page that is not in the menu on the devices where the person reads « Mon espace » without network."""
    if (url_name, args) not in _KEPT:
        _KEPT.append((url_name, args))


def kept_addresses():
    """Addresses that those devices fetch ahead: the menu that everybody has, and what was asked for."""
    menu = [reverse(section.url_name) for section in _SECTIONS.values() if section.shown_to is None]
    return [*menu, *(reverse(name, args=args) for name, args in _KEPT)]


def sections(user):
    """The person's menu, in its order. One query."""
    asked = {section.url_name: Exists(section.shown_to(user)) for section in _SECTIONS.values() if section.shown_to}
    found = dict(zip(asked, User.objects.filter(pk=user.pk).values_list(*asked.values()).get(), strict=True))
    shown = (section for section in _SECTIONS.values() if found.get(section.url_name, True))
    return sorted(shown, key=lambda section: section.rank)


def next_steps(user):
    """What the person can do now, whatever the app it comes from, the most useful first."""
    found = chain.from_iterable(provider(user) for provider in _PROVIDERS)
    return sorted(found, key=lambda step: step.rank)[:STEPS_SHOWN]
