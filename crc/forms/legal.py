"""Forms of the law: nature, missing pieces, decision, complaint."""

from django import forms
from django.utils import timezone
from dsfr.forms import DsfrBaseForm

from cned_portal.common.validators import validate_single_line
from crc.enums import EXPRESS, ComplaintOutcome, Kind
from crc.forms import FilesField, PlainTextField, StampedForm
from crc.models import BODY_MAX_LENGTH, ComplaintCause


class ComplainForm(StampedForm):
    """« Ce n’est pas satisfaisant » : one field is obligatory."""

    body = PlainTextField(
        label="Qu’est-ce qui ne va pas ?",
        rows=5,
        max_length=4_000,
        error_messages={"required": "Dites-nous ce qui ne va pas, en une phrase si vous voulez."},
    )
    wish = PlainTextField(label="Que demandez-vous ? (facultatif)", rows=3, max_length=900, required=False)
    files = FilesField()

    def text(self):
        """The complaint in one text."""
        wish = self.cleaned_data["wish"]
        return f"{self.cleaned_data['body']}\n\nCe que je demande :\n{wish}" if wish else self.cleaned_data["body"]


class _DeskForm(DsfrBaseForm):
    prefix_of_ids = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id=f"{self.prefix_of_ids}_%s", **kwargs)


class RequalifyForm(_DeskForm):
    prefix_of_ids = "requalify"

    kind = forms.ChoiceField(label="Nature", choices=Kind)
    reason = forms.CharField(
        label="Motif",
        max_length=200,
        validators=[validate_single_line],
        error_messages={"required": "Dites pourquoi la nature change."},
    )


class PiecesForm(_DeskForm):
    """Pieces without which the request cannot be examined."""

    prefix_of_ids = "pieces"

    pieces = PlainTextField(
        label="Pièces indispensables",
        rows=3,
        max_length=1_000,
        error_messages={"required": "Nommez les pièces qui manquent."},
    )
    due_on = forms.DateField(
        label="À envoyer avant le",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Donnez une date limite.", "invalid": "Écrivez une date."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("Choisissez une date à venir.")
        return day


class DecisionForm(_DeskForm):
    """The decision, with its reasons: a refusal takes the remedies and the mediator with it."""

    prefix_of_ids = "decision"

    decision = forms.ChoiceField(label="Décision", choices=EXPRESS, widget=forms.RadioSelect)
    body = PlainTextField(
        label="Décision motivée",
        help_text="Un refus, même partiel, part avec les voies de recours et le médiateur : ne les écrivez pas.",
        rows=8,
        max_length=BODY_MAX_LENGTH - 2_000,
        error_messages={"required": "Écrivez la décision et ses raisons."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    last_seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ResumeForm(_DeskForm):
    """Why what an answer decided is taken back."""

    prefix_of_ids = "resume"

    reason = forms.CharField(
        label="Motif",
        max_length=200,
        validators=[validate_single_line],
        error_messages={"required": "Dites pourquoi le délai reprend."},
    )


class InstructForm(_DeskForm):
    """What was found of a complaint."""

    prefix_of_ids = "instruct"

    cause = forms.ModelChoiceField(
        ComplaintCause.objects.filter(is_active=True), label="Cause", empty_label="Sélectionner une cause"
    )
    outcome = forms.ChoiceField(label="Issue proposée", choices=ComplaintOutcome, widget=forms.RadioSelect)
    findings = PlainTextField(
        label="Constat", rows=4, max_length=3_000, error_messages={"required": "Écrivez ce que vous avez constaté."}
    )
    corrective_action = PlainTextField(label="Mesure corrective (facultatif)", rows=3, max_length=3_000, required=False)
    needs_improvement = forms.BooleanField(label="À porter à l’amélioration continue", required=False)


class ReviewForm(_DeskForm):
    """The second look."""

    prefix_of_ids = "review"

    agrees = forms.ChoiceField(
        label="Votre avis",
        choices=[("oui", "D’accord avec l’instruction"), ("non", "À reprendre")],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="Commentaire (facultatif)", max_length=200, required=False, validators=[validate_single_line]
    )
