"""What requesters and agents type."""

import hashlib
import time
import uuid
from datetime import date
from itertools import groupby
from pathlib import PurePath

from django import forms
from django.core import signing
from django.utils import timezone
from dsfr.forms import DsfrBaseForm

from catalogue.models import Training
from cned_portal.common import uploads
from cned_portal.common.validators import validate_single_line
from crc.domain.attachments import MAX_BYTES, MAX_FILES
from crc.domain.queries.periods import LONGEST_DAYS, Period, previous_month
from crc.enums import ON_CLOSING, AnswerMeaning, Public, State
from crc.models import BODY_MAX_LENGTH, Service, Topic

REQUEST_MAX_LENGTH = 5_000
MONTHS_OFFERED = 24
FIRST_YEAR = 2000
CALLS_MAX_BYTES = 2 * 1024 * 1024
_STAMP_SALT = "crc.form"


def new_stamp():
    """Signed identity of a displayed form: it makes a double submit harmless and dates the display."""
    return signing.dumps([uuid.uuid4().hex, int(time.time())], salt=_STAMP_SALT, compress=False)


def read_stamp(stamp):
    """Key (UUID) and time of display (seconds) of a stamp; raises BadSignature when it is not ours."""
    key, shown = signing.loads(stamp, salt=_STAMP_SALT)
    return uuid.UUID(key), shown


def clean_text(text):
    """One kind of line ending, no blank around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class PlainTextField(forms.CharField):
    """Several lines of plain text."""

    def __init__(self, *, rows=8, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value):
        return clean_text(super().to_python(value))


class FilesField(uploads.FilesField):
    """What may be joined to a message."""

    def __init__(self, **kwargs):
        super().__init__(
            most=MAX_FILES,
            max_bytes=MAX_BYTES,
            label="Documents à joindre (facultatif)",
            help_text=f"{MAX_FILES} fichiers au plus, 10 Mo chacun : PDF, images, bureautique sans macros.",
            required=False,
            **kwargs,
        )


def _topic_group(topic):
    publics = set(topic.publics)
    if publics <= {Public.STUDENT, Public.ADULT}:
        return 0, "Élèves, étudiants et adultes"
    if publics <= {Public.COMPANY, Public.ADMINISTRATION}:
        return 1, "Entreprises et administrations"
    if publics <= {Public.ESTABLISHMENT}:
        return 2, "Établissements"
    return 3, "Pour tous"


def topic_choices():
    """Topics on offer, grouped by the people they concern; one query."""
    topics = sorted(Topic.objects.active(), key=lambda topic: (_topic_group(topic)[0], topic.position, topic.code))
    return [
        (label, [(topic.code, topic.label) for topic in group])
        for (_, label), group in groupby(topics, key=_topic_group)
    ]


class StampedForm(DsfrBaseForm):
    """A form that may be sent twice without harm, and that a simple robot does not get through.

    No image to decipher: a field that people do not see, and a least time. Whoever is stopped wrongly just sends again.
    `submission_key` names what was typed in this display: sent twice it is the same, corrected by « back » it is not.
    """

    website = forms.CharField(required=False, max_length=200, label="Ne remplissez pas ce champ")
    stamp = forms.CharField(widget=forms.HiddenInput, max_length=200, required=False)

    def __init__(self, *args, minimum_seconds=0, **kwargs):
        self.minimum_seconds = minimum_seconds
        super().__init__(*args, **kwargs)
        self.fields["website"].widget.attrs.update({"tabindex": "-1", "autocomplete": "off"})
        if not self.is_bound:
            self.initial["stamp"] = new_stamp()

    def clean(self):
        data = super().clean()
        try:
            displayed, shown = read_stamp(data.get("stamp") or "")
        except (signing.BadSignature, ValueError, TypeError):
            self._renew_stamp()
            raise forms.ValidationError(
                "Ce formulaire a expiré : vérifiez votre texte, puis envoyez-le à nouveau."
            ) from None
        if data.get("website"):
            self.data = self.data.copy()
            self.data[self.add_prefix("website")] = ""
            raise forms.ValidationError(
                "Votre envoi ressemble à celui d’un robot : vérifiez-le, puis envoyez à nouveau."
            )
        typed = [str(data.get(name, "")) for name in self.fields if name not in {"stamp", "website", "files"}]
        typed += [f"{name}:{hashlib.sha256(content).hexdigest()}" for name, content in data.get("files") or []]
        self.submission_key = uuid.uuid5(displayed, "\0".join(typed))
        if time.time() - shown < self.minimum_seconds:
            raise forms.ValidationError("L’envoi a été très rapide : relisez votre texte, puis envoyez à nouveau.")
        return data

    def _renew_stamp(self):
        self.data = self.data.copy()
        self.data[self.add_prefix("stamp")] = new_stamp()


def published_training(slug):
    """The published training of this slug, or None."""
    if not slug or len(slug) > 200 or not slug.replace("-", "").replace("_", "").isalnum():
        return None
    return Training.objects.published().filter(slug=slug).first()


class ReplyForm(StampedForm):
    """The requester's next message, from the tracking page."""

    body = PlainTextField(
        label="Votre message",
        rows=6,
        max_length=REQUEST_MAX_LENGTH,
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": f"Votre message dépasse {REQUEST_MAX_LENGTH} caractères : raccourcissez-le.",
        },
    )
    files = FilesField()


