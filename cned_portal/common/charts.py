"""Charts as server-made SVG, the same for pages and PDFs; the figures are always in a table beside.

Neither inline style nor script: the drawing obeys the strict content policy. The `<title>` is the text alternative
(WeasyPrint takes it as /Alt). Pages and documents include `components/chart.html` with a `Chart`.
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import mark_safe


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


WIDTH = 400  # user units: at 320 px wide, text of 13 units is still some 10 px tall
TEXT = 13
FONT = "Marianne, Arial, sans-serif"
INK = "#161616"
GRID = "#929292"
COLOURS = ("#000091", "#a2184b", "#18753c", "#6e445a", "#b34000", "#0063cb")
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 2", "12 4")
MISSING = "n. d."
TITLE_FIGURES = 24  # more figures than this are not read out one after the other: the table has them


def format_number(value, unit=""):
    """French writing: « 87,4 % », « 1 234 »; « n. d. » for an unknown value."""
    if value is None or not math.isfinite(value):
        return MISSING
    decimals = 1 if unit == "%" or value != round(value) else 0
    text = f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",").replace("-", "\u2212")
    return f"{text}\u00a0{unit}" if unit else text


def line_chart(
    *, title: str, series: Sequence[Series], breaks: Sequence[Break] = (), unit: str = "%", x_label: str = "Période"
) -> Chart:
    """Draw one line for each series, cut at the breaks, with bars for the intervals.

    Values of « % » go from 0 to 100. Labels of the axis come in the order in which the series give them. A line is
    also cut where a value is unknown. `x_label` names the first column of the table.
    """
    labels = list(dict.fromkeys(point.x for line in series for point in line.points))
    by_label = [{point.x: point for point in line.points} for line in series]
    rows = tuple((x, *(_cell(points.get(x), unit) for points in by_label)) for x in labels)
    numbered = [(f"R{number}", item) for number, item in enumerate(_in_order(breaks, labels), start=1)]
    note = " ".join(
        f"{mark} : rupture de série à partir de {item.x}, {item.label.strip().rstrip('.')}." for mark, item in numbered
    )
    has_interval = any(point.low is not None for line in series for point in line.points)
    if has_interval:
        note = f"Les barres verticales montrent l’intervalle de confiance. {note}".strip()

    values = [
        value
        for line in series
        for point in line.points
        for value in (point.y, point.low, point.high)
        if value is not None and math.isfinite(value)
    ]
    ticks = _ticks(values, floor=0 if unit == "%" else None, ceiling=100 if unit == "%" else None)
    left = 12 + max(len(_tick(tick, unit, ticks)) for tick in ticks) * TEXT * 0.58
    right, top, bottom = WIDTH - 14, 30, 230
    step = (right - left) / max(len(labels), 1)
    legend = [line for index, item in enumerate(series) for line in _legend(index, item.label)]
    axis_lines = _axis_labels(labels, step)
    legend_top = bottom + 22 + TEXT * 1.2 * max((len(lines) for _, lines in axis_lines), default=1)
    height = legend_top + 20 * len(legend) + 4

    def across(index):
        return left + step * (index + 0.5)

    def down(value):
        return bottom - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (bottom - top)

    parts = []
    for tick in ticks:
        y = down(tick)
        parts.append(_line(left, y, right, y, "chart-grid", GRID, 0.5))
        parts.append(_text(left - 6, y + 4, _tick(tick, unit, ticks), "end"))
    parts.append(_line(left, bottom, right, bottom, "chart-axis", INK, 1))
    for index, lines in axis_lines:
        for number, line in enumerate(lines):
            parts.append(_text(across(index), bottom + 18 + number * TEXT * 1.2, line, "middle"))
    cuts = set()
    places: dict[int, list[str]] = {}
    for mark, item in numbered:
        if item.x in labels and labels.index(item.x) > 0:
            cuts.add(labels.index(item.x))
            places.setdefault(labels.index(item.x), []).append(mark)
    for index, marks in places.items():
        x = left + step * index
        parts.append(_line(x, top - 8, x, bottom, "chart-break", INK, 1.2, dash="5 4"))
        parts.append(_text(x, top - 13, ", ".join(marks), "middle", weight="bold"))
    spread = min(7, step / (len(series) + 1)) if has_interval else 0
    for number, points in enumerate(by_label):
        shift = (number - (len(series) - 1) / 2) * spread
        parts.append(_drawn_series(number, labels, points, cuts, lambda i, shift=shift: across(i) + shift, down))
    for row, (index, text) in enumerate(legend):
        y = legend_top + 20 * row + 6
        if index is not None:
            parts.append(_legend_sample(index, y))
        parts.append(_text(52, y + 4, text, "start"))
    if not values:
        parts.append(_text((left + right) / 2, (top + bottom) / 2, "Aucune donnée", "middle"))
    header = (x_label, *(line.label for line in series))
    return Chart(title, _svg(_spoken(title, header, rows), height, parts), header, rows, note)


def bar_chart(
    *,
    title: str,
    bars: Sequence[tuple[str, float | None]],
    unit: str = "",
    label_header: str = "Libellé",
    value_header: str = "Valeur",
) -> Chart:
    """Draw one horizontal bar for each (label, value), in the order given; the axis starts at zero."""
    values = [value for _, value in bars if value is not None and math.isfinite(value)]
    rows = tuple((label, format_number(value, unit)) for label, value in bars)
    compact = len(bars) > 12
    room = 9 + max((len(text) for _, text in rows), default=0) * TEXT * 0.6
    left = 150 if compact else 4
    right = WIDTH - room
    low, high = min([0, *values]), max([0, *values])
    if unit == "%" and high <= 100:
        high = 100
    span = (high - low) or 1

    def across(value):
        return left + (value - low) / span * (right - left)

    parts = []
    y = 6.0
    for number, (label, value) in enumerate(bars):
        lines = _wrapped(label, 20 if compact else 52, most=1 if compact else 2)
        if compact:
            parts.append(_text(left - 6, y + 13, lines[0], "end"))
        else:
            for line in lines:
                parts.append(_text(left + 4, y + 12, line, "start"))  # clear of the axis
                y += TEXT * 1.25
            y += 3
        end = across(0)
        if value is not None and math.isfinite(value):
            start, end = sorted((across(0), across(value)))
            parts.append(
                f'<rect class="chart-s1" x="{_n(start)}" y="{_n(y)}" width="{_n(max(end - start, 0.5))}" height="16" '
                f'fill="{COLOURS[0]}"/>'
            )
        parts.append(_text(end + 5, y + 13, rows[number][1], "start", weight="bold"))
        y += 20 if compact else 25
    if bars:
        parts.append(_line(across(0), 4, across(0), y - 2, "chart-axis", INK, 1))
    else:
        parts.append(_text(WIDTH / 2, 22, "Aucune donnée", "middle"))
        y = 34
    header = (label_header, value_header)
    return Chart(title, _svg(_spoken(title, header, rows), y + 2, parts), header, rows)


def _in_order(breaks, labels):
    return sorted(breaks, key=lambda item: labels.index(item.x) if item.x in labels else len(labels))


def _cell(point, unit):
    if point is None or point.y is None:
        return MISSING
    text = format_number(point.y, unit)
    if point.low is None or point.high is None:
        return text
    return f"{text} [{format_number(point.low, unit)} ; {format_number(point.high, unit)}]"


def _ticks(values, *, floor=None, ceiling=None):
    """Four to seven round values that hold all the others; a flat or empty series still gets an axis."""
    low, high = (min(values), max(values)) if values else (0, ceiling or 1)
    if high - low < 1e-9:
        low, high = low - max(abs(low) * 0.1, 1), high + max(abs(high) * 0.1, 1)
    if floor is None and low >= 0 and low < (high - low):
        low = 0
    if floor is not None:
        low = max(low, floor)
    if ceiling is not None:
        high = min(max(high, low + 1), max(ceiling, *values, 0)) if values else ceiling
    rough = (high - low) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, max(last, first + 1) + 1)]


def _tick(value, unit, ticks):
    whole = all(abs(tick - round(tick)) < 1e-9 for tick in ticks)
    text = format_number(round(value) if whole else value)
    return f"{text}\u00a0{unit}" if unit else text


def _axis_labels(labels, step):
    """(index, lines) of the labels that fit; some are left out when they are many, the table has them all."""
    if not labels:
        return []
    every = max(1, math.ceil(34 / step))
    room = max(4, int(step * every / (TEXT * 0.56)))
    return [(index, _wrapped(labels[index], room)) for index in range(0, len(labels), every)]


def _wrapped(text, width, most=2):
    lines = textwrap.wrap(" ".join(text.split()), width=width) or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: width - 1].rstrip() + "…"]
    return lines


def _legend(index, label):
    lines = _wrapped(label, 46)
    return [(index, lines[0]), *((None, line) for line in lines[1:])]


def _legend_sample(index, y):
    colour = COLOURS[index % len(COLOURS)]
    name = f"chart-s{index % len(COLOURS) + 1}"
    return (
        f'<g class="{name}" stroke="{colour}" fill="{colour}">{_stroke([(8, y), (44, y)], index)}'
        f"{_marker(index, 26, y)}</g>"
    )


def _drawn_series(number, labels, points, cuts, across, down):
    colour = COLOURS[number % len(COLOURS)]
    parts, run = [], []
    for index, label in enumerate(labels):
        point = points.get(label)
        known = point is not None and point.y is not None and math.isfinite(point.y)
        if run and (index in cuts or not known):
            parts.append(_stroke(run, number))
            run = []
        if known:
            x, y = across(index), down(point.y)
            run.append((x, y))
            if point.low is not None and point.high is not None:
                for a, b, c, d in (
                    (x, down(point.low), x, down(point.high)),
                    (x - 3, down(point.low), x + 3, down(point.low)),
                    (x - 3, down(point.high), x + 3, down(point.high)),
                ):
                    parts.append(f'<line x1="{_n(a)}" y1="{_n(b)}" x2="{_n(c)}" y2="{_n(d)}" stroke-width="1.2"/>')
            parts.append(_marker(number, x, y))
    parts.append(_stroke(run, number))
    name = f"chart-s{number % len(COLOURS) + 1}"
    return f'<g class="{name}" stroke="{colour}" fill="{colour}">{"".join(parts)}</g>'


def _stroke(places, number):
    if len(places) < 2:
        return ""
    dash = DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    where = " ".join(f"{_n(x)},{_n(y)}" for x, y in places)
    return f'<polyline class="chart-line" points="{where}" fill="none" stroke-width="2"{dashed}/>'


def _marker(number, x, y):
    """Shapes differ, so that series are told apart without colour."""
    shape = number % 6
    if shape == 0:
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4"/>'
    if shape == 1:
        return f'<rect x="{_n(x - 4)}" y="{_n(y - 4)}" width="8" height="8"/>'
    outlines = {
        2: ((0, -5), (5, 4), (-5, 4)),
        3: ((0, -6), (5, 0), (0, 6), (-5, 0)),
        4: ((0, 5), (5, -4), (-5, -4)),
        5: ((-6, -2), (6, -2), (6, 2), (-6, 2)),
    }
    where = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in outlines[shape])
    return f'<polygon points="{where}"/>'


def _spoken(title, header, rows):
    if not rows:
        return f"{title}. Aucune donnée."
    if len(rows) * (len(header) - 1) > TITLE_FIGURES:
        return f"{title}. Les valeurs sont dans le tableau qui suit."
    if len(header) == 2:
        return f"{title}. " + " ; ".join(f"{row[0]} : {row[1]}" for row in rows) + "."
    told = (
        f"{name} : " + " ; ".join(f"{row[0]}, {row[column]}" for row in rows)
        for column, name in enumerate(header[1:], start=1)
    )
    return f"{title}. " + ". ".join(told) + "."


def _svg(spoken, height, parts):
    drawn = "".join(parts)
    return mark_safe(  # noqa: S308 - every text below was escaped
        f'<svg class="chart-drawing" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {_n(height)}" role="img" '
        f'aria-label="{escape(spoken)}" font-family="{FONT}" font-size="{TEXT}">'
        f"<title>{escape(spoken)}</title>{drawn}</svg>"
    )


def _text(x, y, text, anchor, weight=""):
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text class="chart-text" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{INK}"{bold}>'
        f"{escape(text)}</text>"
    )


def _line(x1, y1, x2, y2, name, colour, width, dash=""):
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line class="{name}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _n(value):
    return f"{value:.1f}".removesuffix(".0")
