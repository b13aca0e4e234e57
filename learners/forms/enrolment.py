"""What a person types to enrol, from the request to the payment."""

from django import forms
from django.utils import timezone
from dsfr.forms import DsfrBaseForm
from dsfr.utils import dsfr_input_class_attr

from cned_portal.common.files import RefusedFile
from cned_portal.common.uploads import PhotoInput
from learners.domain.files import MAX_BYTES, judged
from learners.domain.people import Identity
from learners.domain.providers import enabled_means
from learners.enums import (
    SIGNING_RELATIONSHIPS,
    FundingKind,
    LearnerPublic,
    Relationship,
    SelfRating,
)
from learners.forms.fields import DayField, LineField, SessionField
from learners.models.people import EARLIEST_BIRTH


class EnrolForm(DsfrBaseForm):
    """A request for a place. Names are only asked from an account that has none."""

    session: forms.ModelChoiceField = SessionField(
        queryset=None,
        label="Formule et dates",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choisissez une formule.",
            "invalid_choice": "Cette formule n’est plus ouverte : choisissez-en une autre.",
        },
    )
    first_name = LineField(
        label="Prénom",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Indiquez votre prénom."},
    )
    last_name = LineField(
        label="Nom",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Indiquez votre nom."},
    )
    public = forms.ChoiceField(
        label="Vous êtes",
        choices=LearnerPublic,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qui vous correspond."},
    )
    date_of_birth = DayField(
        label="Date de naissance (facultatif)",
        help_text="Elle figurera sur votre certificat de scolarité. Format attendu : jj/mm/aaaa",
        required=False,
        attrs={"autocomplete": "bday"},
    )
    street = LineField(
        label="Adresse (facultatif)",
        help_text="Numéro et rue, pour l’envoi de supports.",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    street_extra = LineField(
        label="Complément d’adresse (facultatif)",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    postal_code = LineField(
        label="Code postal (facultatif)",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    city = LineField(
        label="Ville (facultatif)",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    country = LineField(
        label="Pays (facultatif)",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "country-name"}),
    )

    def __init__(self, *args, sessions, user, profile=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions
        offered = list(sessions[:2])
        if len(offered) == 1:
            self.initial["session"] = offered[0].pk
        for name in ("first_name", "last_name"):
            if getattr(user, name):
                del self.fields[name]
        if profile is not None:
            self.initial |= {name: getattr(profile, name) for name in self.fields if hasattr(profile, name)}
        else:
            self.initial.setdefault("country", "France")

    def clean_date_of_birth(self):
        day = self.cleaned_data["date_of_birth"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("Une date de naissance est dans le passé.")
        if day and day < EARLIEST_BIRTH:
            raise forms.ValidationError("Cette date de naissance est trop ancienne.")
        return day

    @property
    def identity(self):
        return Identity(**{name: value for name, value in self.cleaned_data.items() if name != "session"})


class PriorLearningForm(DsfrBaseForm):
    """What the person holds of the prerequisites."""

    declared = forms.CharField(
        label="Vos diplômes et votre expérience en rapport avec ces prérequis",
        help_text="Intitulés, années, durées. 2 000 caractères au plus.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Décrivez ce que vous avez déjà : c’est ce que nous vérifierons."},
    )
    has_read = forms.BooleanField(
        label="J’ai lu les prérequis de cette formation",
        error_messages={"required": "Lisez les prérequis, puis cochez cette case."},
    )


class PositioningForm(DsfrBaseForm):
    """The questionnaire of a training: one rating for each question."""

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[f"q{question.pk}"] = forms.ChoiceField(
                label=question.text,
                choices=SelfRating.choices,
                widget=forms.RadioSelect,
                error_messages={"required": "Choisissez une réponse."},
            )
            dsfr_input_class_attr(self[f"q{question.pk}"])

    @property
    def ratings(self):
        return {int(name[1:]): int(value) for name, value in self.cleaned_data.items()}


class GuardianForm(DsfrBaseForm):
    """The adult who signs for a minor."""

    guardian_email = forms.EmailField(
        label="Adresse électronique du responsable légal",
        help_text="Un lien personnel lui est envoyé. L’inscription n’est confirmée qu’avec son accord.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez l’adresse d’un responsable légal.",
            "invalid": "Écrivez une adresse électronique complète, par exemple nom@exemple.fr.",
        },
    )
    relationship = forms.ChoiceField(
        label="Cette personne est",
        choices=[(value.value, value.label) for value in SIGNING_RELATIONSHIPS],
        initial=Relationship.PARENT,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez le lien."},
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self._own_email = user.email

    def clean_guardian_email(self):
        email = self.cleaned_data["guardian_email"].strip().lower()
        if email == self._own_email.lower():
            raise forms.ValidationError("Indiquez l’adresse du responsable, pas celle de l’apprenant.")
        return email


class FundingForm(DsfrBaseForm):
    """Funders to ask."""

    fundings = forms.MultipleChoiceField(
        label="Qui finance cette formation ?",
        help_text="Cochez tous les financements demandés : ce qu’ils n’accordent pas reste à votre charge.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un financement."},
    )

    def __init__(self, *args, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fundings"].choices = [(kind, FundingKind(kind).label) for kind in offered]


class SendForm(DsfrBaseForm):
    """The last step: what was read is what is sent."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    early_start = forms.BooleanField(
        label="Je demande à commencer sans attendre la fin du délai de rétractation (facultatif)",
        help_text="Vous gardez le droit de vous rétracter pendant quatorze jours, sauf si vous avez suivi toute la "
        "formation avant ; la part déjà suivie peut alors vous être demandée.",
        required=False,
    )


class PieceForm(DsfrBaseForm):
    """The file of a piece, judged by its content."""

    content = forms.FileField(
        label="Fichier",
        help_text="PDF, image ou document texte, 10 Mo au plus.",
        widget=PhotoInput(attrs={"data-max-bytes": MAX_BYTES, "data-most": 1}),
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def clean_content(self):
        sent = self.cleaned_data["content"]
        if len(self.files.getlist("content")) > 1:
            raise forms.ValidationError("Envoyez un seul fichier : celui que vous avez choisi, ou la photo.")
        try:
            if sent.size > MAX_BYTES:
                raise RefusedFile("Ce fichier dépasse 10 Mo.")
            content = sent.read()
            judged(sent.name, content)
        except RefusedFile as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return sent.name, content


class MeansForm(DsfrBaseForm):
    """How to pay."""

    means = forms.ChoiceField(
        label="Moyen de paiement",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un moyen de paiement."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["means"].choices = enabled_means()
