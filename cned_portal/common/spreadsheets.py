"""Tables for French spreadsheets."""

import csv
import io

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(header, rows):
    """CSV with semicolons and a mark that makes accents read right; no cell is run as a formula."""
    return "\ufeff" + csv_line(header) + "".join(map(csv_line, rows))


def csv_line(cells):
    """One line of such a file, for those written little by little."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()


def safe_cell(value):
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def decimal_cell(value, digits):
    """A number with a decimal comma; empty when there is none."""
    return "" if value is None else f"{value:.{digits}f}".replace(".", ",")
