"""Loading DEPP's reference results: all or nothing, twice without double, every refused line explained."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction

from cned_portal.common.verbs import verb
from exams.domain.depp_file import RefusedLine, UnreadableFile, examine, read_lines
from exams.enums import Release
from exams.models import COUNTS, ExamSession, ReferenceLoad, ReferenceResult

SOURCE = "DEPP, data.education.gouv.fr, « Baccalauréat par académie », Licence Ouverte 2.0"
BATCH = 1_000
KEY_FIELDS = ("academy", "status", "sex", "pathway", "series")
UNIQUE_FIELDS = ["session", "release", *KEY_FIELDS]
LOCK = 7_310_452  # any number of ours: one load at a time


@dataclass
class LoadReport:
    """What a load did, or would do."""

    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    load: ReferenceLoad | None = None  # None when nothing was kept, or when there was nothing new to keep


class LoadRefused(Exception):
    """Some lines were refused, so nothing was kept."""

    def __init__(self, report):
        self.report = report
        super().__init__(f"{len(report.refused)} lignes refusées")


@verb
def load_results(
    path,
    *,
    acting_user,
    release=Release.DEFINITIVE,
    source=SOURCE,
    keep_good_lines=False,
    dry_run=False,
):
    """Load the file at `path` and return a LoadReport.

    Raises UnreadableFile, or LoadRefused when a line is wrong, unless `keep_good_lines`. Running it again adds nothing;
    changed figures are corrected and counted. With `dry_run` everything is checked and nothing is kept.
    """
    path = Path(path)
    facts = examine(path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    load = ReferenceLoad(file_name=path.name[:255], sha256=facts.sha256, source=source, release=release)
    report = LoadReport()
    writer = _Writer(load, report)
    for item in read_lines(path, facts.encoding):
        report.lines += 1
        if isinstance(item, RefusedLine):
            report.refused.append(item)
        else:
            writer.add(item)
    if report.lines == 0:
        raise UnreadableFile("Le fichier ne contient aucun résultat.")
    if report.refused and not keep_good_lines:
        raise LoadRefused(report)
    writer.flush()
    if dry_run:
        transaction.set_rollback(True)
    elif report.created or report.updated:
        load.lines, load.refused = report.lines, len(report.refused)
        load.created, load.updated, load.unchanged = report.created, report.updated, report.unchanged
        load.save()
        report.load = load
    return report


class _Writer:
    """Compare with what the database holds, session by session, and write in batches."""

    def __init__(self, load, report):
        self.load, self.report = load, report
        self.sessions = {}
        self.known = {}
        self.seen = {}
        self.waiting = []

    def add(self, item):
        if (first := self.seen.setdefault(item.key, item.line)) != item.line:
            reason = f"ces candidats sont déjà comptés à la ligne {first}"
            self.report.refused.append(RefusedLine(item.line, "", "", reason))
            return
        year, *key = item.key
        session = self._session(year)
        held = self.known.get(item.key)
        if held == item.counts:
            self.report.unchanged += 1
            return
        if held is None:
            self.report.created += 1
        else:
            self.report.updated += 1
        values = dict(zip(KEY_FIELDS, key, strict=True)) | dict(zip(COUNTS, item.counts, strict=True))
        self.waiting.append(ReferenceResult(session=session, release=self.load.release, load=self.load, **values))
        if len(self.waiting) >= BATCH:
            self.flush()

    def _session(self, year):
        if year not in self.sessions:
            self.sessions[year], _ = ExamSession.objects.get_or_create(year=year)
            rows = ReferenceResult.objects.filter(session=self.sessions[year], release=self.load.release)
            for row in rows.values_list(*KEY_FIELDS, *COUNTS):
                self.known[(year, *row[: len(KEY_FIELDS)])] = row[len(KEY_FIELDS) :]
        return self.sessions[year]

    def flush(self):
        if not self.waiting:
            return
        if self.load.pk is None:  # counted at the end: the rows need its key now
            self.load.lines = self.load.created = self.load.updated = self.load.unchanged = self.load.refused = 0
            self.load.save()
        ReferenceResult.objects.bulk_create(
            self.waiting,
            update_conflicts=True,
            unique_fields=UNIQUE_FIELDS,
            update_fields=["load", *COUNTS],
        )
        self.waiting = []
