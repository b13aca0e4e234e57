"""National nomenclatures, read from their public files: RNCP and RS, ROME, Formacode.

A load adds what is new and updates what changed, by sets of rows; run again on the same file, it writes nothing. A line
that cannot be read is refused with its number, its field and the reason; the others are loaded.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from catalogue.domain.indexing import reindex
from catalogue.enums import Level
from catalogue.models import Certification, Formacode, Occupation
from cned_portal.common.spreadsheets import UnreadableFile, read_table
from cned_portal.common.verbs import verb

BATCH = 1_000
_SEPARATOR = "###"


@dataclass
class LoadReport:
    """`refused`: (line, field, reason)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


@verb
def load_certifications(content, *, acting_user):
    """Codes, titles and levels of the RNCP and of the RS (columns `code`, `intitule`, `niveau`), from the file's bytes.

    Certifier and dates, which the file does not hold, stay as they are.
    """
    report, rows = LoadReport(), {}
    for line, row in _lines(content, ("code", "intitule", "niveau")):
        level = re.fullmatch(r"Niveau ([0-9])", row["niveau"].strip())
        known = int(level[1]) if level and int(level[1]) in Level.values else None
        values = {"code": row["code"].strip().upper(), "title": row["intitule"].strip(), "level": known}
        _take(report, rows, Certification, line, values)
    return _write(report, Certification, rows)


@verb
def load_occupations(content, names_content=b"", *, acting_user):
    """Jobs of the ROME (columns `code_rome`, `libelle_rome`) and, from a second file, the names people give them."""
    report, rows, names = LoadReport(), {}, defaultdict(list)
    if names_content:
        for _, row in _lines(names_content, ("code_rome", "libelle_appellation_long")):
            names[row["code_rome"].strip()].append(row["libelle_appellation_long"].strip())
    for line, row in _lines(content, ("code_rome", "libelle_rome")):
        values = {"code": row["code_rome"].strip(), "label": row["libelle_rome"].strip()}
        if names_content:
            values["names"] = sorted({name for name in names[values["code"]] if 0 < len(name) <= 200})
        _take(report, rows, Occupation, line, values)
    return _write(report, Occupation, rows)


@verb
def load_formacodes(content, *, acting_user):
    """Terms of the Formacode with their synonyms (columns of Centre Inffo's file)."""
    report, rows = LoadReport(), {}
    columns = ("Code du Terme", "Descripteur en typo riche", "Synonymes", "Synonymes métier")
    for line, row in _lines(content, columns):
        synonyms = [part.strip() for name in columns[2:] for part in row[name].split(_SEPARATOR)]
        values = {
            "code": row["Code du Terme"].strip(),
            "label": row["Descripteur en typo riche"].strip(),
            "synonyms": sorted({synonym for synonym in synonyms if 0 < len(synonym) <= 200}),
        }
        _take(report, rows, Formacode, line, values)
    return _write(report, Formacode, rows)


def _lines(content, columns):
    """(line number, row) of the file, whose columns are all there."""
    table = read_table(content)
    missing = [name for name in columns if name not in table.headings]
    if missing:
        raise UnreadableFile(f"Colonnes absentes : {', '.join(missing)}.")
    return table.lines


def _take(report, rows, model, line, values):
    """Keep the values of a line, or say what is wrong with them; the first line of a code wins."""
    if values["code"] in rows:
        report.refused.append((line, "code", "déjà présent plus haut dans le fichier"))
        return
    try:
        model(**values).clean_fields(exclude=[item.name for item in model._meta.fields if item.name not in values])
    except ValidationError as refusal:
        for name, messages in refusal.message_dict.items():
            report.refused.append((line, str(model._meta.get_field(name).verbose_name), " ".join(messages)))
        return
    rows[values["code"]] = values


def _write(report, model, rows):
    fields = next(iter(rows.values()), {}).keys() - {"code"}
    known = {row["code"]: row for row in model.objects.filter(code__in=rows).values("code", *fields)}
    changed = [values for code, values in rows.items() if code in known and known[code] != values]
    fresh = [values for code, values in rows.items() if code not in known]
    if fresh or changed:
        model.objects.bulk_create(
            [model(**values) for values in (*fresh, *changed)],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=sorted(fields),
            batch_size=BATCH,
        )
    report.added, report.changed = len(fresh), len(changed)
    report.unchanged = len(rows) - len(fresh) - len(changed)
    if changed:
        reindex()
    return report
