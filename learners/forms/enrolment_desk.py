"""What those who work on enrolment files type."""

from django import forms
from dsfr.forms import DsfrBaseForm

from learners.enums import (
    AbandonReason,
    Decision,
)
from learners.forms.fields import AmountField, DayField, LineField


class AbandonForm(DsfrBaseForm):
    """When and why a learner stopped."""

    on = DayField(
        label="Date de l’abandon",
        help_text="Format attendu : jj/mm/aaaa",
        error_messages={"required": "Indiquez la date de l’abandon."},
    )
    reason = forms.ChoiceField(
        label="Raison",
        choices=[choice for choice in AbandonReason.choices if choice[0] != AbandonReason.WITHDRAWAL],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une raison."},
    )


class DecisionForm(DsfrBaseForm):
    """Human decision on a positioning or on prior learning."""

    seen = forms.ChoiceField(choices=Decision, widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label="Décision",
        choices=[choice for choice in Decision.choices if choice[0] != Decision.PENDING],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une décision."},
    )
    reason = LineField(
        label="Raison",
        help_text="Lue par l’apprenant, avec l’adaptation proposée le cas échéant.",
        max_length=500,
        error_messages={"required": "Dites pourquoi."},
    )


class PieceCheckForm(DsfrBaseForm):
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    accepted = forms.TypedChoiceField(
        label="Cette pièce",
        choices=[("oui", "est acceptée"), ("non", "est à fournir de nouveau")],
        coerce=lambda value: value == "oui",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une réponse."},
    )
    reason = LineField(
        label="Raison, si elle est à fournir de nouveau",
        help_text="Lue par l’apprenant.",
        max_length=300,
        required=False,
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("accepted") is False and not cleaned.get("reason"):
            self.add_error("reason", "Dites pourquoi la pièce est à fournir de nouveau.")
        return cleaned


class QuoteForm(DsfrBaseForm):
    amount = AmountField(label="Prix proposé (€ TTC)", error_messages={"required": "Indiquez un prix."})


class FundingAnswerForm(DsfrBaseForm):
    granted = forms.TypedChoiceField(
        label="Le financeur",
        choices=[("oui", "accorde un financement"), ("non", "refuse")],
        coerce=lambda value: value == "oui",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une réponse."},
    )
    amount = AmountField(label="Montant accordé (€)", required=False)
    reference = LineField(label="Référence de l’accord (facultatif)", max_length=60, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("granted") and not cleaned.get("amount"):
            self.add_error("amount", "Indiquez le montant accordé.")
        return cleaned


class ReceiptForm(DsfrBaseForm):
    proof = LineField(
        label="Référence de l’opération reçue",
        max_length=100,
        error_messages={"required": "Indiquez la référence de l’opération."},
    )
