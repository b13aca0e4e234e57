"""A table of confirmed results, as staff receive them: every line is checked by writing it, all or nothing."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from cned_portal.common.refusals import Refusal
from cned_portal.common.spreadsheets import UnreadableFile, read_table
from cned_portal.common.text import fold
from cned_portal.common.verbs import verb
from exams.domain.outcomes import Verdict, confirm_result
from exams.domain.registrations import Candidacy, declare_registration
from exams.enums import ALL, NATIONAL, SERIES_OF, Academy, Honours, Origin, Outcome, Papers, Regime, Series
from exams.models import BacRegistration, ExamSession
from learners.models import LearnerProfile

NUMBER, SESSION, OUTCOME = "numéro d’apprenant", "session", "résultat"
HONOURS, AVERAGE, ACADEMY = "mention", "moyenne", "académie"
SERIES, REGIME = "série", "inscription au Cned"  # for those who announced nothing
OBLIGATORY = (NUMBER, SESSION, OUTCOME)
HEADINGS = (*OBLIGATORY, HONOURS, AVERAGE, ACADEMY, SERIES, REGIME)
MOST_LINES = 2_000


@dataclass(frozen=True)
class RefusedLine:
    line: int
    column: str
    reason: str


@dataclass
class ImportReport:
    """What an import did, or would do."""

    lines: int = 0
    created: int = 0  # registrations that nobody had announced
    confirmed: int = 0
    unchanged: int = 0
    refused: list[RefusedLine] = field(default_factory=list)


class ImportRefused(Refusal):
    """Some lines were refused, so nothing was kept: `report`."""

    def __init__(self, report):
        self.report = report
        super().__init__("Rien n’est enregistré : corrigez les lignes refusées.")


class _Refused(Exception):
    def __init__(self, column, reason):
        self.column, self.reason = column, reason
        super().__init__(reason)


@verb
def import_results(content, *, source, acting_user, dry_run=False):
    """Confirm the results of a table, from its bytes; an ImportReport. Imported again, it changes nothing.

    Raises UnreadableFile, and ImportRefused when a line is wrong. With `dry_run` everything is checked, the refused
    lines are in the report, and nothing is kept.
    """
    lines = _read(content)
    report = ImportReport(lines=len(lines))
    numbers = {cells[NUMBER].replace(" ", "") for _, cells in lines}
    files = LearnerProfile.objects.select_related("user").filter(number__in=numbers, anonymised_at=None)
    learners = {learner.number: learner for learner in files}
    sessions = {str(session.year): session for session in ExamSession.objects.all()}
    seen = {}
    for line, cells in lines:
        try:
            learner = learners.get(cells[NUMBER].replace(" ", ""))
            if learner is None or not learner.is_open:
                raise _Refused(NUMBER, "aucun dossier ouvert n’a ce numéro")
            session = sessions.get(cells[SESSION])
            if session is None:
                raise _Refused(SESSION, "cette session n’est pas connue")
            if (first := seen.setdefault((learner.pk, session.pk), line)) != line:
                raise _Refused("", f"cette personne est déjà à la ligne {first}")
            _write(learner, session, cells, source, report, acting_user)
        except _Refused as refusal:
            report.refused.append(RefusedLine(line, refusal.column, refusal.reason))
        except Refusal as refusal:
            report.refused.append(RefusedLine(line, "", str(refusal)))
    if dry_run:
        transaction.set_rollback(True)
    elif report.refused:
        raise ImportRefused(report)
    return report


def _read(content):
    table = read_table(content)
    known = {_code(name): name for name in HEADINGS}
    columns = {heading: known[_code(heading)] for heading in table.headings if _code(heading) in known}
    missing = [name for name in OBLIGATORY if name not in columns.values()]
    if missing:
        raise UnreadableFile(f"Il manque une colonne : {', '.join(missing)}.")
    lines = []
    for line, texts in table.lines:
        if len(lines) == MOST_LINES:
            raise UnreadableFile(f"Le fichier a plus de {MOST_LINES} lignes : découpez-le.")
        cells = dict.fromkeys(HEADINGS, "")
        lines.append((line, cells | {name: texts[heading].strip() for heading, name in columns.items()}))
    if not lines:
        raise UnreadableFile("Le fichier ne contient aucune ligne.")
    return lines


def _write(learner, session, cells, source, report, acting_user):
    verdict = Verdict(
        outcome=_choice(Outcome, cells, OUTCOME),
        honours=_choice(Honours, cells, HONOURS),
        average=_average(cells[AVERAGE]),
    )
    academy = _choice(Academy, cells, ACADEMY)
    if academy == NATIONAL:
        raise _Refused(ACADEMY, "un candidat dépend d’une académie")
    if not verdict.outcome:
        raise _Refused(OUTCOME, "valeur absente")
    registration = (
        BacRegistration.objects.live()
        .filter(learner=learner, session=session, papers=Papers.FINAL)
        .prefetch_related("results")
        .first()
    )
    is_new = registration is None
    if is_new:
        registration = declare_registration(
            learner, _candidacy(session, cells, academy), is_made=True, acting_user=acting_user
        )
    held = {result.origin: result for result in registration.results.all()}.get(Origin.CONFIRMED)
    before = held and (held.outcome, held.honours, held.average, held.source)
    result = confirm_result(registration, verdict, source=source, academy=academy, acting_user=acting_user)
    report.created += is_new
    if before == (result.outcome, result.honours, result.average, result.source):
        report.unchanged += 1
    else:
        report.confirmed += 1


def _candidacy(session, cells, academy):
    series = _choice(Series, cells, SERIES)
    regime = _choice(Regime, cells, REGIME)
    if not series or series == ALL or not regime:
        raise _Refused(SERIES, f"cette inscription n’est pas annoncée : donnez « {SERIES} » et « {REGIME} »")
    pathway = next(pathway for pathway, offered in SERIES_OF.items() if series in offered)
    return Candidacy(
        session=session, papers=Papers.FINAL, regime=regime, pathway=pathway, series=series, academy=academy
    )


def _code(text):
    """« Numéro d’apprenant » and « numero_d_apprenant » are the same."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _choice(choices, cells, column):
    """The value that a cell names, by its code or its label; empty for an empty cell."""
    code = _code(cells[column])
    if not code:
        return ""
    known = {_code(name): value for value, label in choices.choices for name in (value, label)}
    if choices is Honours:
        known |= {code.removeprefix("mention-"): value for code, value in known.items()} | {"sans-mention": ""}
    if code not in known:
        raise _Refused(column, f"valeur inconnue : « {cells[column][:60]} »")
    return known[code]


def _average(text):
    if not text:
        return None
    found = re.fullmatch(r"[0-9]{1,2}([.,][0-9]{1,2})?", text)
    if not found:
        raise _Refused(AVERAGE, "une moyenne sur 20 s’écrit par exemple 12,35")
    return Decimal(text.replace(",", "."))
