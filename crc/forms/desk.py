"""What agents type around a ticket: merge, split, link, tag, mention, and acts on several."""

import uuid

from django import forms
from dsfr.forms import DsfrBaseForm

from cned_portal.common.validators import validate_single_line
from crc.domain import bulk
from crc.domain.access import can_merge_ticket
from crc.domain.queries.queue import QueueFilter
from crc.enums import ON_CLOSING, Channel, LinkKind, Public
from crc.forms import NoteForm, PlainTextField, topic_choices
from crc.models import BODY_MAX_LENGTH, Service, Tag, Ticket, Topic
from crc.validators import is_reference

EXCERPT = 90


class ReferenceForm(DsfrBaseForm):
    """Names another ticket that the person may read."""

    reference = forms.CharField(
        label="Référence de l’autre demande",
        max_length=13,
        error_messages={"required": "Indiquez la référence de l’autre demande."},
    )

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)
        self.fields["reference"].widget.attrs["autocomplete"] = "off"

    def clean_reference(self):
        reference = self.cleaned_data["reference"].strip().upper()
        tickets = Ticket.objects.visible_to(self.user).select_related("service")
        other = tickets.filter(reference=reference).first() if is_reference(reference) else None
        if other is None:
            raise forms.ValidationError("Aucune demande que vous pouvez lire ne porte cette référence.")
        return other


class MergeForm(ReferenceForm):
    """The ticket that stays, and why."""

    reference = forms.CharField(
        label="Référence de la demande à garder",
        max_length=13,
        error_messages={"required": "Indiquez la référence de la demande à garder."},
    )
    reason = forms.CharField(
        label="Motif du regroupement",
        max_length=200,
        validators=[validate_single_line],
        error_messages={"required": "Indiquez pourquoi ces demandes sont regroupées."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="merge_%s", **kwargs)

    def clean_reference(self):
        other = super().clean_reference()
        if not can_merge_ticket(self.user, other):
            raise forms.ValidationError("Cette demande n’est pas dans vos services.")
        return other


class LinkForm(ReferenceForm):
    kind = forms.ChoiceField(label="Nature du lien", choices=LinkKind, initial=LinkKind.RELATED)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="link_%s", **kwargs)


class SplitForm(DsfrBaseForm):
    """Which messages become a new ticket, and on what."""

    messages = forms.TypedMultipleChoiceField(
        label="Messages à reprendre",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un message."},
    )
    topic = forms.ChoiceField(
        label="Sujet de la nouvelle demande",
        error_messages={"required": "Choisissez le sujet de la nouvelle demande."},
    )
    subject = forms.CharField(
        label="Objet de la nouvelle demande",
        help_text="Le demandeur le lira.",
        max_length=150,
        validators=[validate_single_line],
        error_messages={"required": "Résumez la nouvelle demande en quelques mots."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args, received, **kwargs):
        super().__init__(*args, auto_id="split_%s", **kwargs)
        self.fields["messages"].choices = [(message.pk, _excerpt(message)) for message in received]
        self.fields["topic"].choices = [("", "Sélectionner un sujet"), *topic_choices()]

    def clean_topic(self):
        return Topic.objects.active().get(code=self.cleaned_data["topic"])


def _excerpt(message):
    text = " ".join(message.body.split())
    return f"{message.created_at:%d/%m/%Y} : {text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}"


class TagForm(DsfrBaseForm):
    tag: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        label="Ajouter une étiquette",
        empty_label="Sélectionner une étiquette",
        error_messages={"required": "Choisissez une étiquette."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tag"].queryset = Tag.objects.active()


class MentioningNoteForm(NoteForm):
    """A note, and a colleague to tell."""

    mentioned: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Prévenir un collègue",
        help_text="Vous pouvez aussi écrire « @prenom.nom » dans la note.",
        empty_label="Personne",
    )

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mentioned"].queryset = colleagues


class DraftForm(forms.Form):
    """An answer not finished: whatever its length up to the limit, nothing at all included."""

    body = PlainTextField(required=False, max_length=BODY_MAX_LENGTH)
    last_seen = forms.IntegerField(required=False, min_value=0)


class BulkForm(DsfrBaseForm):
    """One act for the chosen tickets; `act` is the domain's once the form is valid."""

    action = forms.ChoiceField(
        label="Pour les demandes cochées",
        choices=[
            ("", "Sélectionner une action"),
            ("assign", "Attribuer"),
            ("tag", "Étiqueter"),
            ("read", "Marquer comme lues"),
            ("close", "Clore"),
        ],
        error_messages={"required": "Choisissez une action."},
    )
    assignee: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, required=False, label="Attribuer à", empty_label="Personne"
    )
    tag: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None, required=False, label="Étiquette", empty_label="Sélectionner une étiquette"
    )
    reason = forms.CharField(
        label="Motif de clôture", max_length=300, required=False, validators=[validate_single_line]
    )

    decision = forms.ChoiceField(
        label="Si un délai légal court",
        choices=[("", "Ne pas clore la demande"), *ON_CLOSING],
        required=False,
    )

    def __init__(self, *args, colleagues, **kwargs):
        super().__init__(*args, auto_id="lot_%s", **kwargs)
        self.fields["assignee"].queryset = colleagues
        self.fields["tag"].queryset = Tag.objects.active()

    def clean(self):
        data = super().clean()
        action = data.get("action")
        if action == "tag" and not data.get("tag"):
            self.add_error("tag", "Choisissez une étiquette.")
        if action == "close" and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Indiquez pourquoi ces demandes sont closes.")
        return data

    def act(self):
        data = self.cleaned_data
        return {
            "assign": lambda: bulk.assigning(data["assignee"]),
            "tag": lambda: bulk.tagging(data["tag"]),
            "read": bulk.marking_read,
            "close": lambda: bulk.closing(data["reason"], data["decision"] or None),
        }[data["action"]]()


