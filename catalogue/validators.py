"""Pure checks on values."""

from pathlib import PurePath

from django.core.exceptions import ValidationError

from cned_portal.common.files import RefusedFile, file_type

DOCUMENT_MAX_BYTES = 10 * 1024 * 1024
IMPORT_MAX_BYTES = 20 * 1024 * 1024

_DOCUMENTS = {"pdf", "odt", "ods", "docx", "xlsx"}


def validate_document(file):
    """Refuse what is too heavy, of another type, or not of the type its name says; and office files with macros."""
    if PurePath(file.name).suffix.lower().removeprefix(".") not in _DOCUMENTS:
        raise ValidationError("Choisissez un fichier PDF, ODT, ODS, DOCX ou XLSX.", code="type")
    if file.size > DOCUMENT_MAX_BYTES:
        raise ValidationError("Ce fichier dépasse 10 Mo.", code="size")
    file.seek(0)
    try:
        file_type(file.name, file.read())
    except RefusedFile as refusal:
        raise ValidationError(str(refusal), code="content") from None
    finally:
        file.seek(0)


def validate_import(file):
    """Refuse at once what cannot be a table or an LHEO document; what it says is checked by a worker."""
    if file.size > IMPORT_MAX_BYTES:
        raise ValidationError("Ce fichier dépasse 20 Mo.", code="size")
    if PurePath(file.name).suffix.lower() not in {".csv", ".txt", ".xlsx", ".xml"}:
        raise ValidationError("Choisissez un fichier CSV, XLSX ou XML.", code="type")
