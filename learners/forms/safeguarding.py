"""What is reported in the restricted register, and what its members add."""

from django import forms

from learners.enums import ReportedAs, ReportEntryKind, ReportKind
from learners.forms.courses import KeyedForm, text_area
from learners.models.safeguarding import FACTS_LENGTH

ANONYMOUS, KNOWN = "anonyme", "connu"


class ReportForm(KeyedForm):
    """A report, anonymous unless the person chooses to give their name or a way to reach them."""

    website = forms.CharField(
        required=False,
        max_length=200,
        label="Ne remplissez pas ce champ",
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label="De quoi s’agit-il ?",
        choices=ReportKind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qui s’en approche le plus."},
    )
    reported_as = forms.ChoiceField(
        label="Vous écrivez parce que",
        choices=ReportedAs,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qui vous correspond."},
    )
    facts = forms.CharField(
        label="Ce qui s’est passé",
        help_text="Avec vos mots : les faits, quand, où. Vous n’avez rien à prouver.",
        max_length=FACTS_LENGTH,
        widget=text_area(8),
        error_messages={"required": "Dites ce qui s’est passé, même en quelques mots."},
    )
    identity = forms.ChoiceField(
        label="Votre identité",
        choices=[(ANONYMOUS, "Je reste anonyme"), (KNOWN, "J’accepte d’être reconnu et joint")],
        initial=ANONYMOUS,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si vous restez anonyme."},
    )
    contact = forms.CharField(
        label="Comment vous joindre sans risque (facultatif)",
        help_text="Un numéro ou une adresse que vous êtes seul à lire. Ignoré si vous restez anonyme.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_website(self):
        if self.cleaned_data["website"]:
            raise forms.ValidationError("Laissez ce champ vide, puis envoyez à nouveau.")
        return ""

    @property
    def is_anonymous(self):
        return self.cleaned_data["identity"] == ANONYMOUS


class EntryForm(KeyedForm):
    kind = forms.ChoiceField(
        label="Nature",
        choices=ReportEntryKind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la nature."},
    )
    text = forms.CharField(
        label="Texte",
        help_text="Ce qui est écrit ne se modifie plus.",
        max_length=FACTS_LENGTH,
        widget=text_area(5),
        error_messages={"required": "Écrivez ce qui a été fait ou constaté."},
    )
