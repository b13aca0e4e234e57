"""Pure checks on values."""

import zipfile
from pathlib import PurePath

from django.core.exceptions import ValidationError

DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
IMPORT_MAX_BYTES = 20 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_SIGNATURES = {"pdf": b"%PDF-", "odt": _ZIP, "ods": _ZIP, "docx": _ZIP, "xlsx": _ZIP}
_MACROS = ("vbaProject.bin", "Basic/", "Scripts/")


def validate_document(file):
    """Refuse what is too heavy, of another type, or not of the type its name says; and office files with macros."""
    extension = PurePath(file.name).suffix.lower().removeprefix(".")
    if extension not in _SIGNATURES:
        raise ValidationError("Choisissez un fichier PDF, ODT, ODS, DOCX ou XLSX.", code="type")
    if file.size > DOCUMENT_MAX_BYTES:
        raise ValidationError("Ce fichier dépasse 10 Mo.", code="size")
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if not start.startswith(_SIGNATURES[extension]):
        raise ValidationError("Le contenu de ce fichier n’est pas celui que son nom annonce.", code="content")
    if extension != "pdf" and _has_macros(file):
        raise ValidationError("Ce fichier contient des macros ou n’est pas lisible.", code="macros")


def _has_macros(file):
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith(_MACROS[0]) or name.startswith(_MACROS[1:]) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return True
    finally:
        file.seek(0)


def validate_import(file):
    """Refuse at once what cannot be a table or an LHEO document; what it says is checked by a worker."""
    if file.size > IMPORT_MAX_BYTES:
        raise ValidationError("Ce fichier dépasse 20 Mo.", code="size")
    if PurePath(file.name).suffix.lower() not in {".csv", ".txt", ".xlsx", ".xml"}:
        raise ValidationError("Choisissez un fichier CSV, XLSX ou XML.", code="type")
