"""Tables as people's spreadsheets write them."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from cned_portal.common.spreadsheets import UnreadableFile, read_table

ROWS = [["nom", "ville"], ["Exemple", "Poitiers"]]
LINES = [(2, {"nom": "Exemple", "ville": "Poitiers"})]
CSV = "nom;ville\nExemple;Poitiers\n"


def workbook(rows, change=lambda book: None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def forged(content, old, new):
    """The workbook with these bytes changed in its parts."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(old, new))
    return changed.getvalue()


def read(content):
    table = read_table(content)
    return table.headings, list(table.lines)


def format_last_row(book):
    """A column made bold as a whole: LibreOffice writes the last row of the sheet, empty."""
    book.active.cell(1_048_576, 1).font = Font(bold=True)


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (CSV.encode("utf-16"), 2),
        (f"sep=;\r\n{CSV}".encode(), 3),
        (f"\n;\n{CSV}".encode(), 4),
        (workbook(ROWS, format_last_row), 2),
        (workbook([[None], *ROWS]), 3),
    ],
    ids=["Unicode text of Excel", "separator said", "blank lines first", "format to the last row", "blank row first"],
)
def test_table_is_read_whatever_the_spreadsheet_adds(content, first):
    assert read(content) == (["nom", "ville"], [(first, LINES[0][1])])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'{CSV}"{"a" * 140_000}";Tours\n'.encode(), "Ligne 3 : une cellule dépasse 20000 caractères."),
        (workbook([], lambda book: book.create_sheet("Liste").append(["nom"])), "La première feuille du classeur"),
        (CSV.encode("utf-16-le"), "ni un CSV, ni un classeur XLSX"),
    ],
    ids=["cell without end", "first sheet empty", "Unicode text without its mark"],
)
def test_unreadable_table_says_why_in_french(content, said):
    with pytest.raises(UnreadableFile, match=said):
        read(content)


def test_row_beyond_any_sheet_is_refused():
    # The number of a row is only a claim: without a limit, the rows before it would be made one by one.
    with pytest.raises(UnreadableFile, match="plus de 1048576"):
        read(forged(workbook(ROWS), b'<row r="2"', b'<row r="999999999"'))


def test_every_line_is_read_when_the_workbook_is_wrong_about_its_size():
    assert read(forged(workbook(ROWS), b'<dimension ref="A1:B2"', b'<dimension ref="A1"'))[1] == LINES
