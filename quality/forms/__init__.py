"""What people type: the answers to a survey, the wish for a report, the choices of a referential's reader."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from dsfr.forms import DsfrBaseForm

from crc.domain.queries.periods import previous_month
from crc.models import Service
from quality.enums import Category, Condition, QuestionKind
from quality.models import ReferentialVersion

SCORE_LABELS = {5: "5, très satisfaisant", 4: "4", 3: "3", 2: "2", 1: "1, pas du tout satisfaisant"}
MONTHS_OFFERED = 24
TEXT_MAX_LENGTH = 2000


class SurveyForm(DsfrBaseForm):
    """The questions of a survey, in their order."""

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        self.questions = {f"q{question.pk}": question for question in questions}
        for name, question in self.questions.items():
            self.fields[name] = _field(question)
        for field in self.visible_fields():
            if isinstance(field.field.widget, forms.Textarea):
                field.field.widget.attrs["class"] = "fr-input"

    def answers(self):
        """{question: (field of the answer, value)}, what was left empty left out."""
        given = {}
        for name, question in self.questions.items():
            value = self.cleaned_data[name]
            if value in ("", None):
                continue
            if question.kind == QuestionKind.SCORE:
                given[question] = ("score", int(value))
            elif question.kind == QuestionKind.YES_NO:
                given[question] = ("yes", value == "oui")
            else:
                given[question] = ("text", value)
        return given


def _field(question):
    common = {"label": question.label, "required": question.is_required}
    if question.kind == QuestionKind.TEXT:
        return forms.CharField(
            **common,
            max_length=TEXT_MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text="Ne donnez ici ni nom ni information de santé.",
        )
    choices = SCORE_LABELS.items() if question.kind == QuestionKind.SCORE else [("oui", "Oui"), ("non", "Non")]
    return forms.ChoiceField(
        **common,
        choices=list(choices),
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une réponse."},
    )


def months_offered():
    """The months one may ask a report of, the latest first."""
    month, months = timezone.localdate().replace(day=1), []
    for _ in range(MONTHS_OFFERED):
        months.append(month)
        month = previous_month(month)
    return months


class MonthForm(DsfrBaseForm):
    """A month, and a service or all of them. Read from the address or posted."""

    mois = forms.ChoiceField(label="Mois")
    service = forms.ModelChoiceField(
        Service.objects.none(), label="Service", required=False, empty_label="Tous les services", to_field_name="code"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mois"].choices = [(f"{month:%Y-%m}", _in_words(month)) for month in months_offered()]
        self.fields["service"].queryset = Service.objects.active().filter(is_restricted=False).order_by("name")

    def clean_mois(self):
        year, month = map(int, self.cleaned_data["mois"].split("-"))
        return date(year, month, 1)


def _in_words(month):
    return date_format(month, "F Y").capitalize()


class ApplicabilityForm(DsfrBaseForm):
    """Date of the audit, categories of the institution's actions, conditions: everything in the address."""

    date = forms.DateField(label="Date de l’audit", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    categories = forms.MultipleChoiceField(
        label="Catégories d’action", choices=Category, required=False, widget=forms.CheckboxSelectMultiple
    )
    conditions = forms.MultipleChoiceField(
        label="Situations", choices=Condition, required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean_date(self):
        day = self.cleaned_data["date"]
        if ReferentialVersion.objects.at(day) is None:
            raise forms.ValidationError("Aucun référentiel n’était en vigueur à cette date.")
        return day
