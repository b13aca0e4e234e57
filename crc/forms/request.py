"""What the forms of a request ask, and those whose facts are asked one by one: call back, quote, purchase order,
agreement. Each becomes a ticket. The plain questions, one form a public, are in `door_forms`.
"""

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from catalogue.enums import RequestKind
from cned_portal.common.validators import validate_single_line
from crc.domain.languages import language_of
from crc.domain.queries.organisations import COMPANIES, PUBLIC_BODIES, SCHOOLS, declared, organisation_of
from crc.domain.queries.slots import call_slots
from crc.enums import Public
from crc.forms import REQUEST_MAX_LENGTH, FilesField, PlainTextField, StampedForm, published_training
from crc.models import Service, Topic
from learners.validators import compact, validate_siret, validate_uai

PEOPLE_MAX = 100_000
_COMMON = {"website", "stamp", "formation", "public", "name", "email", "phone", "message", "files"}


def line(label, *, required=True, max_length=150, autocomplete="", **kwargs):
    """One line of text."""
    widget = forms.TextInput(attrs={"autocomplete": autocomplete} if autocomplete else {})
    validators = [validate_single_line, *kwargs.pop("validators", [])]
    label = label if required else f"{label} (facultatif)"
    return forms.CharField(
        label=label, required=required, max_length=max_length, validators=validators, widget=widget, **kwargs
    )


def phone_line(**kwargs):
    number = RegexValidator(r"^\+?[0-9 .()\-]{6,30}$", "Écrivez un numéro, par exemple 01 99 00 00 00.")
    return line("Votre téléphone", max_length=30, autocomplete="tel", validators=[number], **kwargs)


class CodeField(forms.CharField):
    """An identifier, typed with or without blanks."""

    def to_python(self, value):
        return compact(super().to_python(value))


def count(label):
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=PEOPLE_MAX,
        error_messages={"required": "Indiquez un nombre, même approché.", "invalid": "Écrivez un nombre entier."},
    )


def wished_date(label):
    return forms.DateField(
        label=f"{label} (facultatif)",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Écrivez une date, par exemple 01/09/2027."},
    )


class RequesterForm(StampedForm):
    """Who asks, and how to answer; what every form of a request has."""

    title = ""
    lead = ""
    button = ""
    publics: tuple[Public, ...] = tuple(Public)
    asked: tuple[str, ...] = ()  # the fields in which people say what they want: answers are proposed from them

    public = forms.ChoiceField(
        label="Vous êtes", error_messages={"required": "Choisissez ce qui vous correspond le mieux."}
    )
    name = line(
        "Vos prénom et nom", autocomplete="name", error_messages={"required": "Indiquez votre prénom et votre nom."}
    )
    email = forms.EmailField(
        label="Votre adresse électronique",
        help_text="La réponse y sera envoyée. Format attendu : nom@domaine.fr",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Indiquez l’adresse où vous répondre.",
            "invalid": "Cette adresse est incomplète. Format attendu : nom@domaine.fr",
        },
    )
    files = FilesField()
    formation = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args, user=None, **kwargs):
        """`user` is the account of whoever fills it in, or None."""
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["public"].choices = [(public.value, public.label) for public in self.publics]
        if len(self.publics) == 1:
            self.fields["public"].widget = forms.HiddenInput()
            self.initial["public"] = self.publics[0].value
        if user is not None and not self.is_bound:
            self.initial = {**self.known(), **{name: value for name, value in self.initial.items() if value}}

    def known(self):
        """What the portal knows of the account, to fill the form in."""
        return {"name": self.user.get_full_name(), "email": self.user.email}

    def clean_formation(self):
        """A training that is not published is ignored: the request matters more."""
        return published_training(self.cleaned_data["formation"])

    def words(self):
        """What the person wrote, without what the form adds."""
        return "\n".join(self.cleaned_data[name] for name in self.asked)

    def summary(self):
        """The shortest text that says what is asked."""
        return self.cleaned_data[self.asked[0]]

    @property
    def last_asked(self):
        return self.asked[-1]

    @property
    def suggest_trigger(self):
        """When answers are looked for: a moment after a word of a line, a little longer after one of a text."""
        waits = {name: 1_500 if isinstance(self.fields[name], PlainTextField) else 800 for name in self.asked}
        return ", ".join(f"input delay:{wait}ms from:#{self[name].id_for_label}" for name, wait in waits.items())

    def known_as(self):
        """Whom the portal knows behind what is declared, for the agents; often nobody."""
        return ""

    def request(self):
        """What `receive_request` takes of the form; each kind of form adds the topic, the subject and the body."""
        data = self.cleaned_data
        return {
            "public": data["public"],
            "requester_name": data["name"],
            "requester_email": data["email"],
            "requester_phone": data.get("phone", ""),
            "training": data["formation"],
            "files": data["files"],
            "language": language_of(self.words()),
            "known_as": self.known_as(),
            "submission_key": self.submission_key,
        }

    def facts(self, names):
        """Those fields that were filled in, one a line."""
        lines = []
        for name in names:
            item, value = self.fields[name], self.cleaned_data.get(name)
            if value in (None, ""):
                continue
            if isinstance(item, forms.ChoiceField):
                value = dict(item.choices)[value]
            elif isinstance(item, forms.DateField):
                value = f"{value:%d/%m/%Y}"
            lines.append(f"{item.label.removesuffix(' (facultatif)')} : {value}")
        return lines


