"""Forms of the back-office: what a person typed, checked next to its field."""

import re
from urllib.parse import parse_qsl

from django import forms
from django.core.files.uploadedfile import UploadedFile
from dsfr.forms import DsfrBaseForm

from catalogue.domain.drafts import edition_of
from catalogue.domain.queries.facets import FACETS
from catalogue.enums import Audience
from catalogue.models import (
    Entry,
    EntryDocument,
    Formacode,
    JobFamily,
    News,
    Occupation,
    OperatingUnit,
    Synonym,
    Training,
    TrainingAction,
)
from catalogue.models.offers import PAID_BY
from catalogue.validators import validate_document, validate_import
from cned_portal.common.text import words


class BoxesField(forms.MultipleChoiceField):
    """Several values of a list, none of them obligatory, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)

    def has_changed(self, initial, data):
        return super().has_changed(list(initial or []), data)


class CodesField(forms.CharField):
    """Rows of a nomenclature, typed as their codes: « K1303, K1304 »."""

    def __init__(self, model, **kwargs):
        self.model = model
        super().__init__(required=False, help_text="Codes séparés par des virgules ou des espaces.", **kwargs)

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else ", ".join(row.code for row in value)

    def clean(self, value):
        codes = self._codes(super().clean(value))
        rows = list(self.model.objects.filter(code__in=codes))
        unknown = sorted(codes - {row.code for row in rows})
        if unknown:
            raise forms.ValidationError(f"Codes inconnus : {', '.join(unknown)}.")
        return rows

    def has_changed(self, initial, data):
        return {row.code for row in initial or []} != self._codes(data or "")

    @staticmethod
    def _codes(text):
        return set(re.split(r"[\s,;]+", text.upper())) - {""}


class PageForm(forms.ModelForm):
    """Refuses to write over what someone else saved since the form was opened: `edition` names what it showed."""

    edition = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64, label="Édition")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.current_edition = edition_of(self.instance) if self.instance.pk else ""
        self.initial["edition"] = self.current_edition

    def clean(self):
        data = super().clean()
        if self.data.get(self.add_prefix("edition"), "") != self.current_edition:
            raise forms.ValidationError(
                "Quelqu’un d’autre a modifié cette page depuis que vous l’avez ouverte : rien n’a été enregistré. "
                "Ouvrez-la à nouveau dans un autre onglet et reportez-y vos changements."
            )
        return data


class TrainingForm(PageForm):
    audiences = BoxesField(label="Publics", choices=Audience.choices)
    occupations = CodesField(Occupation, label="Métiers (codes ROME)")
    formacodes = CodesField(Formacode, label="Formacodes")

    class Meta:
        model = Training
        fields = "__all__"  # noqa: DJ007  the admin chooses them


class EntryForm(PageForm):
    audiences = BoxesField(label="Publics montrés", choices=Audience.choices)

    class Meta:
        model = Entry
        fields = "__all__"  # noqa: DJ007  the admin chooses them

    def clean_filters(self):
        """Only what the search reads."""
        text = self.cleaned_data["filters"].strip().removeprefix("?")
        if not text:
            return ""
        try:
            names = {name for name, _ in parse_qsl(text, strict_parsing=True, max_num_fields=20)}
        except ValueError:
            raise forms.ValidationError(
                "Écrivez les filtres comme dans une adresse : domaine=langues&niveau=5."
            ) from None
        if unknown := sorted(names - {"q", *FACETS}):
            raise forms.ValidationError(f"Filtres inconnus : {', '.join(unknown)}.")
        return text


class TrainingActionForm(forms.ModelForm):
    fundings = BoxesField(label="Financements possibles", choices=PAID_BY, help_text="Hors CPF, que dit l’éligibilité.")

    class Meta:
        model = TrainingAction
        fields = [
            *("training", "name", "rank", "teaching_mode", "entry_mode", "pace", "hours", "placement_weeks", "price"),
            *("is_cpf_eligible", "fundings"),
        ]


class EntryDocumentForm(forms.ModelForm):
    class Meta:
        model = EntryDocument
        fields = ["title", "file", "rank"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            validate_document(file)
        return file


class OccupationForm(forms.ModelForm):
    families = CodesField(JobFamily, label="Familles de métiers (codes FAP)")

    class Meta:
        model = Occupation
        fields = ["code", "label", "names", "families"]


class MomentField(forms.DateTimeField):
    """A day and an hour in one field, which has one label."""

    def __init__(self, **kwargs):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, **kwargs)


class NewsForm(forms.ModelForm):
    published_at = MomentField(label="Publiée à partir du", help_text="Sans date, l’actualité reste un brouillon.")
    removed_at = MomentField(label="Retirée à partir du")

    class Meta:
        model = News
        fields = ["title", "slug", "summary", "body", "published_at", "removed_at"]


class CloseForm(DsfrBaseForm):
    """How a training ends."""

    successor = forms.CharField(
        label="Formation qui la remplace (facultatif)",
        help_text="Fin de l’adresse de sa page, par exemple « cap-cuisine ». L’ancienne adresse y mènera.",
        required=False,
        max_length=200,
    )
    served_until = forms.DateField(
        label="Inscrits accompagnés jusqu’au (facultatif)",
        help_text="Jusqu’à cette date la page reste en ligne, sans inscription. Sans date, elle ferme tout de suite.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    message = forms.CharField(
        label="Message aux inscrits et aux visiteurs (facultatif)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_successor(self):
        slug = self.cleaned_data["successor"].strip()
        if not slug:
            return None
        found = Training.objects.published().filter(slug=slug).first()
        if found is None:
            raise forms.ValidationError("Aucune formation publiée n’a cette adresse.")
        return found


class ImportForm(DsfrBaseForm):
    """A file of trainings."""

    file = forms.FileField(
        label="Fichier",
        help_text="Tableau CSV ou XLSX, ou document LHEO (XML) ; 20 Mo au plus.",
        validators=[validate_import],
    )
    unit = forms.ModelChoiceField(
        OperatingUnit.objects.order_by("name"),
        label="Unité des nouvelles formations (facultatif)",
        help_text="Pour celles dont le fichier ne dit pas l’unité ; LHEO ne la dit jamais.",
        required=False,
        empty_label="Aucune",
    )


class SynonymForm(forms.ModelForm):
    class Meta:
        model = Synonym
        fields = ["phrase", "expansions"]

    def clean_phrase(self):
        """« Aide à domicile » is kept as the search compares it."""
        phrase = " ".join(words(self.cleaned_data["phrase"]))
        if not phrase:
            raise forms.ValidationError("Tapez au moins un mot.")
        return phrase
