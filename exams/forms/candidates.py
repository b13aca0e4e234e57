"""What a candidate says of their registration and of their result; the API judges by the same forms."""

from django import forms
from django.core.exceptions import ValidationError
from dsfr.forms import DsfrBaseForm

from exams.domain.outcomes import Verdict
from exams.domain.registrations import Candidacy, declarable_sessions
from exams.enums import (
    NATIONAL,
    SERIES_OF,
    Academy,
    Honours,
    Outcome,
    Papers,
    Pathway,
    Regime,
    Series,
    Speciality,
)
from exams.validators import check_result, check_study

YES, NO = "oui", "non"
OFFERED_ACADEMIES = [(value, label) for value, label in Academy.choices if value != NATIONAL]


def _study(pathway, series):
    return f"{pathway}:{series}"


STUDIES = [
    (
        pathway.label,
        [(_study(pathway, series), series.label) for series in Series if series in SERIES_OF[pathway]],
    )
    for pathway in Pathway
]


class SessionField(forms.ModelChoiceField):
    """A session by its year, in addresses too: keys of rows mean nothing to a person."""

    def __init__(self, **kwargs):
        super().__init__(declarable_sessions(), to_field_name="year", empty_label="Choisissez", **kwargs)

    def label_from_instance(self, session):
        return f"Session {session.year}"


class CandidacyForm(DsfrBaseForm):
    """The papers that one sits, and whether the registration is made."""

    session = SessionField(
        label="Session",
        help_text="L’année où vous passez ces épreuves.",
        error_messages={
            "required": "Choisissez la session.",
            "invalid_choice": "Cette session n’est pas une de celles que l’on peut annoncer aujourd’hui.",
        },
    )
    papers = forms.ChoiceField(
        label="Épreuves",
        choices=Papers,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez les épreuves que vous passez."},
    )
    regime = forms.ChoiceField(
        label="Votre inscription au Cned",
        help_text="C’est elle qui décide de qui vous inscrit au baccalauréat.",
        choices=Regime,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez votre inscription au Cned."},
    )
    study = forms.ChoiceField(
        label="Voie et série",
        choices=[("", "Choisissez"), *STUDIES],
        error_messages={
            "required": "Choisissez votre voie et votre série.",
            "invalid_choice": "Cette série n’est pas de cette voie.",
        },
    )
    specialities = forms.MultipleChoiceField(
        label="Spécialités de terminale (facultatif)",
        help_text="Voie générale seulement : deux au plus.",
        choices=Speciality,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    academy = forms.ChoiceField(
        label="Académie (facultatif)",
        help_text="Celle où vous passez les épreuves. Elle fixe les dates d’inscription.",
        choices=[("", "Je ne sais pas encore"), *OFFERED_ACADEMIES],
        required=False,
        error_messages={"invalid_choice": "Cette académie n’est pas connue."},
    )
    is_made = forms.ChoiceField(
        label="L’inscription auprès de l’académie est-elle faite ?",
        choices=[(YES, "Oui, elle est faite"), (NO, "Non, pas encore")],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si l’inscription est faite."},
    )

    @staticmethod
    def initial_of(registration):
        return {
            "session": registration.session.year,
            "papers": registration.papers,
            "regime": registration.regime,
            "study": _study(registration.pathway, registration.series),
            "specialities": registration.specialities,
            "academy": registration.academy,
            "is_made": YES if registration.is_made else NO,
        }

    def clean(self):
        data = super().clean()
        if data.get("study") and "specialities" in data:
            try:
                check_study(*data["study"].split(":"), data["specialities"])
            except ValidationError as error:
                self.add_error(None, error)
        return data

    @property
    def said(self):
        """What the verbs take."""
        data = dict(self.cleaned_data)
        pathway, series = data.pop("study").split(":")
        is_made = data.pop("is_made") == YES
        data["specialities"] = tuple(data["specialities"])
        return {"candidacy": Candidacy(pathway=pathway, series=series, **data), "is_made": is_made}


class ResultForm(DsfrBaseForm):
    """The decision of the jury."""

    outcome = forms.ChoiceField(
        label="Résultat",
        choices=Outcome,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le résultat."},
    )
    honours = forms.ChoiceField(
        label="Mention (facultatif)",
        help_text="Au 1er groupe seulement.",
        choices=[("", "Sans mention"), *Honours.choices],
        required=False,
    )
    average = forms.DecimalField(
        label="Moyenne sur 20 (facultatif)",
        help_text="Avec une virgule, par exemple 12,35.",
        min_value=0,
        max_value=20,
        max_digits=4,
        decimal_places=2,
        localize=True,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={
            "invalid": "Écrivez une moyenne sur 20, par exemple 12,35.",
            "min_value": "Une moyenne va de 0 à 20.",
            "max_value": "Une moyenne va de 0 à 20.",
            "max_digits": "Écrivez une moyenne sur 20, par exemple 12,35.",
            "max_decimal_places": "Deux décimales au plus.",
            "max_whole_digits": "Une moyenne va de 0 à 20.",
        },
    )

    @staticmethod
    def initial_of(result):
        if result is None:
            return {}
        return {"outcome": result.outcome, "honours": result.honours, "average": result.average}

    def clean(self):
        data = super().clean()
        if data.get("outcome") and {"honours", "average"} <= data.keys():
            try:
                check_result(data["outcome"], data["honours"], data["average"])
            except ValidationError as error:
                self.add_error(None, error)
        return data

    @property
    def verdict(self):
        return Verdict(*(self.cleaned_data[name] for name in ("outcome", "honours", "average")))


class ConfirmForm(DsfrBaseForm):
    """Staff saw the academy's confirmation."""

    academy = forms.ChoiceField(
        label="Académie",
        choices=[("", "Choisissez"), *OFFERED_ACADEMIES],
        error_messages={"required": "Choisissez l’académie.", "invalid_choice": "Cette académie n’est pas connue."},
    )


class ConfirmResultForm(ResultForm):
    """Staff saw the academy's result."""

    academy = ConfirmForm.base_fields["academy"]
    source = forms.CharField(
        label="D’après",
        help_text="Par exemple : « relevé de notes », « liste de l’académie du 4 juillet ». Aucun nom.",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Dites d’après quoi ce résultat est confirmé."},
    )


class ImportForm(DsfrBaseForm):
    """A table of results; looked at first, written when it is asked for."""

    file = forms.FileField(
        label="Tableau des résultats",
        help_text="CSV ou XLSX, une ligne par candidat ; 5 Mo au plus.",
        max_length=200,
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )
    source = forms.CharField(
        label="D’où vient ce tableau",
        help_text="Par exemple : « liste de l’académie de Rennes, 4 juillet 2026 ». Aucun nom.",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Dites d’où vient ce tableau."},
    )
    act = forms.ChoiceField(
        label="Que faire",
        choices=[("verifier", "Vérifier seulement"), ("ecrire", "Enregistrer, si aucune ligne n’est refusée")],
        initial="verifier",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qu’il faut faire."},
    )
