"""What tutors write down of their follow-up."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from dsfr.forms import DsfrBaseForm

from catalogue.models import Training
from learners.enums import ContactKind, ContactOutcome
from learners.forms.courses import KeyedForm, text_area
from learners.forms.fields import DayField
from learners.models.followup import NOTE_LENGTH

SPOKEN = [(kind.value, kind.label) for kind in ContactKind if kind != ContactKind.REMINDER]
SETTLED = [(outcome.value, outcome.label) for outcome in ContactOutcome if outcome != ContactOutcome.WAITING]
HELP_NOTE = "Les faits utiles au suivi, sans détail de santé ni jugement : l’apprenant peut demander à les lire."


class MomentField(forms.DateTimeField):
    """A day and an hour typed the French way."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.DateTimeInput(attrs={"autocomplete": "off"}, format="%d/%m/%Y %H:%M"),
            input_formats=[
                "%d/%m/%Y %H:%M",
                "%d/%m/%Y %Hh%M",
                "%d/%m/%Y à %H:%M",
                "%d/%m/%Y à %Hh%M",
                "%Y-%m-%dT%H:%M",
            ],
            error_messages={"invalid": "Écrivez une date et une heure, par exemple 31/01/2027 14:30."},
            **kwargs,
        )


class ContactForm(KeyedForm):
    """A call, a mail or a meeting."""

    kind = forms.ChoiceField(
        label="Nature", choices=SPOKEN, widget=forms.RadioSelect, error_messages={"required": "Choisissez la nature."}
    )
    outcome = forms.ChoiceField(
        label="Suite",
        choices=ContactOutcome.choices,
        initial=ContactOutcome.WAITING,
        error_messages={"required": "Choisissez la suite."},
    )
    meets_at = MomentField(
        label="Date du rendez-vous (si c’en est un)",
        required=False,
        help_text="Elle figurera au calendrier de l’apprenant. Format attendu : jj/mm/aaaa hh:mm",
    )
    note = forms.CharField(
        label="Note (facultatif)", required=False, max_length=NOTE_LENGTH, help_text=HELP_NOTE, widget=text_area(4)
    )

    def clean(self):
        data = super().clean()
        if data.get("meets_at") and data.get("kind") and data["kind"] != ContactKind.MEETING:
            self.add_error("meets_at", "Seul un rendez-vous a une date de rencontre.")
        return data


class SettleForm(DsfrBaseForm):
    outcome = forms.ChoiceField(choices=SETTLED)


class TutorForm(DsfrBaseForm):
    tutor: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label="Tuteur",
        empty_label="Choisissez",
        error_messages={"required": "Choisissez un tuteur.", "invalid_choice": "Choisissez un tuteur de la liste."},
    )

    def __init__(self, *args, tutors, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tutor"].queryset = tutors
        self.fields["tutor"].label_from_instance = lambda user: user.get_full_name()


class AttestForm(DsfrBaseForm):
    """« Suivi vérifié » : for which period and training, and what was seen."""

    starts_on = DayField(label="Du", help_text="Format attendu : jj/mm/aaaa")
    ends_on = DayField(label="Au", help_text="Format attendu : jj/mm/aaaa")
    training = forms.ModelChoiceField(
        queryset=Training.objects.none(), label="Formation", required=False, empty_label="Toutes celles que je suis"
    )
    comment = forms.CharField(
        label="Ce que j’ai vérifié et constaté",
        max_length=NOTE_LENGTH,
        widget=text_area(5),
        error_messages={"required": "Dites ce que vous avez vérifié."},
    )

    def __init__(self, *args, trainings, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["training"].queryset = trainings
        today = timezone.localdate()
        self.initial.setdefault("ends_on", today)
        self.initial.setdefault("starts_on", today - timedelta(days=30))
