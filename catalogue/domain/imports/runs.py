"""An import from end to end: a file is deposited, a worker checks it, a person accepts, a worker writes it."""

import logging
import uuid
from datetime import timedelta

import pghistory
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalogue import tasks
from catalogue.domain.imports import lheo, tables
from catalogue.domain.imports.records import Problem
from catalogue.domain.imports.writing import Outcome, Refused, Writer
from catalogue.domain.indexing import index_trainings
from catalogue.enums import ImportFormat, ImportMode, ImportStep, LineOutcome
from catalogue.models import CatalogueImport, ImportLine, Training
from cned_portal.common.progress import RunState
from cned_portal.common.refusals import Refusal
from cned_portal.common.spreadsheets import UnreadableFile
from cned_portal.common.verbs import verb

logger = logging.getLogger(__name__)

FAILURE = (
    "L’import s’est interrompu. Rien n’est perdu : vous pouvez recommencer ; si cela dure, prévenez un administrateur."
)
KEPT_FOR = timedelta(days=365)
_READERS = {ImportFormat.TABLE: tables.read, ImportFormat.LHEO: lheo.read}
_EVERY = 20  # records between two reports of progress


@verb
def request_import(*, name, content, unit, acting_user):
    """Keep the file and have it checked after the commit. `name` is only shown; the content tells the format."""
    is_xml = content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    file_format = ImportFormat.LHEO if is_xml else ImportFormat.TABLE
    stored = CatalogueImport._meta.get_field("file").storage.save(f"imports/{uuid.uuid4().hex}", ContentFile(content))
    run = CatalogueImport.objects.create(
        file=stored, file_name=name[-150:], file_format=file_format, unit=unit, requested_by=acting_user
    )
    _ask_worker(run.pk)
    return run


@verb
def accept_import(run, *, mode, acting_user):
    """Have the checked file written: everything or nothing, or its good lines. Raises Refusal the second time."""
    taken = CatalogueImport.objects.filter(pk=run.pk, step=ImportStep.CHECK, state=RunState.DONE).update(
        step=ImportStep.WRITE,
        mode=mode,
        requested_by=acting_user,
        state=RunState.PENDING,
        progress=0,
        started_at=None,
        finished_at=None,
    )
    if not taken:
        raise Refusal("Cet import est déjà accepté, ou n’est pas encore vérifié.")
    _ask_worker(run.pk)


@verb
def retry_import(run, *, acting_user):
    """Take up again an import that was interrupted. Raises Refusal when it was not."""
    if not CatalogueImport.objects.retry(run.pk):
        raise Refusal("Cet import est en cours ou terminé.")
    _ask_worker(run.pk)


def process_import(pk):
    """Check or write once, however often the message is delivered; True when this call did it."""
    if not CatalogueImport.objects.claim(pk):
        return False
    run = CatalogueImport.objects.select_related("unit", "requested_by").get(pk=pk)
    act = "catalogue.write_import" if run.step == ImportStep.WRITE else "catalogue.check_import"
    with pghistory.context(verb=act, user=run.requested_by_id):
        try:
            return _process(run)
        except UnreadableFile as error:
            CatalogueImport.objects.fail(pk, str(error))
        except Exception:
            logger.exception("catalogue import %s was interrupted", pk)
            CatalogueImport.objects.fail(pk, FAILURE)
    return False


def recover_imports():
    """Take up what a dead worker left, ask again for what no message announces, forget what is a year old."""
    with pghistory.context(verb="catalogue.recover_imports"):
        CatalogueImport.objects.free_stuck()
        for pk in CatalogueImport.objects.lost():
            tasks.process_import.delay(pk)
        old = CatalogueImport.objects.filter(finished_at__lt=timezone.now() - KEPT_FOR).order_by("pk")[:100]
        for run in old:
            name = run.file.name
            run.delete()
            run.file.storage.delete(name)


def _process(run):
    with run.file.open("rb") as file:
        records, ignored = _READERS[ImportFormat(run.file_format)](file.read())
    if not records:
        raise UnreadableFile("Le fichier ne contient aucune formation.")
    writer = Writer(unit=run.unit, acting_user=run.requested_by)
    writes = run.step == ImportStep.WRITE
    # One transaction: what a dead worker wrote is undone, so that the next one counts it and indexes it.
    with CatalogueImport.objects.advancing(run.pk) as advance, transaction.atomic():
        with transaction.atomic():
            lines = _lines(run, records, writer, advance, keep=writes)
            if writes and run.mode == ImportMode.ALL and any(line.outcome == LineOutcome.REFUSED for line in lines):
                transaction.set_rollback(True)
                writes = False
        if writes:
            written = [line.training_id for line in lines if line.outcome in (LineOutcome.CREATED, LineOutcome.CHANGED)]
            index_trainings(Training.objects.filter(pk__in=written))
        else:
            for line in lines:
                if line.outcome == LineOutcome.CREATED:
                    line.training_id = None  # undone
        run.lines.all().delete()
        ranks = list(LineOutcome)  # what asks for a correction comes first
        lines.sort(key=lambda line: (ranks.index(line.outcome), line.line))
        ImportLine.objects.bulk_create(lines, batch_size=1_000)
        counts = {f"{kind}_count": sum(line.outcome == kind for line in lines) for kind in LineOutcome.values}
        step = ImportStep.WRITE if writes else ImportStep.CHECK
        if CatalogueImport.objects.succeed(run.pk, step=step, ignored_columns=ignored, **counts):
            return True
        transaction.set_rollback(True)  # another worker took it up and finished
        return False


def _lines(run, records, writer, advance, *, keep):
    """What becomes of each record, one savepoint each; undone one by one unless it is kept."""
    lines = []
    for rank, record in enumerate(records):
        if rank % _EVERY == 0:
            advance(99 * rank // len(records))
        outcome, problems = Outcome(LineOutcome.REFUSED), []
        try:
            with transaction.atomic():
                outcome = writer.write(record)
                if not keep:
                    transaction.set_rollback(True)
        except Refused as refusal:
            problems = refusal.problems
        except IntegrityError:
            logger.warning("a record of catalogue import %s was refused by the database", run.pk)
            problems = [Problem(record.line, "formation", "la base la refuse : elle contredit une formation existante")]
        title = outcome.training.title if outcome.training else record.title
        lines.append(
            ImportLine(
                run=run,
                line=record.line,
                reference=record.number[:200],
                title=title[:255],
                outcome=outcome.kind,
                training_id=outcome.training.pk if outcome.training else None,
                changes=[text[:200] for text in outcome.changes],
                problems=[list(problem) for problem in problems],
            )
        )
    return lines


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_imports` asks again.
    transaction.on_commit(lambda: tasks.process_import.apply_async((pk,), retry=False), robust=True)
