"""Files of copies and of their marking: random names, closed until known to be harmless."""

import hashlib
import logging
import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from cned_portal.common.clients.clamd import ScanError, scan
from cned_portal.common.files import file_type
from learners import tasks
from learners.enums import ScanState
from learners.models import CopyFile, CorrectionFile

logger = logging.getLogger(__name__)

MOST_FILES = 5


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


def scan_waiting(*, most=200):
    """Have the antivirus read what waits, the oldest first; number of files settled.

    A daemon that is away leaves the file closed: it is tried again, and never opened for want of an answer.
    """
    return sum(_scan_waiting(model, most) for model in (CopyFile, CorrectionFile))


def _scan_waiting(model, most):
    settled = 0
    waiting = model.objects.filter(scan=ScanState.PENDING).order_by("created_at", "pk")
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            row = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            try:
                with row.file.open("rb") as file:
                    virus = scan(file.read(), address=settings.CLAMD_ADDRESS)
            except (ScanError, FileNotFoundError) as error:
                logger.error("%s %s could not be scanned", model.__name__, pk, extra={"error": str(error)})
                return settled
            _settle(row, virus)
            settled += 1
    return settled


def _settle(row, virus):
    if not virus:
        row.scan = ScanState.CLEAN
        row.save(update_fields=["scan"])
        return
    storage, name = row.file.storage, row.file.name
    row.scan, row.file = ScanState.INFECTED, ""
    row.save(update_fields=["scan", "file"])
    transaction.on_commit(lambda: storage.delete(name))
    logger.warning("infected file destroyed: %s %s", type(row).__name__, row.pk)
