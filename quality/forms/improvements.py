"""What people type of an improvement action, from its opening to its check."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from dsfr.forms import DsfrBaseForm

from catalogue.models import OperatingUnit
from cned_portal.common.validators import validate_single_line
from cned_portal.users.models import User
from crc.forms import PlainTextField
from crc.models import ComplaintCause, Service
from quality.domain.improvements import possible_owners
from quality.domain.queries.improvements import find_complaint
from quality.enums import FREE_ORIGINS, Measure, Origin

LONGEST_PLAN = timedelta(days=3 * 365)


def _open_services():
    return Service.objects.active().filter(is_restricted=False).order_by("name")


class ImprovementForm(DsfrBaseForm):
    """An action to decide. Who opened it from what people said does not choose its origin."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(
        label="Titre",
        max_length=150,
        validators=[validate_single_line],
        help_text="Ce qui changera, sans nom ni information sur une personne.",
        error_messages={"required": "Donnez un titre à l’action."},
    )
    origin = forms.ChoiceField(label="Origine", choices=[(one.value, one.label) for one in FREE_ORIGINS])
    reason = PlainTextField(
        label="Pourquoi",
        rows=4,
        max_length=2_000,
        help_text="Ce qui a été constaté, en général : ni nom, ni situation d’une personne.",
        error_messages={"required": "Dites pourquoi cette action."},
    )
    cause = forms.ModelChoiceField(
        ComplaintCause.objects.filter(is_active=True),
        label="Cause (facultatif)",
        required=False,
        empty_label="Aucune",
        help_text="Celle dont on comptera les réclamations pour mesurer l’effet.",
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), label="Service (facultatif)", required=False, empty_label="Tous les services"
    )
    unit = forms.ModelChoiceField(
        OperatingUnit.objects.order_by("name"),
        label="Unité (facultatif)",
        required=False,
        empty_label="Aucune",
        help_text="Son responsable suivra l’action.",
    )

    def __init__(self, *args, chooses_origin, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = _open_services()
        if not chooses_origin:
            del self.fields["origin"]


class _ActForm(DsfrBaseForm):
    """A form among others on the page of an action: its identifiers begin with the name of the act."""

    act = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id=f"{self.act}_%s", **kwargs)


class PlanForm(_ActForm):
    """Who is in charge, and for when."""

    act = "replanifier"

    owner = forms.ModelChoiceField(
        User.objects.none(),
        label="Responsable",
        empty_label="Choisir une personne",
        error_messages={
            "required": "Choisissez une personne.",
            "invalid_choice": "Choisissez une personne de la liste.",
        },
    )
    planned_on = forms.DateField(
        label="Prévue pour le",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Donnez une date.", "invalid": "Écrivez une date."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        owner.queryset, owner.label_from_instance = possible_owners(), User.get_full_name

    def clean_planned_on(self):
        day = self.cleaned_data["planned_on"]
        if not timezone.localdate() <= day <= timezone.localdate() + LONGEST_PLAN:
            raise forms.ValidationError("Choisissez une date à venir, dans les trois ans.")
        return day


class DecideForm(PlanForm):
    """The decision: with it, what is expected and how it will be seen."""

    act = "decider"

    expected_effect = PlainTextField(
        label="Effet attendu",
        rows=3,
        max_length=1_000,
        help_text="En une phrase simple : ce que les usagers verront changer.",
        error_messages={"required": "Dites l’effet attendu."},
    )
    measure = forms.ChoiceField(
        label="Mesure de l’effet",
        choices=Measure,
        widget=forms.RadioSelect,
        help_text="Le portail la relève lui-même, aujourd’hui puis à la vérification.",
        error_messages={"required": "Choisissez une mesure."},
    )


class StepForm(_ActForm):
    """Begun, or done."""

    comment = PlainTextField(label="Ce qui a été fait (facultatif)", rows=2, max_length=2_000, required=False)


class StartForm(StepForm):
    act = "commencer"


class FinishForm(StepForm):
    act = "terminer"


class CheckForm(_ActForm):
    """The check, by somebody who was not in charge."""

    act = "verifier"

    verdict = forms.ChoiceField(
        label="L’action a-t-elle eu l’effet attendu ?",
        choices=[("oui", "Oui, elle est efficace"), ("non", "Non, ou l’effet n’est pas démontré")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une réponse."},
    )
    comment = PlainTextField(
        label="Ce qui le montre",
        rows=3,
        max_length=2_000,
        error_messages={"required": "Dites ce qui vous le fait conclure."},
    )


class AbandonForm(_ActForm):
    act = "abandonner"

    reason = PlainTextField(
        label="Raison", rows=2, max_length=2_000, error_messages={"required": "Dites pourquoi l’action est abandonnée."}
    )


class LinkForm(_ActForm):
    """A complaint by its reference, among those that the person may read."""

    act = "rattacher"

    complaint = forms.CharField(
        label="Référence de la réclamation",
        max_length=20,
        error_messages={"required": "Écrivez la référence de la réclamation."},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_complaint(self):
        reference = self.cleaned_data["complaint"].strip().upper()
        complaint = find_complaint(reference, self.user)
        if complaint is None:
            raise forms.ValidationError("Aucune réclamation que vous puissiez lire n’a cette référence.")
        return complaint


class ImprovementFilterForm(DsfrBaseForm):
    """What the list shows; read from the address."""

    etat = forms.ChoiceField(label="Montrer", required=False)
    service = forms.ModelChoiceField(
        Service.objects.none(), label="Service", required=False, empty_label="Tous les services", to_field_name="code"
    )
    origine = forms.ChoiceField(label="Origine", required=False, choices=[("", "Toutes"), *Origin.choices])

    def __init__(self, *args, views, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["etat"].choices = views
        self.fields["service"].queryset = _open_services()