class AnswerForm(DsfrBaseForm):
    """An agent's answer."""

    body = PlainTextField(
        label="Votre réponse",
        help_text="Elle part par courriel et s’affiche sur la page de suivi du demandeur.",
        rows=10,
        max_length=BODY_MAX_LENGTH,
        error_messages={"required": "Écrivez votre réponse."},
    )
    files = FilesField()
    then = forms.ChoiceField(
        label="Ensuite, la demande est",
        choices=[
            (State.ANSWERED, "Répondue"),
            (State.WAITING, "En attente d’un élément du demandeur"),
            (State.CLOSED, "Close"),
        ],
        initial=State.ANSWERED,
        widget=forms.RadioSelect,
    )
    meaning = forms.ChoiceField(
        label="Cette réponse",
        help_text="En attente d’un élément du demandeur, elle n’accepte rien : le délai légal court.",
        choices=AnswerMeaning,
        initial=AnswerMeaning.GRANTED,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    last_seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args, asks_meaning, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks_meaning:
            del self.fields["meaning"]

    def clean(self):
        data = super().clean()
        meaning = data.get("meaning")
        if data.get("then") == State.WAITING and meaning not in {None, "", AnswerMeaning.HOLDING}:
            if meaning != AnswerMeaning.GRANTED:
                self.add_error("then", "Un refus n’attend plus rien : choisissez « Répondue » ou « Close ».")
            data["meaning"] = AnswerMeaning.HOLDING
        if data.get("then") == State.CLOSED and meaning == AnswerMeaning.HOLDING:
            self.add_error("meaning", "Le délai légal court : dites ce que décide votre réponse avant de clore.")
        return data


class NoteForm(DsfrBaseForm):
    note = PlainTextField(
        label="Note interne",
        help_text="Visible des seuls agents, jamais du demandeur.",
        rows=4,
        max_length=BODY_MAX_LENGTH,
        error_messages={"required": "Écrivez votre note."},
    )


class AssignForm(DsfrBaseForm):
    """Choose among the people of the ticket's service."""

    assignee: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, required=False, label="Attribuer à", empty_label="Personne"
    )

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = colleagues


class RerouteForm(DsfrBaseForm):
    service: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label="Transmettre à",
        empty_label="Sélectionner un service",
        error_messages={"required": "Choisissez le service qui doit répondre."},
    )
    reason = forms.CharField(
        label="Motif",
        help_text="Il sert à améliorer les règles d’orientation.",
        max_length=300,
        validators=[validate_single_line],
        error_messages={"required": "Indiquez pourquoi la demande change de service."},
    )

    def __init__(self, *args, ticket, **kwargs):
        super().__init__(*args, auto_id="reroute_%s", **kwargs)  # two forms of the page have a reason
        self.fields["service"].queryset = Service.objects.active().exclude(pk=ticket.service_id)


