"""Make the catalogue say what a record of a file says.

A training that the public sees gets a draft, another one is changed at once, an unknown one is made. Nothing is ever
removed: what the file does not say stays.
"""

import re
from dataclasses import dataclass, field

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from catalogue.domain import drafts
from catalogue.domain.imports.columns import CLEARED, COLUMNS
from catalogue.domain.imports.records import Problem
from catalogue.enums import LineOutcome, RecruitmentState, TrainingState
from catalogue.models import (
    Certification,
    DiplomaType,
    Domain,
    Formacode,
    Occupation,
    OperatingUnit,
    Training,
    TrainingAction,
    TrainingCertification,
    TrainingSession,
)
from cned_portal.common.text import fold

_HEADINGS = {(column.model, column.name): column.heading for column in COLUMNS}
_LINKED = {"certifications": Certification, "occupations": Occupation, "formacodes": Formacode}
_NOT_ASSIGNED = {*_LINKED, "new_name"}
_LEVELS = (Training, TrainingAction, TrainingSession)
_ADDS = "+"  # first word of a list of codes that completes the one in place
_YES, _NO = {"oui", "vrai", "true", "1", "x"}, {"non", "faux", "false", "0"}
_CUT = "…"
REFERENCE_MAX = Training._meta.get_field("external_reference").max_length


