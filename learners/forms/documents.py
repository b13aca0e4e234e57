"""The check of a document by its code, and its revocation."""

from django import forms
from dsfr.forms import DsfrBaseForm

from learners.forms.fields import LineField
from learners.validators import document_code


class CodeForm(DsfrBaseForm):
    """The verification code printed on a document, typed with or without its dashes."""

    code = forms.CharField(
        label="Code de vérification",
        help_text="Seize caractères imprimés au bas du document, par exemple 0A1B-2C3D-4E5F-6G7H.",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        error_messages={"required": "Écrivez le code imprimé sur le document."},
    )

    def clean_code(self):
        code = document_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(
                "Ce code n’a pas la bonne forme : seize lettres et chiffres, sans la lettre U. Vérifiez-le."
            )
        return code


class RevokeForm(DsfrBaseForm):
    reason = LineField(
        label="Raison de la révocation",
        help_text="Elle reste interne : la vérification publique dit seulement que le document est révoqué, et quand.",
        max_length=200,
        error_messages={"required": "Indiquez pourquoi ce document n’est plus valable."},
    )
