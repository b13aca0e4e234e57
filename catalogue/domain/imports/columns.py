"""The columns of a table of trainings, one line for each session: the same to write it and to read it."""

from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalogue.models import PageContent, Training, TrainingAction, TrainingSession

CLEARED = "(vide)"  # an empty cell leaves what is there
_NOT_TYPED = {"updated_on"}
_HEADINGS = {
    (TrainingSession, "starts_on"): "début de la session",
    (TrainingSession, "ends_on"): "fin de la session",
    (TrainingSession, "recruitment"): "état de la session",
}
_TRAINING = (
    *("title", "unit", "kind", "perimeter", "recognition", "diploma_type", "domain", "level_before", "level_after"),
    *("duration_months", "nsf", "audiences", "certifications", "occupations", "formacodes"),
    *(item.name for item in PageContent._meta.get_fields() if item.name not in _NOT_TYPED),
)
_ACTION = (
    *("name", "rank", "teaching_mode", "entry_mode", "pace", "hours", "placement_weeks", "price", "is_cpf_eligible"),
    "fundings",
)
_SESSION = (
    *("starts_on", "ends_on", "enrolment_opens_on", "enrolment_closes_on", "exam_enrolment_opens_on"),
    *("exam_enrolment_closes_on", "exam_starts_on", "exam_ends_on", "recruitment"),
)


@dataclass(frozen=True)
class Column:
    """A heading, and the field it stands for; the field `number` is the reference of the row."""

    heading: str
    model: type[models.Model]
    name: str

    def text(self, row):
        """The cell for a row read from the database."""
        if self.name == "number":
            return row.number
        if self.name == "certifications":
            return " ".join(link.certification.code for link in row.certification_links.all())
        if self.name in ("occupations", "formacodes"):
            return " ".join(item.code for item in getattr(row, self.name).all())
        field, value = self.model._meta.get_field(self.name), getattr(row, self.name)
        if isinstance(field, ArrayField):
            labels = dict(field.base_field.choices)
            return ", ".join(str(labels.get(item, item)) for item in value)
        return cell(field, value)


def cell(field, value):
    """One value as a person reads it, and as the import understands it."""
    if value is None or value == "":
        return ""
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return "oui" if value else "non"
    if isinstance(field, models.DateField):
        return f"{value:%d/%m/%Y}"
    if isinstance(field, models.DecimalField):
        return f"{value:.2f}".replace(".", ",")
    return str(getattr(value, "name", value))


def _columns(model, names, number):
    yield Column(number, model, "number")
    for name in names:
        yield Column(_HEADINGS.get((model, name)) or str(model._meta.get_field(name).verbose_name), model, name)


COLUMNS = [
    *_columns(Training, _TRAINING, "référence"),
    *_columns(TrainingAction, _ACTION, "référence de la formule"),
    *_columns(TrainingSession, _SESSION, "référence de la session"),
]