class Refused(Exception):
    """The record cannot be written; `problems` says why."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__(str(problems))


@dataclass
class Outcome:
    """What a record became. `training` is None when it was refused or undone."""

    kind: LineOutcome
    training: Training | None = None
    changes: list[str] = field(default_factory=list)


class Writer:
    """Writes the records of one file: reads once the small nomenclatures that they name."""

    def __init__(self, *, unit, acting_user):
        self.unit, self.acting_user = unit, acting_user
        self._named = {
            "unit": _by_name(OperatingUnit, "code", "name", "slug"),
            "domain": _by_name(Domain, "name", "slug"),
            "diploma_type": _by_name(DiplomaType, "name", "slug"),
        }

    def write(self, record):
        """Write one training, in the transaction of the caller; raises Refused with every reason that was found."""
        unreadable = [*record.problems, *self._unreadable(record, *_LEVELS)]
        if unreadable:
            raise Refused(unreadable)
        if any(len(item.number) > REFERENCE_MAX for item in _everything(record)):
            raise Refused([Problem(record.line, "référence", f"dépasse {REFERENCE_MAX} caractères")])
        training = _find(record.number)
        if training is None:
            return self._create(record)
        if training.state == TrainingState.CLOSED:
            raise Refused([Problem(record.line, "référence", "cette formation est fermée")])
        if drafts.is_public(training):
            return self._draft(training, record)
        before = drafts.content_of(training)
        self._fill_training(training, record)
        after = drafts.content_of(training)
        if before == after:
            return Outcome(LineOutcome.UNCHANGED, training)
        training.updated_on = timezone.localdate()
        training.save(update_fields=["updated_on"])
        return Outcome(LineOutcome.CHANGED, training, drafts.changes_between(before, after, Training))

    def _unreadable(self, record, model, *below):
        """What cannot be read in a record and its parts: all of it, so that one correction is enough."""
        for name, text in record.values.items():
            if name not in _NOT_ASSIGNED:
                try:
                    self._value(model, _field(model, name), record.line, text)
                except Refused as refusal:
                    yield from refusal.problems
        for part in record.parts:
            yield from part.problems
            yield from self._unreadable(part, *below)

    def _draft(self, training, record):
        before = drafts.draft_content(training)
        with drafts.applied(training) as prepared:
            self._fill_training(prepared, record)
            after = drafts.content_of(prepared)
        if before == after:
            return Outcome(LineOutcome.UNCHANGED, training)
        drafts.save_draft(training, content=after, acting_user=self.acting_user)
        return Outcome(LineOutcome.CHANGED, training, drafts.changes_between(before, after, Training))

    def _create(self, record):
        problems = []
        if not record.title:
            problems.append(Problem(record.line, "intitulé", "obligatoire pour une nouvelle formation"))
        if self.unit is None and not record.values.get("unit"):
            problems.append(Problem(record.line, "unité", "obligatoire pour une nouvelle formation"))
        if problems:
            raise Refused(problems)
        training = Training(external_reference=record.number, unit=self.unit, updated_on=timezone.localdate())
        training.slug = _free_slug(record.title)
        self._fill_training(training, record)
        return Outcome(LineOutcome.CREATED, training)

    def _fill_training(self, training, record):
        values = dict(record.values)
        if "kind" in values and training.pk is not None:
            self._same_kind(training, record, values.pop("kind"))
        self._fill(training, record, values)
        if training.is_central_project and (record.parts or "certifications" in values):
            raise Refused(
                [Problem(record.line, "nature", "un projet central n’a ni tarif, ni session, ni certification")]
            )
        for name in ("occupations", "formacodes"):
            if name in values:
                rows, adds = self._rows(record, name, values[name])
                if adds:
                    getattr(training, name).add(*rows)
                else:
                    getattr(training, name).set(rows)
        if "certifications" in values:
            rows, _ = self._rows(record, "certifications", values["certifications"])
            linked = set(training.certification_links.values_list("certification_id", flat=True))
            for certification in rows:
                if certification.pk not in linked:
                    TrainingCertification.objects.create(training=training, certification=certification)
        known = list(training.actions.order_by("pk"))
        for part in record.parts:
            self._action(training, part, known)

    def _same_kind(self, training, record, text):
        field_ = Training._meta.get_field("kind")
        if self._value(Training, field_, record.line, text) != training.kind:
            raise Refused([Problem(record.line, "nature", "ne change plus une fois la formation créée")])

    def _action(self, training, record, known):
        name = record.values.get("name", "")
        action = next((row for row in known if record.number and row.number == record.number), None)
        action = action or next((row for row in known if name and row.name == name), None)
        values = dict(record.values)
        if action is None:
            action = TrainingAction(training=training, external_reference=record.number, rank=len(known) + 1)
            action.name = values.get("new_name", "")
            known.append(action)
        elif values.get("new_name") and values.get("pace") == action.name:
            values.pop("pace")  # LHEO asks for a pace: where we have none, our export gives the name
        self._fill(action, record, values)
        sessions = list(action.sessions.order_by("pk"))
        for part in record.parts:
            self._session(action, part, sessions)

    def _session(self, action, record, known):
        values = dict(record.values)
        session = next((row for row in known if record.number and row.number == record.number), None)
        if session is None:
            start = values.get("starts_on")
            day = self._value(TrainingSession, _field(TrainingSession, "starts_on"), record.line, start or CLEARED)
            session = next((row for row in known if row.starts_on == day), None)
        if session is None:
            session = TrainingSession(action=action, external_reference=record.number)
            known.append(session)
        self._fill(session, record, values)

    def _fill(self, row, record, values):
        """Assign, check as the admin would, save when something differs."""
        model, changed = type(row), row.pk is None
        for name, text in values.items():
            if name in _NOT_ASSIGNED:
                continue
            model_field = _field(model, name)
            value = self._value(model, model_field, record.line, text)
            if not _same(row, name, value):
                setattr(row, model_field.attname if isinstance(model_field, models.ForeignKey) else name, value)
                changed = True
        if changed:
            _check(row, record.line)
            row.save()

    def _value(self, model, model_field, line, text):
        """Python value of what is typed for a field."""
        name = _label(model, model_field)
        if text == CLEARED:
            return [] if isinstance(model_field, ArrayField) else None if model_field.null else ""
        try:
            return self._read(model_field, text)
        except ValidationError as error:
            raise Refused([Problem(line, name, " ".join(error.messages))]) from error

    def _read(self, model_field, text):
        if isinstance(model_field, models.ForeignKey):
            return _among(self._named[model_field.name], text)
        if isinstance(model_field, ArrayField):
            choices = _choices(model_field.base_field)
            return [_among(choices, item.strip()) for item in re.split(r"[,;|\n]", text) if item.strip()]
        if model_field.choices:
            return _among(_choices(model_field), text)
        if isinstance(model_field, models.BooleanField):
            return _yes(text)
        if isinstance(model_field, models.DecimalField):
            text = re.sub(r"[\s\u00a0\u202f€]", "", text).replace(",", ".")
        return model_field.formfield(localize=False).clean(text)

    def _rows(self, record, name, text):
        """(rows of a nomenclature, whether they complete what is there) from codes."""
        codes = [code.upper() for code in re.split(r"[\s,;|]+", text) if code]
        adds = codes[:1] == [_ADDS]
        codes = [] if text == CLEARED else codes[1:] if adds else codes
        rows = list(_LINKED[name].objects.filter(code__in=codes))
        unknown = sorted(set(codes) - {row.code for row in rows})
        if unknown:
            label = _HEADINGS[Training, name]
            raise Refused([Problem(record.line, label, f"codes inconnus du référentiel : {', '.join(unknown)}")])
        return rows, adds


def _everything(record):
    yield record
    for part in record.parts:
        yield from _everything(part)


def _find(number):
    training = Training.objects.filter(external_reference=number).first()
    return training or Training.objects.filter(slug=number).first()


def _free_slug(title):
    base = slugify(title.replace("’", " "))[:190] or "formation"
    taken = set(Training.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    wished = [base, *(f"{base}-{rank}" for rank in range(2, len(taken) + 2))]
    return next(slug for slug in wished if slug not in taken)


def _same(row, name, value):
    """Whether the row already says so: what an exchange format cut short is not another text."""
    current = getattr(row, _field(type(row), name).attname)
    if isinstance(value, str) and isinstance(current, str):
        current, value = current.replace("\r\n", "\n"), value.replace("\r\n", "\n")
        is_cut = value.endswith(_CUT) or (name == "nsf" and value)
        return current == value or bool(is_cut and current.startswith(value.removesuffix(_CUT).rstrip()))
    if current == value:
        return True
    # An exchange format says closed where our dates say that one may not enrol today.
    if name == "recruitment" and row.pk is not None and value == RecruitmentState.CLOSED:
        return current == RecruitmentState.OPEN and not row.is_open()
    return False


def _check(row, line):
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused(
            [
                Problem(line, _label(type(row), None if name == NON_FIELD_ERRORS else _field(type(row), name)), text)
                for name, texts in error.message_dict.items()
                for text in texts
            ]
        ) from error


def _field(model, name):
    return model._meta.get_field(name)


def _label(model, model_field):
    if model_field is None:
        return str(model._meta.verbose_name)
    return _HEADINGS.get((model, model_field.name)) or str(model_field.verbose_name)


def _by_name(model, *names):
    return {fold(str(getattr(row, name))): row.pk for row in model.objects.all() for name in names}


def _choices(model_field):
    found = {fold(str(label)): value for value, label in model_field.choices}
    return found | {fold(str(value)): value for value, _ in model_field.choices}


def _among(known, text):
    if fold(text) not in known:
        raise ValidationError(f"« {text[:80]} » n’est pas de la liste.")
    return known[fold(text)]


def _yes(text):
    if fold(text) in _YES | _NO:
        return fold(text) in _YES
    raise ValidationError("Écrivez « oui » ou « non ».")
