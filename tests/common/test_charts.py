"""Charts: well-formed, no style or script, French figures, and nothing that breaks on odd input."""

import math
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from cned_portal.common.charts import Break, Point, Series, bar_chart, format_number, line_chart

SVG = "{http://www.w3.org/2000/svg}"


def parse(chart):
    root = ElementTree.fromstring(chart.svg)
    for element in root.iter():
        assert element.tag not in {f"{SVG}style", f"{SVG}script"}
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert not {"nan", "inf", "-inf"} & set(value.split())
    assert root.find(f"{SVG}title").text.startswith(chart.title)
    return root


def polylines(chart):
    return [item.get("points").split() for item in parse(chart).iter(f"{SVG}polyline")]


def rates(*values):
    return tuple(Point(str(2020 + index), value) for index, value in enumerate(values))


def test_line_is_cut_at_a_break():
    chart = line_chart(
        title="Taux", series=[Series("Cned", rates(80, 81, 90, 91))], breaks=[Break("2022", "nouveau bac")]
    )
    assert [len(points) for points in polylines(chart)] == [2, 2, 2]  # two pieces, and the sample of the legend
    assert "R1 : rupture de série à partir de 2022, nouveau bac." in chart.note
    assert 'stroke-dasharray="5 4"' in chart.svg


def test_line_is_cut_at_an_unknown_value():
    chart = line_chart(title="Taux", series=[Series("Cned", rates(80, None, 90))])
    assert chart.rows[1] == ("2021", "n. d.")
    assert len(polylines(chart)) == 1  # the sample of the legend only


def test_table_holds_french_figures_and_intervals():
    chart = line_chart(title="Taux", series=[Series("Cned", (Point("2024", 87.4, 86.02, 88.68),))])
    assert chart.header == ("Période", "Cned")
    assert chart.rows == (("2024", "87,4\u00a0% [86,0\u00a0% ; 88,7\u00a0%]"),)
    assert "intervalle de confiance" in chart.note
    assert "87,4" in parse(chart).find(f"{SVG}title").text


@pytest.mark.parametrize("values", [(), (50,), (None,), (0, 0), (100, 100), (0, 100), (99.9, 100)])
def test_percent_axis_stays_between_0_and_100(values):
    chart = line_chart(title="Taux", series=[Series("Cned", rates(*values))])
    texts = [item.text for item in parse(chart).iter(f"{SVG}text")]
    ticks = [float(text.replace("\u00a0%", "").replace(",", ".")) for text in texts if text.endswith("\u00a0%")]
    assert len(ticks) >= 2
    assert min(ticks) >= 0
    assert max(ticks) <= 100


def test_series_differ_without_colour():
    chart = line_chart(title="Taux", series=[Series(name, rates(1, 2)) for name in "ABC"])
    parse(chart)
    assert all(shape in chart.svg for shape in ("<circle", "<rect", "<polygon"))
    assert 'stroke-dasharray="7 4"' in chart.svg


def test_many_bars_with_long_labels_are_drawn():
    chart = bar_chart(title="Demandes", bars=[(f"Libellé très long numéro {n} " * 3, n) for n in range(30)])
    assert len(list(parse(chart).iter(f"{SVG}rect"))) == 30
    assert len(chart.rows) == 30


@pytest.mark.parametrize("bars", [[], [("Seul", 0)], [("Inconnu", None)], [("Moins", -3), ("Plus", 4)]])
def test_odd_bars_are_drawn(bars):
    parse(bar_chart(title="Demandes", bars=bars))


def test_text_is_escaped():
    chart = bar_chart(title='<b>"&', bars=[("<script>", 1)])
    parse(chart)
    assert "<script>" not in chart.svg


def test_component_holds_drawing_and_table(db):
    chart = bar_chart(title="Demandes", bars=[("A", 1)])
    html = render_to_string("components/chart.html", {"chart": chart})
    assert chart.svg in html
    assert "<details" in html
    assert '<th scope="row">A</th>' in html
    assert "<details" not in render_to_string("components/chart.html", {"chart": chart, "table_open": True})


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (87.44, "%", "87,4\u00a0%"),
        (1234, "", "1\u202f234"),
        (None, "%", "n. d."),
        (math.nan, "", "n. d."),
        (-2, "", "−2"),
    ],
)
def test_numbers_are_french(value, unit, text):
    assert format_number(value, unit) == text


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False)), max_size=12),
    st.sampled_from(["", "%", "jours"]),
)
def test_any_series_is_drawn(values, unit):
    parse(line_chart(title="Taux", series=[Series("a", rates(*values)), Series("b", rates(*values[::2]))], unit=unit))
    parse(bar_chart(title="Taux", bars=[(str(index), value) for index, value in enumerate(values)], unit=unit))
