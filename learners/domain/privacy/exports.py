"""The copy of their data that a person asks for: a file that they read, and a program too."""

import hashlib
import json
import logging
import tempfile
import zipfile
from datetime import date, datetime, timedelta

from django.core.files import File
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.progress import RunState
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.holdings import holdings
from learners.domain.notifications import notify
from learners.domain.refusals import MoveRefused
from learners.models import DataExport

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
FAILURE = "La copie n’a pas pu être préparée. Vous pouvez recommencer ; si cela dure, écrivez-nous."


@verb
def request_export(*, acting_user):
    """Record the wish for a copy of one's data; a worker makes it after the commit. Two clicks give one copy."""
    waiting = DataExport.objects.of_user(acting_user).filter(state__in=[RunState.PENDING, RunState.RUNNING])
    try:
        with transaction.atomic():
            run = DataExport.objects.create(user=acting_user)
    except IntegrityError:
        if run := waiting.first():
            return run
        raise
    _ask_worker(run.pk)
    return run


@verb
def retry_export(run, *, acting_user):
    """Ask again for a copy that failed. Raises MoveRefused when it did not, or another is being made."""
    try:
        with transaction.atomic():
            asked = not run.erased_at and DataExport.objects.retry(run.pk)
    except IntegrityError:
        asked = False
    if not asked:
        raise MoveRefused("Cette copie est déjà prête, en préparation ou effacée.")
    _ask_worker(run.pk)


def make_export(pk):
    """Make the file once, however often the message is delivered; True when this call made it."""
    if not DataExport.objects.claim(pk):
        return False
    try:
        return _make(DataExport.objects.select_related("user").get(pk=pk))
    except Exception:
        logger.exception("data export %s could not be made", pk)
        DataExport.objects.fail(pk, FAILURE)
        return False


def recover_exports():
    """Take up what a dead worker left, ask again for what no message announces any more, erase what is a week old."""
    DataExport.objects.free_stuck()
    for pk in DataExport.objects.lost():
        tasks.make_data_export.delay(pk)
    old = DataExport.objects.kept().filter(created_at__lt=timezone.now() - KEPT_FOR).exclude(state=RunState.RUNNING)
    erase_exports(old.order_by("pk")[:500])


def erase_exports(runs):
    """The file first: a worker killed in between leaves a row, by which it is found again."""
    for run in runs:
        if run.file:
            run.file.storage.delete(run.file.name)
        DataExport.objects.filter(pk=run.pk).update(file="", erased_at=timezone.now())
        DataExport.objects.fail(run.pk, "Cette copie est effacée.")


def _make(run):
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            held = _held(run, archive)
            text = json.dumps(held, ensure_ascii=False, indent=2, default=_plain)
            archive.writestr("donnees.json", text)
            parts = [(holding.label, held[holding.key]) for holding in holdings()]
            page = {"made_at": held["etabli_le"], "parts": parts}
            archive.writestr("lisez-moi.html", render_to_string("learners/privacy/export.html", page))
        made.seek(0)
        digest = hashlib.file_digest(made, "sha256")
        made.seek(0)
        name = DataExport.objects.store_file(run.pk, File(made), folder="exports")
    with transaction.atomic():
        if DataExport.objects.filter(file=name).succeed(run.pk, sha256=digest.hexdigest()):
            context = {"url": run.get_absolute_url(), "days": KEPT_FOR.days}
            notify(run.user, event="data_ready", key=f"data_ready:{run.pk}", context=context)
            return True
    run.file.storage.delete(name)
    return False


def _held(run, archive):
    held = {"etabli_le": timezone.localtime()}
    found = holdings()
    for rank, holding in enumerate(found):
        DataExport.objects.advance(run.pk, 95 * rank // len(found))
        held[holding.key] = holding.read(run.user, archive)
    return held


def _plain(value):
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_exports` asks again.
    transaction.on_commit(lambda: tasks.make_data_export.apply_async((pk,), retry=False), robust=True)