class RequestForm(RequesterForm):
    """A request of a known kind: its facts, then what the person adds."""

    kind: RequestKind
    topic_code = ""
    asked = ("message",)

    phone = phone_line(required=False)
    message = PlainTextField(
        label="Précisions (facultatif)",
        help_text="N’y mettez ni mot de passe, ni coordonnées bancaires, ni information de santé.",
        required=False,
        rows=5,
        max_length=REQUEST_MAX_LENGTH - 1_500,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if len(self.publics) > 1:
            self.fields["public"].choices = [("", "Sélectionner une option"), *self.fields["public"].choices]
        facts = [name for name in self.fields if name not in _COMMON]
        self.order_fields(
            ["stamp", "website", "formation", "public", *facts, "message", "files", "name", "email", "phone"]
        )

    @classmethod
    def topic(cls):
        """The subject under which the request is routed and timed; None when the desk does not offer it."""
        return Topic.objects.active().filter(code=cls.topic_code).first()

    def request(self):
        """The facts, then the person's words, under a subject that names the kind and the training."""
        training, message = self.cleaned_data["formation"], self.cleaned_data["message"]
        subject = f"{self.kind.label} : {training.title}" if training else self.kind.label
        lines = self.facts(name for name in self.fields if name not in _COMMON)
        return {
            **super().request(),
            "topic": self.topic(),
            "subject": subject if len(subject) <= 150 else f"{subject[:149]}…",
            "body": "\n".join([*lines, *(["", message] if message else [])]) or self.kind.label,
        }


class CallBackForm(RequestForm):
    kind = RequestKind.CALL_BACK
    topic_code = "rappel"
    title = "Être rappelé"
    lead = "Laissez votre numéro : un conseiller vous rappelle pendant les heures d’ouverture."
    button = "Demander à être rappelé"

    phone = phone_line(error_messages={"required": "Indiquez le numéro à rappeler."})
    slot = forms.ChoiceField(
        label="À quel moment",
        error_messages={"invalid_choice": "Ce créneau n’est plus proposé : choisissez-en un autre."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        service = Service.objects.select_related("calendar").filter(is_fallback=True).first()
        slots = call_slots(service.calendar.business_calendar()) if service else []
        self.fields["slot"].choices = [("any", "Peu importe"), *slots]
        self.order_fields(
            ["stamp", "website", "formation", "public", "phone", "slot", "message", "files", "name", "email"]
        )


class OrganisationForm(RequestForm):
    """Facts of a company or an administration."""

    BODIES = COMPANIES + PUBLIC_BODIES + SCHOOLS

    organisation = line("Nom de votre organisme", autocomplete="organization")
    siret = CodeField(
        label="SIRET",
        help_text="14 chiffres.",
        max_length=40,
        validators=[validate_siret],
        error_messages={"required": "Indiquez le SIRET de l’établissement qui paiera."},
    )
    trainings = line("Formations souhaitées", max_length=300)
    people = count("Nombre de personnes à former")
    starts_on = wished_date("Début souhaité")

    def known(self):
        return {**super().known(), **organisation_of(self.user, self.BODIES, name="organisation", code="siret")}

    def known_as(self):
        return declared(self.user, self.BODIES, siret=self.cleaned_data["siret"])

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        if day and day < timezone.localdate():
            raise forms.ValidationError("Choisissez une date à venir.")
        return day


class QuoteForm(OrganisationForm):
    kind = RequestKind.QUOTE
    topic_code = "devis"
    title = "Demander un devis"
    lead = "Dites-nous qui former et quand : nous vous adressons un devis et un interlocuteur."
    button = "Demander un devis"
    publics = (Public.COMPANY, Public.ADMINISTRATION, Public.ESTABLISHMENT)

    funding = forms.ChoiceField(
        label="Financement envisagé",
        choices=[
            ("unknown", "À étudier avec vous"),
            ("own", "Plan de développement des compétences"),
            ("opco", "OPCO"),
            ("apprenticeship", "Contrat en alternance"),
            ("other", "Autre"),
        ],
    )


class PurchaseOrderForm(OrganisationForm):
    kind = RequestKind.PURCHASE_ORDER
    topic_code = "marche"
    title = "Préparer un bon de commande"
    lead = "Pour les acheteurs publics : ces éléments figurent sur la facture déposée dans Chorus Pro."
    button = "Envoyer la demande"
    publics = (Public.ADMINISTRATION, Public.ESTABLISHMENT)

    commitment = line("Numéro d’engagement", required=False, max_length=50, help_text="S’il existe déjà.")
    service_code = line("Code service Chorus Pro", required=False, max_length=100)
    contract = line("Marché ou convention de référence", required=False, max_length=100)


class AgreementForm(RequestForm):
    kind = RequestKind.AGREEMENT
    topic_code = "convention"
    title = "Demander une convention"
    lead = "Pour les établissements : vos élèves restent inscrits chez vous et suivent l’enseignement avec le Cned."
    button = "Demander une convention"
    publics = (Public.ESTABLISHMENT,)

    establishment = line("Nom de l’établissement", autocomplete="organization")
    uai = CodeField(
        label="Code UAI (facultatif)",
        help_text="7 chiffres et une lettre. À l’étranger, laissez vide si vous n’en avez pas.",
        required=False,
        max_length=20,
        validators=[validate_uai],
    )
    place = line("Ville et pays", max_length=150)
    teaching = line("Enseignements souhaités", max_length=300)
    level = line("Niveau des élèves", max_length=100, help_text="Par exemple : seconde et première.")
    pupils = count("Nombre d’élèves")
    starts_on = wished_date("Début souhaité")

    def known(self):
        return {**super().known(), **organisation_of(self.user, SCHOOLS, name="establishment", code="uai")}

    def known_as(self):
        return declared(self.user, SCHOOLS, uai=self.cleaned_data["uai"])


REQUEST_FORMS = {form.kind: form for form in (CallBackForm, QuoteForm, PurchaseOrderForm, AgreementForm)}
