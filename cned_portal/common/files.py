"""What a file is, by its content: the name and the type that a sender gives are only claims."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.http import FileResponse, Http404

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = [
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
]
_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "heif": "heic"}
_APPLE = {"pages", "numbers", "key"}
_OFFICE_FOLDERS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_TEXT_NAMES = {"txt", "csv", "eml"}
_SNIFFED_ARCHIVE_PARTS = 5_000


class RefusedFile(ValueError):
    """The file is not one of those taken; `str()` says why, in French."""


@dataclass(frozen=True)
class FileType:
    """`extension` is the one to store and show; `content_type` the one to serve."""

    extension: str
    content_type: str


def file_type(name, content):
    """FileType of a document or an image, from its bytes; raises RefusedFile.

    Taken: PDF, images, OpenDocument, DOCX, XLSX, PPTX without macros, plain text. Programs, archives, HTML, SVG, old
    Office files and what contradicts its name are refused.
    """
    if not content:
        raise RefusedFile("Ce fichier est vide.")
    claimed = PurePath(name).suffix.lower().removeprefix(".")
    extension = _sniffed(content, claimed)
    if claimed and extension != _ALIASES.get(claimed, claimed):
        raise RefusedFile("Le contenu de ce fichier n’est pas celui que son nom annonce.")
    return FileType(extension, _TYPES[extension])


def download(file, *, name, content_type):
    """Answer with an open file, always as a download, under a policy that runs nothing whatever a browser does."""
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def download_stored(stored, *, name, content_type):
    """Answer with a file of the storage as `download` does; 404 when it is not there any more."""
    try:
        file = stored.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return download(file, name=name, content_type=content_type)


def _sniffed(content, claimed):
    for start, extension in _SIGNATURES:
        if content.startswith(start):
            return extension
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"mif1", b"msf1", b"hevc"}:
        return "heic"
    if content.startswith(_ZIP):
        if claimed in _APPLE:
            raise RefusedFile("Ce format d’Apple ne s’ouvre pas partout : exportez votre document en PDF.")
        return _office(content)
    if content.startswith(_OLE):
        raise RefusedFile("Les anciens fichiers Office ne sont pas acceptés : enregistrez-le en PDF.")
    if claimed in _TEXT_NAMES and _is_text(content):
        return claimed
    if claimed in _TYPES and claimed not in _TEXT_NAMES:
        raise RefusedFile("Le contenu de ce fichier n’est pas celui que son nom annonce.")
    raise RefusedFile("Ce type de fichier n’est pas accepté : envoyez un PDF, une image ou un document de bureautique.")


def _office(content):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > _SNIFFED_ARCHIVE_PARTS:
                raise RefusedFile("Ce fichier contient trop d’éléments.")
            if any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names):
                raise RefusedFile("Ce fichier contient des macros : enregistrez-le sans elles, ou en PDF.")
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                for extension in ("odt", "ods", "odp"):
                    if declared == _TYPES[extension]:
                        return extension
            if "[Content_Types].xml" in names:
                for folder, extension in _OFFICE_FOLDERS.items():
                    if any(name.startswith(folder) for name in names):
                        return extension
    except RefusedFile:
        raise
    except Exception as error:  # a malformed archive raises almost anything
        raise RefusedFile("Ce fichier n’est pas lisible.") from error
    raise RefusedFile("Les archives ne sont pas acceptées : envoyez les fichiers un par un.")


def _is_text(content):
    if b"\0" in content:
        return False
    start = content[:1024].lstrip().lower()
    return not start.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"mz"))
