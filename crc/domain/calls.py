"""Telephone counts, read from the switchboard's daily file."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from cned_portal.common.spreadsheets import UnreadableFile, read_table
from cned_portal.common.text import words
from cned_portal.common.verbs import verb
from crc.domain.refusals import Refusal
from crc.enums import Public
from crc.models import CallCount

BATCH = 1_000
MOST_LINES = 5_000
COLUMNS = {  # heading in the file: field
    "Jour": "day",
    "Ligne": "line",
    "Public": "public",
    "Appels présentés": "offered",
    "Appels décrochés": "answered",
    "Décrochés dans le délai": "answered_in_time",
    "Délai (secondes)": "threshold_seconds",
    "Appels abandonnés": "abandoned",
    "Durée moyenne (secondes)": "mean_talk_seconds",
}
OPTIONAL = {"public", "mean_talk_seconds"}
_FIGURES = [name for name in COLUMNS.values() if name not in {"day", "line"}]
_HEADINGS = {field: heading for heading, field in COLUMNS.items()}


@dataclass(frozen=True)
class RefusedLine:
    line: int
    field: str
    reason: str


class CallsRefused(Refusal):
    """Lines of the file are wrong: nothing was written. `lines` says which and why."""

    def __init__(self, lines):
        self.lines = lines
        super().__init__("Le fichier comporte des erreurs : rien n’a été enregistré.")


@dataclass(frozen=True)
class CallsReport:
    added: int
    changed: int
    unchanged: int


def import_calls(content, *, acting_user):
    """Write the counts of a CSV or XLSX file, from its bytes: all its lines or none.

    A day and line already known are updated; the same file run again writes nothing. Raises UnreadableFile for
    something else than the table, CallsRefused with every wrong line.
    """
    return record_calls(_read(content), acting_user=acting_user)


@verb
def record_calls(counts, *, acting_user):
    """Write counts, by day and line; those that already say the same are left alone."""
    known = {
        (row.day, row.line): row
        for row in CallCount.objects.filter(day__in={count.day for count in counts}).order_by("pk")
    }
    changed = [
        count
        for count in counts
        if (count.day, count.line) in known and _figures(count) != _figures(known[count.day, count.line])
    ]
    fresh = [count for count in counts if (count.day, count.line) not in known]
    CallCount.objects.bulk_create(
        [*fresh, *changed],
        update_conflicts=True,
        unique_fields=["day", "line"],
        update_fields=_FIGURES,
        batch_size=BATCH,
    )
    return CallsReport(len(fresh), len(changed), len(counts) - len(fresh) - len(changed))


def _figures(count):
    return [getattr(count, name) for name in _FIGURES]


def _read(content):
    table = read_table(content)
    known = {_folded(heading): field for heading, field in COLUMNS.items()}
    columns = {heading: known[_folded(heading)] for heading in table.headings if _folded(heading) in known}
    missing = [_HEADINGS[field] for field in _HEADINGS if field not in {*columns.values(), *OPTIONAL}]
    if missing:
        raise UnreadableFile(f"Colonnes absentes : {', '.join(missing)}.")
    counts, refused, seen = [], [], {}
    for number, cells in table.lines:
        if len(seen) >= MOST_LINES:
            raise UnreadableFile(f"Le fichier a plus de {MOST_LINES} lignes.")
        texts = {columns[heading]: text.strip() for heading, text in cells.items() if heading in columns}
        count, problems = _count(texts)
        key = (count.day, count.line) if not problems else number
        if key in seen:
            problems = {"line": f"cette ligne et ce jour sont déjà à la ligne {seen[key]} du fichier"}
        seen.setdefault(key, number)
        refused += [RefusedLine(number, _HEADINGS[field], reason) for field, reason in problems.items()]
        counts.append(count)
    if refused:
        raise CallsRefused(refused)
    if not counts:
        raise UnreadableFile("Le fichier ne contient aucune ligne d’appels.")
    return counts


def _count(texts):
    """(count of a line, what is wrong with it by field)."""
    values, problems = {}, {}
    for field, read in _READERS.items():
        text = texts.get(field, "")
        try:
            if not text and field not in OPTIONAL:
                raise ValueError("obligatoire")
            values[field] = read(text)
        except ValueError as error:
            problems[field] = str(error)
    count = CallCount(**values)
    if not problems:
        try:
            count.clean_fields()
            count.clean()
        except ValidationError as error:
            problems = {field: " ".join(messages) for field, messages in error.message_dict.items()}
    return count, problems


def _day(text):
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, shape).date()
        except ValueError:
            continue
    raise ValueError("date attendue, comme 31/12/2026")


def _number(text):
    digits = re.sub(r"[\s\u00a0\u202f]", "", text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise ValueError("nombre entier attendu")
    return int(digits)


def _public(text):
    known = {_folded(word): value for value, label in Public.choices for word in (value, label)}
    if text and _folded(text) not in known:
        raise ValueError("public inconnu : " + ", ".join(Public.values))
    return known[_folded(text)] if text else ""


def _folded(text):
    return " ".join(words(text))


_READERS = {
    "day": _day,
    "line": str,
    "public": _public,
    "offered": _number,
    "answered": _number,
    "answered_in_time": _number,
    "threshold_seconds": _number,
    "abandoned": _number,
    "mean_talk_seconds": lambda text: _number(text) if text else None,
}
