"""What learners and guardians type of themselves, of those who follow them, and of their data."""

from django import forms
from dsfr.forms import DsfrBaseForm

from learners.enums import (
    STAFF_SITUATIONS,
    AccommodationKind,
    LearnerPublic,
    Relationship,
    RightKind,
    Situation,
)
from learners.forms.fields import LineField
from learners.validators import phone_digits


class ProfileForm(DsfrBaseForm):
    """Who one is to the institution. Names and birth date are asked of staff, addresses have their own page."""

    public = forms.ChoiceField(
        label="Vous êtes",
        choices=LearnerPublic,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qui vous correspond."},
    )
    situation = forms.ChoiceField(
        label="Votre situation (facultatif)",
        help_text="Elle aide à organiser votre parcours. N’indiquez aucune information de santé.",
        required=False,
    )
    phone = LineField(
        label="Téléphone (facultatif)",
        help_text="Par exemple 06 12 34 56 78, ou avec l’indicatif du pays : +33 6 12 34 56 78.",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    accommodations = forms.MultipleChoiceField(
        label="Aménagements souhaités (facultatif)",
        help_text=(
            "Dites ce qui vous aide, jamais pourquoi. Aucun justificatif n’est à envoyer ici : pour un examen, la "
            "demande se fait auprès de l’académie."
        ),
        choices=AccommodationKind,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args, learner, **kwargs):
        super().__init__(*args, **kwargs)
        offered = [choice for choice in Situation if choice not in STAFF_SITUATIONS or choice == learner.situation]
        self.fields["situation"].choices = [
            ("", "Non renseignée"),
            *((choice.value, choice.label) for choice in offered),
        ]

    def clean_phone(self):
        typed = self.cleaned_data["phone"]
        digits = phone_digits(typed)
        if typed and not digits:
            raise forms.ValidationError(
                "Ce numéro n’est pas valable. Écrivez-le en entier, par exemple 06 12 34 56 78."
            )
        return digits


class AddressForm(DsfrBaseForm):
    """Where one lives, or where parcels go."""

    street = LineField(
        label="Adresse",
        help_text="Numéro et rue.",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
        error_messages={"required": "Indiquez le numéro et la rue."},
    )
    street_extra = LineField(
        label="Complément d’adresse (facultatif)",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    postal_code = LineField(
        label="Code postal (facultatif hors de France)",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = LineField(
        label="Ville",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
        error_messages={"required": "Indiquez la ville."},
    )
    country = LineField(
        label="Pays",
        max_length=80,
        initial="France",
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
        error_messages={"required": "Indiquez le pays."},
    )

    def clean(self):
        data = super().clean()
        if data.get("country", "").casefold() == "france" and not data.get("postal_code"):
            self.add_error("postal_code", "En France, indiquez le code postal.")
        return data


class InviteForm(DsfrBaseForm):
    """The adult whom a minor invites."""

    email = forms.EmailField(
        label="Adresse électronique de la personne",
        help_text="Elle recevra un lien pour vous suivre. Par exemple : nom@exemple.fr",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez l’adresse de la personne.",
            "invalid": "Cette adresse n’est pas complète, par exemple nom@exemple.fr.",
        },
    )
    relationship = forms.ChoiceField(
        label="Cette personne est",
        choices=Relationship,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qu’est cette personne pour vous."},
    )


class RightForm(DsfrBaseForm):
    """What one asks staff to change."""

    kind = forms.ChoiceField(
        label="Votre demande",
        choices=RightKind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que vous demandez."},
    )
    wanted = forms.CharField(
        label="Ce qu’il faut écrire",
        help_text="Le prénom, le nom ou la date (jj/mm/aaaa) exacts ; ou votre demande, en quelques lignes.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Dites ce que vous demandez."},
    )


class CloseForm(DsfrBaseForm):
    """The last word before closing an account."""

    confirmed = forms.BooleanField(
        label="J’ai lu ce qui est effacé et ce qui est gardé, et je demande la fermeture de mon compte",
        error_messages={"required": "Cochez cette case pour demander la fermeture."},
    )
