"""Tables for French spreadsheets, written and read."""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from django.http import Http404, HttpResponse, StreamingHttpResponse
from openpyxl import Workbook, load_workbook

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SAID_DELIMITER = re.compile("sep=([;,\t])\r?\n", re.IGNORECASE)  # first line that Excel reads, and does not show
_ZIP = b"PK\x03\x04"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 50_000
_SHEET_ROWS = 1_048_576  # a sheet has no more; a column formatted as a whole reaches the last one
MAX_COLUMNS = 300
MAX_CELL = 20_000
_MAX_UNPACKED = 200 * 1024 * 1024  # bytes; a workbook is an archive that may hold far more than it weighs
_MAX_PARTS = 2_000
_PIECE = 1024 * 1024


class UnreadableFile(ValueError):
    """The file is not the one that is expected; the message says why, in French."""


@dataclass(frozen=True)
class Table:
    """Column headings, and the lines as (number in the file, texts by heading), blank lines left out of both.

    `lines` reads as it goes and may raise UnreadableFile.
    """

    headings: list[str]
    lines: Iterator[tuple[int, dict[str, str]]]


def csv_text(header, rows):
    """CSV with semicolons and a mark that makes accents read right; no cell is run as a formula."""
    return "\ufeff" + csv_line(header) + "".join(map(csv_line, rows))


def csv_line(cells):
    """One line of such a file, for those written little by little."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()


def xlsx_bytes(title, header, rows):
    """A workbook of one sheet, every cell a text: a reference keeps its zeros, nothing is run as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for cells in (header, *rows):
        sheet.append([safe_cell(cell) for cell in cells])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def table_response(name, extension, title, header, rows):
    """Answer with a table to download, `csv` or `xlsx`; raises Http404 for another extension."""
    if extension == "csv":
        pieces = chain(["\ufeff" + csv_line(header)], map(csv_line, rows))
        response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    elif extension == "xlsx":
        response = HttpResponse(xlsx_bytes(title, header, rows), content_type=_XLSX)
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="{name}.{extension}"'
    return response


def safe_cell(value):
    """A cell that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def decimal_cell(value, digits):
    """A number with a decimal comma; empty when there is none."""
    return "" if value is None else f"{value:.{digits}f}".replace(".", ",")


def read_table(content):
    """The table of a CSV or XLSX file, from its bytes; raises UnreadableFile.

    CSV: UTF-8 with or without its mark, UTF-16 with it, else Windows-1252; semicolons, commas or tabs. XLSX: the first
    sheet. Bounded in lines, columns, length of a cell and size once unpacked.
    """
    is_workbook = content.startswith(_ZIP)
    rows = _written(_xlsx_rows(content) if is_workbook else _csv_rows(content))
    first = next(rows, None)
    if first is None:
        what = "La première feuille du classeur" if is_workbook else "Le fichier"
        raise UnreadableFile(f"{what} est vide.")
    headings = [text.strip() for text in first[1]]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MAX_COLUMNS:
        raise UnreadableFile(f"Le fichier a plus de {MAX_COLUMNS} colonnes.")
    twice = [name for name, count in Counter(headings).items() if count > 1 and name]
    if twice:
        raise UnreadableFile(f"Colonnes en double : {', '.join(twice)}.")
    return Table(headings, _lines(headings, rows))


def _written(rows):
    """The rows that hold something."""
    for number, texts in rows:
        if number > _SHEET_ROWS:
            raise UnreadableFile(f"Le fichier a plus de {_SHEET_ROWS} lignes.")
        if any(text.strip() for text in texts):
            yield number, texts


def _lines(headings, rows):
    for count, (number, texts) in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise UnreadableFile(f"Le fichier a plus de {MAX_ROWS} lignes.")
        if any(len(text) > MAX_CELL for text in texts):
            raise _too_long(number)
        padded = [*texts, *[""] * (len(headings) - len(texts))]
        yield number, {name: _typed(text) for name, text in zip(headings, padded, strict=False) if name}


def _too_long(number):
    return UnreadableFile(f"Ligne {number} : une cellule dépasse {MAX_CELL} caractères.")


def _typed(text):
    """What was typed in the cell, without the mark that kept it from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def _csv_rows(content):
    text = _decoded(content)
    if "\0" in text:
        raise UnreadableFile("Ce fichier n’est ni un CSV, ni un classeur XLSX.")
    said = _SAID_DELIMITER.match(text)
    header = next((line for line in text.splitlines() if line.strip(";,\t ")), "")
    delimiter = said[1] if said else max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    if said:
        next(reader)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:  # of what it may say, only this can happen to a text: a quote without end, mostly
        raise _too_long(reader.line_num) from error


def _decoded(content):
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _xlsx_rows(content):
    _refuse_hostile_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is sometimes false: lines would be lost
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if len(row) > MAX_COLUMNS and any(value is not None for value in row[MAX_COLUMNS:]):
                raise UnreadableFile(f"Le fichier a plus de {MAX_COLUMNS} colonnes.")
            yield number, [_text(value) for value in row[:MAX_COLUMNS]]
    except UnreadableFile:
        raise
    except Exception as error:  # a malformed workbook raises almost anything out of the library
        raise UnreadableFile("Ce classeur n’est pas lisible : enregistrez-le à nouveau au format XLSX.") from error


def _refuse_hostile_archive(content):
    """Unpack by pieces, to count bytes, and refuse document types: entities are the way to make XML explode."""
    left = _MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > _MAX_PARTS:
                raise UnreadableFile("Ce classeur contient trop d’éléments.")
            for part in archive.infolist():
                left = _read_part(archive, part, left)
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile("Ce classeur n’est pas lisible : enregistrez-le à nouveau au format XLSX.") from error


def _read_part(archive, part, left):
    is_xml = part.filename.endswith((".xml", ".rels"))
    tail = b""
    with archive.open(part) as file:
        while piece := file.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise UnreadableFile("Ce classeur est trop volumineux une fois ouvert.")
            if is_xml and (b"\0" in piece or b"<!DOCTYPE" in tail + piece):
                raise UnreadableFile("Ce classeur contient des éléments interdits.")
            tail = piece[-16:]
    return left


def _text(value):
    """A cell as a person would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == datetime.min.time():
            return f"{value:%d/%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case _:
            return str(value)