class ReasonForm(DsfrBaseForm):
    """Why a ticket is closed or reopened."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="close_%s", **kwargs)

    reason = forms.CharField(
        label="Motif",
        help_text="Obligatoire quand aucune réponse n’a été envoyée. Il reste interne.",
        max_length=300,
        required=False,
        validators=[validate_single_line],
    )


class CloseForm(ReasonForm):
    """Why a ticket is closed, and how its legal clock ends where nothing was decided."""

    decision = forms.ChoiceField(
        label="La demande",
        help_text="Un refus s’envoie par une réponse, avec les voies de recours.",
        choices=ON_CLOSING,
    )

    def __init__(self, *args, asks_decision, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks_decision:
            del self.fields["decision"]


class IndicatorsForm(DsfrBaseForm):
    """A month, or two dates; a service and a public, or all of them. Read from the address."""

    mois: forms.ChoiceField = forms.ChoiceField(label="Mois", required=False)
    du = forms.DateField(
        label="Du",
        help_text="Deux dates remplacent le mois.",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    au = forms.DateField(
        label="Au (inclus)", required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    service: forms.ModelChoiceField = forms.ModelChoiceField(
        Service.objects.none(), label="Service", required=False, empty_label="Tous les services", to_field_name="code"
    )
    public = forms.ChoiceField(label="Public", required=False, choices=[("", "Tous les publics"), *Public.choices])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        month, months = timezone.localdate().replace(day=1), []
        while len(months) < MONTHS_OFFERED:
            months.append(month)
            month = previous_month(month)
        self.fields["mois"].choices = [(f"{month:%Y-%m}", Period.month(month).label) for month in months]
        self.fields["service"].queryset = Service.objects.active().filter(is_restricted=False).order_by("name")

    @classmethod
    def asked(cls, params):
        """What the address asks for; the current month when it asks for nothing."""
        known = {name: params[name].replace("\0", "")[:40] for name in cls.base_fields if name in params}
        return cls({"mois": f"{timezone.localdate():%Y-%m}", **known})

    def clean(self):
        data = super().clean()
        first, last = data.get("du"), data.get("au")
        if "du" in self.errors or "au" in self.errors or not (first or last):
            return data
        if not first or not last:
            self.add_error("au" if first else "du", "Donnez les deux dates, ou aucune.")
        elif first > last:
            self.add_error("au", "La fin précède le début.")
        elif first.year < FIRST_YEAR or last > timezone.localdate():
            self.add_error("au", f"Choisissez des dates entre {FIRST_YEAR} et aujourd’hui.")
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error("au", f"La période dépasse {LONGEST_DAYS} jours.")
        return data

    def choices(self):
        """`period`, `service` and `public` as the indicators take them: the current month where there is an error."""
        data = self.cleaned_data if self.is_valid() else {}
        if data.get("du") and data.get("au"):
            period = Period(data["du"], data["au"])
        else:
            month = data.get("mois") or f"{timezone.localdate():%Y-%m}"
            period = Period.month(date.fromisoformat(f"{month}-01"))
        return {"period": period, "service": data.get("service"), "public": data.get("public") or ""}

    def address(self):
        """The same choices as parameters of an address."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)} if self.is_valid() else {}


class CallsForm(DsfrBaseForm):
    """A file of telephone counts."""

    file = forms.FileField(
        label="Fichier du standard",
        help_text="CSV ou XLSX, 2 Mo au plus.",
        error_messages={"required": "Choisissez un fichier.", "empty": "Ce fichier est vide."},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > CALLS_MAX_BYTES:
            raise forms.ValidationError("Ce fichier dépasse 2 Mo.")
        if PurePath(file.name).suffix.lower() not in {".csv", ".txt", ".xlsx"}:
            raise forms.ValidationError("Choisissez un fichier CSV ou XLSX.")
        return file
