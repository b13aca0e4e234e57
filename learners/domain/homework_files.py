"""Files of copies and of their marking: random names, closed until known to be harmless."""

import hashlib
import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from cned_portal.common.files import file_type
from cned_portal.common.scanning import destroy_after_commit, scan_waiting
from learners import tasks
from learners.enums import ScanState
from learners.models import CopyFile, CorrectionFile

MOST_FILES = 5
FILES = (CopyFile, CorrectionFile)


def store_files(model, files, **owner):
    """Write `files`, pairs (name, bytes), as rows of `model` in the transaction of what they belong to.

    Raises RefusedFile for what is not a document.
    """
    field = model._meta.get_field("file")
    rows = []
    for name, content in files:
        kind = file_type(name, content)
        row = model(
            **owner,
            name=name[:150] or "sans nom",
            content_type=kind.content_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            scan=ScanState.PENDING if settings.CLAMD_ADDRESS else ScanState.UNSCANNED,
        )
        row.file = field.storage.save(f"{field.upload_to}{uuid.uuid4().hex}.{kind.extension}", ContentFile(content))
        rows.append(row)
    try:
        model.objects.bulk_create(rows)
    except Exception:
        for row in rows:
            field.storage.delete(row.file.name)
        raise
    if settings.CLAMD_ADDRESS:
        transaction.on_commit(lambda: tasks.scan_homework.apply_async(retry=False), robust=True)
    return rows


def scan_homework(*, most=200):
    """Have the antivirus read what waits, the oldest first; number of files settled."""
    rows = (model.objects.filter(scan=ScanState.PENDING).order_by("created_at", "pk") for model in FILES)
    return sum(scan_waiting(waiting, settle=_settle, most=most) for waiting in rows)


def _settle(row, virus):
    if not virus:
        row.scan = ScanState.CLEAN
        row.save(update_fields=["scan"])
        return
    destroy_after_commit(row.file)
    row.scan, row.file = ScanState.INFECTED, ""
    row.save(update_fields=["scan", "file"])
