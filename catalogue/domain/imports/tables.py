"""Trainings of a CSV or XLSX table, one line for each session; lines with one reference are one training."""

from catalogue.domain.imports.columns import COLUMNS
from catalogue.domain.imports.records import Problem, Record
from catalogue.models import Training, TrainingAction, TrainingSession
from cned_portal.common.spreadsheets import UnreadableFile, read_table
from cned_portal.common.text import words

_KEYS = {TrainingAction: "name", TrainingSession: "starts_on"}


def read(content):
    """(records, columns that mean nothing) of the file's bytes; raises UnreadableFile."""
    table = read_table(content)
    known = {_folded(column.heading): column for column in COLUMNS}
    columns = {heading: known[_folded(heading)] for heading in table.headings if _folded(heading) in known}
    reference = COLUMNS[0]
    if reference not in columns.values():
        raise UnreadableFile(f"La colonne « {reference.heading} » manque : partez du modèle de tableau.")
    records = {}
    for line, cells in table.lines:
        texts = {columns[heading]: text.strip() for heading, text in cells.items() if heading in columns}
        number = texts.pop(reference)
        if not number:
            problem = Problem(line, reference.heading, "obligatoire")
            records[line] = Record(line, values=_values(texts, Training), problems=[problem])
            continue
        _take(records.setdefault(number, Record(line, number)), line, texts)
    return list(records.values()), [heading for heading in table.headings if heading and heading not in columns]


def _take(training, line, texts):
    _say(training, line, texts, Training)
    owner = training
    for model in (TrainingAction, TrainingSession):
        values = _values(texts, model)
        number = values.pop("number", "")
        if not values and not number:
            return
        key = {_KEYS[model]: values.get(_KEYS[model])}
        owner = owner.part(number, key, line)
        _say(owner, line, texts, model)


def _say(record, line, texts, model):
    for column, text in texts.items():
        if column.model is model and column.name != "number" and text:
            record.say(line, column.name, column.heading, text)


def _values(texts, model):
    return {column.name: text for column, text in texts.items() if column.model is model and text}


def _folded(heading):
    return " ".join(words(heading))
