"""Tables for French spreadsheets."""

import csv
import io

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(header, rows):
    """CSV with semicolons and a mark that makes accents read right; no cell is run as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def safe_cell(value):
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def decimal_cell(value, digits):
    """A number with a decimal comma; empty when there is none."""
    return "" if value is None else f"{value:.{digits}f}".replace(".", ",")
