"""What the apps above this one add to an organisation's file: they register it in `AppConfig.ready`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class PanelLine:
    text: str
    url: str
    moment: datetime
    state: str = ""


@dataclass(frozen=True)
class Panel:
    label: str
    lines: list[PanelLine] = field(default_factory=list)


_PROVIDERS: list[tuple[str, Callable]] = []


def add_panel(label, provider):
    """Show in the file what `provider(organisation, user)` returns, PanelLines that the user may read, newest first."""
    if (label, provider) not in _PROVIDERS:
        _PROVIDERS.append((label, provider))


def panels_of(organisation, user):
    return [Panel(label, provider(organisation, user)) for label, provider in _PROVIDERS]
