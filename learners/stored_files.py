"""Answers with the files of devoirs, for the pages and the API: always downloads."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from cned_portal.common.files import RefusedFile, download, download_stored, file_type
from learners.enums import READABLE_SCANS


def stored_subject(devoir):
    """Answer with the file of a subject; raises Http404 when there is none."""
    try:
        content = devoir.subject_file.read() if devoir.subject_file else b""
        kind = file_type(devoir.subject_file.name, content)
    except (FileNotFoundError, RefusedFile, ValueError):
        raise Http404 from None
    devoir.subject_file.seek(0)
    return download(devoir.subject_file, name=f"sujet.{kind.extension}", content_type=kind.content_type)


def stored_file(rows, pk):
    """Answer with one of these files, always as a download, once it may be read."""
    row = get_object_or_404(rows, pk=pk, scan__in=READABLE_SCANS)
    return download_stored(row.file, name=row.name, content_type=row.content_type)
