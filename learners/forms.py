"""What learners and those who follow them type."""

import unicodedata

from django import forms
from django.utils import timezone
from dsfr.forms import DsfrBaseForm
from dsfr.utils import dsfr_input_class_attr

from cned_portal.common.charts import format_number
from cned_portal.common.files import RefusedFile
from cned_portal.common.templatetags.french import french_day
from learners.domain.files import MAX_BYTES, judged
from learners.domain.people import Identity
from learners.domain.providers import enabled_means
from learners.enums import (
    SIGNING_RELATIONSHIPS,
    AbandonReason,
    Decision,
    FundingKind,
    LearnerPublic,
    NotificationChannel,
    NotificationTopic,
    Relationship,
    SelfRating,
    TimeZone,
)
from learners.models import QuietHours
from learners.models.people import EARLIEST_BIRTH
from learners.validators import document_code


class LineField(forms.CharField):
    """One line of text, without control characters: it goes on envelopes and in documents."""

    def clean(self, value):
        value = " ".join(super().clean(value).split())
        if any(unicodedata.category(char)[0] == "C" for char in value):
            raise forms.ValidationError("Écrivez ce texte sans caractère spécial.")
        return value


class DayField(forms.DateField):
    """A day typed the French way: the browser's own field speaks the browser's language, not the page's."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "numeric", **kwargs.pop("attrs", {})}
        super().__init__(
            widget=forms.DateInput(attrs=attrs, format="%d/%m/%Y"),
            input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y"],
            error_messages={"invalid": "Écrivez une date, par exemple 31/01/1990.", **kwargs.pop("error_messages", {})},
            **kwargs,
        )


def session_label(session):
    """A session as one chooses it: way to follow, dates, price."""
    action = session.action
    when = f"à partir du {french_day(session.starts_on)}" if session.starts_on else "entrée toute l’année"
    if action.price is None:
        price = "tarif sur demande"
    elif action.price == 0:
        price = "gratuit"
    else:
        price = format_number(float(action.price), "€")
    return f"{action.name}, {when}, {price}"


class SessionField(forms.ModelChoiceField):
    def label_from_instance(self, session):
        return session_label(session)


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


class RevokeForm(DsfrBaseForm):
    reason = LineField(
        label="Raison de la révocation",
        help_text="Elle reste interne : la vérification publique dit seulement que le document est révoqué, et quand.",
        max_length=200,
        error_messages={"required": "Indiquez pourquoi ce document n’est plus valable."},
    )


class HourField(forms.TimeField):
    """An hour typed the French way: 21:30, 21h30 or 21 h."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
            error_messages={"invalid": "Écrivez une heure, par exemple 21:30."},
            **kwargs,
        )

    def to_python(self, value):
        if isinstance(value, str):
            hour, _, minute = value.replace("h", ":").replace("H", ":").replace(" ", "").partition(":")
            value = f"{hour}:{minute or '00'}" if hour else ""
        return super().to_python(value)


class NotificationsForm(DsfrBaseForm):
    """One means for each topic, and the hours of silence."""

    quiet_from = HourField(
        label="Silence à partir de",
        help_text="Format attendu : 21:30. Laissez vide pour aucun silence.",
        required=False,
    )
    quiet_until = HourField(label="Jusqu’à", help_text="Format attendu : 07:00", required=False)
    time_zone = forms.ChoiceField(label="Heure de", choices=TimeZone)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        chosen = dict(user.notification_choices.values_list("topic", "channel"))
        for topic in NotificationTopic:
            self.fields[topic.value] = forms.ChoiceField(
                label=topic.label,
                choices=NotificationChannel,
                initial=chosen.get(topic.value, NotificationChannel.MAIL),
                error_messages={"required": "Choisissez un moyen.", "invalid_choice": "Choisissez un moyen."},
            )
        self.order_fields([*NotificationTopic.values, "quiet_from", "quiet_until", "time_zone"])
        hours = QuietHours.objects.filter(user=user).first()
        self.initial["time_zone"] = hours.time_zone if hours else TimeZone.PARIS
        if hours:
            self.initial |= {"quiet_from": f"{hours.starts_at:%H:%M}", "quiet_until": f"{hours.ends_at:%H:%M}"}

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, "Indiquez le début et la fin du silence, ou aucun des deux.")
        elif start is not None and start == end:
            self.add_error("quiet_until", "Le début et la fin du silence diffèrent.")
        return cleaned

    @property
    def channels(self):
        return {topic: self.cleaned_data[topic] for topic in NotificationTopic.values}

    @property
    def quiet(self):
        """(start, end, time zone), None without silence."""
        start = self.cleaned_data["quiet_from"]
        return (start, self.cleaned_data["quiet_until"], self.cleaned_data["time_zone"]) if start is not None else None


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
        help_text="Vous gardez le droit de vous rétracter pendant quatorze jours ; la part déjà suivie de la formation "
        "peut alors vous être demandée.",
        required=False,
    )


class PieceForm(DsfrBaseForm):
    """The file of a piece, judged by its content."""

    content = forms.FileField(
        label="Fichier",
        help_text="PDF, image ou document texte, 10 Mo au plus.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def clean_content(self):
        sent = self.cleaned_data["content"]
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


class AmountField(forms.DecimalField):
    """Euros, typed with a comma or a point."""

    def __init__(self, **kwargs):
        super().__init__(
            max_digits=9,
            decimal_places=2,
            min_value=0,
            localize=True,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **kwargs,
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