class NewTicketForm(DsfrBaseForm):
    """What a person said on the telephone or wrote in a letter. `submission` makes a second click harmless."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    channel = forms.ChoiceField(
        label="Reçue par",
        choices=[(Channel.PHONE, "Téléphone"), (Channel.LETTER, "Courrier")],
        widget=forms.RadioSelect,
    )
    public = forms.ChoiceField(label="Le demandeur est", choices=[("", "Sélectionner une option"), *Public.choices])
    topic = forms.ChoiceField(label="La demande concerne")
    subject = forms.CharField(label="Objet", max_length=150, validators=[validate_single_line])
    body = PlainTextField(
        label="Ce que la personne a dit ou écrit",
        help_text="Le demandeur lira ce texte sur sa page de suivi. Une remarque interne va dans une note.",
        max_length=BODY_MAX_LENGTH,
    )
    name = forms.CharField(label="Prénom et nom", max_length=150, validators=[validate_single_line])
    email = forms.EmailField(label="Adresse électronique", help_text="L’accusé de réception y part.", max_length=254)
    phone = forms.CharField(
        label="Téléphone (facultatif)", max_length=30, required=False, validators=[validate_single_line]
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [("", "Sélectionner un sujet"), *topic_choices()]

    def clean_topic(self):
        return Topic.objects.active().get(code=self.cleaned_data["topic"])


class SaveFilterForm(DsfrBaseForm):
    """A name for the filter that the queue shows; `filtre` is read as the queue reads its own address."""

    name = forms.CharField(
        label="Nom du filtre",
        max_length=60,
        validators=[validate_single_line],
        error_messages={"required": "Donnez un nom à ce filtre."},
    )
    filtre = forms.Field(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="filtre_%s", **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_filtre(self):
        return QueueFilter.read(QueueFilter.params(self.cleaned_data["filtre"] or ""))


class FilterForm(DsfrBaseForm):
    """Another name, and the service whose members see the filter too."""

    name = SaveFilterForm.base_fields["name"]
    shared_with: forms.ModelChoiceField = forms.ModelChoiceField(
        queryset=None,
        required=False,
        label="Partager avec un service",
        help_text="Ses membres voient ce filtre à côté de leur file, appliqué à leurs propres demandes.",
        empty_label="Personne : pour moi seulement",
    )

    def __init__(self, *args, saved, may_share, **kwargs):
        super().__init__(*args, initial={"name": saved.name, "shared_with": saved.shared_with_id}, **kwargs)
        if may_share:
            self.fields["shared_with"].queryset = Service.objects.active()
        else:
            del self.fields["shared_with"]
