"""The table of results as people see it and as they download it: the same figures under the same rule."""

from dataclasses import dataclass

from cned_portal.common.charts import format_number
from cned_portal.common.spreadsheets import csv_text, decimal_cell

HEADER = (
    *("Session", "Voie", "Statut", "Inscrits", "Présents", "Admis", "Taux de réussite (%)"),
    *("Intervalle à 95 %, bas", "Intervalle à 95 %, haut", "Admis / inscrits (%)", "Note"),
)


@dataclass(frozen=True)
class DisplayedRow:
    """A row of results in French writing."""

    year: int
    pathway: str
    status: str
    registered: str
    present: str
    admitted: str
    rate: str
    interval: str
    admitted_of_registered: str
    note: str


def displayed(row):
    """A `ResultRow` ready for the page."""
    rate = row.rate
    return DisplayedRow(
        year=row.year,
        pathway=row.pathway_label,
        status=row.status_label,
        registered=_count(row.shown.registered),
        present=_count(row.shown.present),
        admitted=_count(row.shown.admitted),
        rate=format_number(rate.percent, "%") if rate.is_shown else "–",
        interval=f"{format_number(rate.low, '%')} à {format_number(rate.high, '%')}" if rate.is_shown else "–",
        admitted_of_registered=(
            "–" if row.admitted_of_registered is None else format_number(row.admitted_of_registered, "%")
        ),
        note=_note(row),
    )


def _count(value):
    return format_number(value) if isinstance(value, int) else value


def _note(row):
    notes = [row.rate.note] if row.rate.note else []
    if row.is_partial:
        notes.append(f"{row.academies} académies seulement")
    return ", ".join(notes)


def results_csv(rows):
    """The table as CSV for a French spreadsheet."""
    return csv_text(HEADER, [_cells(row) for row in rows])


def _cells(row):
    rate = row.rate
    return (
        *(row.year, row.pathway_label, row.status_label),
        *(row.shown.registered, row.shown.present, row.shown.admitted),
        *(decimal_cell(value, 2) for value in (rate.percent, rate.low, rate.high, row.admitted_of_registered)),
        _note(row),
    )
