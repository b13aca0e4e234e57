"""Forms of the back-office: what a person typed, checked next to its field."""

import re

from django import forms

from catalogue.domain.publishing import obligatory_fields
from catalogue.enums import Audience
from catalogue.models import Entry, Formacode, Occupation, Synonym, Training
from cned_portal.common.text import words


class AudiencesField(forms.MultipleChoiceField):
    """Several publics, as boxes to tick."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(choices=Audience.choices, required=False, **kwargs)

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


class TrainingForm(forms.ModelForm):
    audiences = AudiencesField(label="Publics")
    occupations = CodesField(Occupation, label="Métiers (codes ROME)")
    formacodes = CodesField(Formacode, label="Formacodes")

    class Meta:
        model = Training
        fields = "__all__"  # noqa: DJ007  the admin chooses them

    def clean(self):
        """The page of a published training keeps its obligatory items."""
        data = super().clean()
        if self.instance.pk and self.instance.is_visible:
            for name in obligatory_fields(self.instance):
                if name in self.fields and name not in self.errors and not data.get(name):
                    self.add_error(name, "Cet élément est obligatoire sur une page publiée.")
        return data


class EntryForm(forms.ModelForm):
    audiences = AudiencesField(label="Publics montrés")

    class Meta:
        model = Entry
        fields = "__all__"  # noqa: DJ007  the admin chooses them


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
