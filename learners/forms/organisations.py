"""What the members of organisations type, and what the DAIC types about organisations."""

from decimal import Decimal
from pathlib import PurePath

from django import forms
from dsfr.forms import DsfrBaseForm

from catalogue.models import TrainingSession
from cned_portal.common.files import RefusedFile, file_type
from cned_portal.common.templatetags.french import plural
from cned_portal.common.uploads import UploadInput
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain.organisations.relations import FILE_MAX_BYTES
from learners.enums import CampaignAudience, MemberRole, OrganisationFileKind, OrganisationKind
from learners.forms.fields import DayField, LineField, session_label
from learners.models import OrganisationFile
from learners.models.quotes import MOST_SEATS

GROUP_MAX_BYTES = 20 * 1024 * 1024


def _text(label, *, required, max_length=4_000, help_text="", rows=6):
    return forms.CharField(
        label=label,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required},
    )


class AmountField(forms.DecimalField):
    """A decimal typed the French way, « 1 234,50 »."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"invalid": "Écrivez un nombre, par exemple 89,50.", **kwargs.pop("error_messages", {})},
            **kwargs,
        )

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(value.split()).replace("€", "").replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value):
        return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else value


class PaperField(forms.FileField):
    """A document, judged by its content, so that a refusal is said beside it."""

    widget = UploadInput

    def __init__(self, **kwargs):
        super().__init__(
            help_text="PDF, image ou document de bureautique ; 10 Mo au plus.",
            max_length=200,
            error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
            **kwargs,
        )

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        if file and file.size > FILE_MAX_BYTES:
            raise forms.ValidationError("Ce fichier dépasse 10 Mo.")
        if file:
            try:
                file_type(file.name, file.read())
            except RefusedFile as refusal:
                raise forms.ValidationError(str(refusal)) from None
            file.seek(0)
        return file


# Members -----------------------------------------------------------------------------------------------------------
class InviteForm(DsfrBaseForm):
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="La personne se connecte avec cette adresse, par exemple nom@domaine.fr.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez l’adresse de la personne.",
            "invalid": "Écrivez une adresse, par exemple nom@domaine.fr.",
        },
    )
    role = forms.ChoiceField(
        label="Rôle",
        help_text="Responsable : tout, et les membres. Gestionnaire : devis, inscriptions, suivi. Lecture : consulter.",
        choices=MemberRole,
        initial=MemberRole.CONTACT,
    )


class QuoteRequestForm(DsfrBaseForm):
    request = _text(
        "Votre besoin",
        required="Décrivez votre besoin.",
        help_text="Formations, nombre de personnes, période souhaitée. Ne nommez personne.",
    )


class SignForm(DsfrBaseForm):
    name = LineField(
        label="Prénom et nom du signataire",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Indiquez qui signe."},
    )
    position = LineField(
        label="Qualité du signataire",
        help_text="Par exemple : directrice, gérant, cheffe d’établissement.",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        error_messages={"required": "Indiquez la qualité du signataire."},
    )
    agreed = forms.BooleanField(
        label="Bon pour accord : j’ai qualité pour engager mon organisation et j’accepte ce devis.",
        error_messages={"required": "Cochez la case pour signer."},
    )


class OrderForm(DsfrBaseForm):
    number = LineField(
        label="Numéro du bon de commande", max_length=60, error_messages={"required": "Indiquez son numéro."}
    )
    file = PaperField(label="Bon de commande")


class RefuseQuoteForm(DsfrBaseForm):
    reason = LineField(label="Raison du refus", max_length=300, error_messages={"required": "Indiquez la raison."})


class GroupForm(DsfrBaseForm):
    """Which seats, and the people."""

    voucher: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label="Formation et places",
        empty_label="Choisir",
        error_messages={
            "required": "Choisissez les places à utiliser.",
            "invalid_choice": "Ces places ne sont plus ouvertes : choisissez-en d’autres.",
        },
    )
    file = forms.FileField(
        label="Liste des personnes",
        help_text="Tableau CSV ou XLSX, une ligne par personne ; 20 Mo et 20 000 lignes au plus.",
        widget=UploadInput,
        max_length=200,
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def __init__(self, *args, vouchers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["voucher"].queryset = vouchers
        self.fields["voucher"].label_from_instance = lambda voucher: (
            f"{voucher.training.title}, {voucher.session.action.name} : "
            f"{voucher.free} place{plural(voucher.free)} libre{plural(voucher.free)} sur {voucher.seats}"
        )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > GROUP_MAX_BYTES:
            raise forms.ValidationError("Ce fichier dépasse 20 Mo.")
        if PurePath(file.name).suffix.lower() not in {".csv", ".txt", ".xlsx"}:
            raise forms.ValidationError("Choisissez un fichier CSV ou XLSX.")
        return file


class VoucherForm(DsfrBaseForm):
    code = forms.CharField(
        label="Code du bon",
        help_text="Seize caractères donnés par votre organisation, par exemple 0A1B-2C3D-4E5F-6G7H.",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        error_messages={"required": "Écrivez le code du bon."},
    )


# The DAIC ----------------------------------------------------------------------------------------------------------
def _staff():
    return User.objects.with_role(Role.ESTABLISHMENT_DESK).filter(is_active=True).order_by("last_name", "pk")


class TermsForm(DsfrBaseForm):
    valid_until = DayField(
        label="Valable jusqu’au",
        help_text="Format attendu : jj/mm/aaaa",
        error_messages={"required": "Indiquez la date de validité."},
    )
    vat_rate = AmountField(
        label="Taux de TVA (%)",
        help_text="0 lorsque la formation est exonérée.",
        max_digits=4,
        decimal_places=2,
        min_value=0,
        max_value=30,
    )
    vat_mention = LineField(
        label="Mention de TVA", help_text="Obligatoire sans TVA : le texte qui exonère.", max_length=200, required=False
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("vat_rate") == 0 and not cleaned.get("vat_mention"):
            self.add_error("vat_mention", "Sans TVA, le devis dit pourquoi.")
        return cleaned


class LineForm(DsfrBaseForm):
    session: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label="Formule et dates",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choisissez une formule.", "invalid_choice": "Cette formule n’est plus ouverte."},
    )
    seats = forms.IntegerField(
        label="Nombre de places",
        min_value=1,
        max_value=MOST_SEATS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Indiquez le nombre de places.", "invalid": "Écrivez un nombre entier."},
    )
    unit_price = AmountField(
        label="Prix unitaire hors taxe (€)",
        max_digits=9,
        decimal_places=2,
        min_value=0,
        error_messages={"required": "Indiquez le prix d’une place."},
    )

    def __init__(self, *args, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["session"].queryset = sessions
        self.fields["session"].label_from_instance = lambda session: (
            f"{session.action.training.title} : {session_label(session)}"
        )


def offered_sessions(text, day):
    """Open sessions of the trainings whose title holds the words; none without a word."""
    sessions = TrainingSession.objects.open_on(day).filter(action__training__state="published")
    for word in text.split()[:5]:
        sessions = sessions.filter(action__training__title__icontains=word)
    sessions = sessions if text.strip() else sessions.none()
    return sessions.select_related("action__training").order_by("action__training__title", "action__rank", "pk")


class OurContactForm(DsfrBaseForm):
    user: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label="Agent du guichet", empty_label="Choisir", error_messages={"required": "Choisissez."}
    )
    subject = LineField(
        label="Sujet",
        help_text="Par exemple : inscriptions, facturation.",
        max_length=100,
        error_messages={"required": "Indiquez le sujet."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = _staff()


class TheirContactForm(DsfrBaseForm):
    name = LineField(label="Prénom et nom", max_length=150, error_messages={"required": "Indiquez un nom."})
    email = forms.EmailField(label="Adresse électronique (facultatif)", required=False)
    phone = LineField(label="Téléphone (facultatif)", max_length=30, required=False)
    subject = LineField(
        label="Sujet",
        help_text="Par exemple : inscriptions, facturation.",
        max_length=100,
        error_messages={"required": "Indiquez le sujet."},
    )


class PointForm(DsfrBaseForm):
    title = LineField(label="Point à régler", max_length=200, error_messages={"required": "Dites lequel."})
    owner: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label="Suivi par (facultatif)", required=False, empty_label="Personne encore"
    )
    due_on = DayField(label="Échéance (facultatif)", help_text="Format attendu : jj/mm/aaaa", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = _staff()


class CancelQuoteForm(DsfrBaseForm):
    reason = LineField(label="Raison", max_length=300, error_messages={"required": "Indiquez la raison."})


class ResolveForm(DsfrBaseForm):
    resolution = LineField(
        label="Comment ce point est réglé", max_length=300, error_messages={"required": "Dites comment."}
    )


class PaperForm(DsfrBaseForm):
    kind = forms.ChoiceField(label="Nature", choices=OrganisationFileKind)
    title = LineField(label="Titre", max_length=150, error_messages={"required": "Donnez un titre."})
    file = PaperField(label="Fichier")


class AgreementForm(DsfrBaseForm):
    title = LineField(label="Intitulé", max_length=150, error_messages={"required": "Donnez un intitulé."})
    starts_on = DayField(
        label="À partir du", help_text="Format attendu : jj/mm/aaaa", error_messages={"required": "Indiquez le début."}
    )
    ends_on = DayField(label="Jusqu’au (facultatif)", help_text="Format attendu : jj/mm/aaaa", required=False)
    shares_grades = forms.BooleanField(
        label="La convention prévoit la communication des notes, et les apprenants en sont informés.", required=False
    )
    paper: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, label="Document signé (facultatif)", required=False, empty_label="Aucun encore"
    )

    def __init__(self, *args, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        papers = OrganisationFile.objects.filter(organisation=organisation, kind=OrganisationFileKind.AGREEMENT)
        self.fields["paper"].queryset = papers.order_by("-pk")

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "La fin ne vient pas avant le début.")
        return cleaned


class CampaignForm(DsfrBaseForm):
    subject = LineField(
        label="Objet",
        help_text="Sans nom de personne : l’objet se lit sans ouvrir le message.",
        max_length=150,
        error_messages={"required": "Donnez un objet."},
    )
    body = _text("Message", required="Écrivez le message.", max_length=10_000, rows=12)
    audience = forms.ChoiceField(label="Destinataires", choices=CampaignAudience, widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label="Natures d’organisation (facultatif)",
        help_text="Aucune cochée : toutes.",
        choices=OrganisationKind,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    is_contractual = forms.BooleanField(
        label="Message contractuel : ceux qui refusent nos messages le reçoivent aussi.", required=False
    )
