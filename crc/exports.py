"""Tables of the desk for spreadsheets."""

from cned_portal.common.spreadsheets import decimal_cell
from cned_portal.common.statistics import Share

UNITS = {"count": "nombre", "minutes": "minutes ouvrées", "days": "jours", "seconds": "secondes", "share": "%"}


def indicators_table(lines, period):
    """(header, rows) of the indicators of a period beside those of the one before."""
    return _header(period), map(_cells, lines)


def _header(period):
    columns = ("Valeur", "Numérateur", "Dénominateur")
    return (
        *("Indicateur", "Unité"),
        *(f"{name}, {one.label}" for one in (period, period.before) for name in columns),
        *("Définition", "Source"),
    )


def _cells(line):
    definition = line.definition
    return (
        *(definition.label, UNITS[definition.unit]),
        *_value(line.value),
        *_value(line.before),
        *(definition.text, definition.source),
    )


def _value(value):
    if isinstance(value, Share):
        return decimal_cell(value.percent, 1), value.count, value.total
    return decimal_cell(value, 1) if isinstance(value, float) else "" if value is None else value, "", ""
