"""Charts as server-made SVG, the same for pages and PDFs; the figures are always in a table beside.

Neither inline style nor script: the drawing obeys the strict content policy. The `<title>` is the text alternative
(WeasyPrint takes it as /Alt). Pages and documents include `components/chart.html` with a `Chart`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A value at a label of the horizontal axis, with the ends of its confidence interval where there is one."""

    x: str
    y: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Break:
    """A break of series: values before the label `x` do not compare with those from it on."""

    x: str
    label: str


@dataclass(frozen=True)
class Chart:
    """A drawing and its figures: `header` and `rows` are the table shown beside the SVG."""

    title: str
    svg: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def line_chart(*, title: str, series: Sequence[Series], breaks: Sequence[Break] = (), unit: str = "%") -> Chart:
    """Draw one line for each series, cut at the breaks, with bars for the intervals."""
    raise NotImplementedError


def bar_chart(*, title: str, bars: Sequence[tuple[str, float]], unit: str = "") -> Chart:
    """Draw one horizontal bar for each (label, value)."""
    raise NotImplementedError
