"""What the API of the desk reads and says. Names are in French, as in the site's addresses."""

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import PageSerializer, SentFile, choice, line
from crc.domain.queries.steps import steps
from crc.enums import AttachmentState, Kind, Public, State
from crc.forms import REQUEST_MAX_LENGTH, clean_text, published_training
from crc.models import Topic
from crc.models.partners import EXTERNAL_REFERENCE_PATTERN
from learners.domain.queries.space import own_enrolments

BIGGEST_KEY = 2**63 - 1


class TextField(serializers.CharField):
    """Several lines, with one kind of line ending."""

    def to_internal_value(self, data):
        return clean_text(super().to_internal_value(data))


class AskSerializer(serializers.Serializer):
    """A question, as in the site's form."""

    public = choice(Public)
    sujet = serializers.CharField(max_length=40, help_text="Code du sujet.")
    objet = line(max_length=150)
    message = TextField(max_length=REQUEST_MAX_LENGTH)
    formation = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="Fin de l’adresse de la formation."
    )

    inscription = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="L’une des vôtres : sa formation est celle de la demande.",
    )

    def validate_inscription(self, key):
        if key is None:
            return None
        found = own_enrolments(self.context["request"].user).filter(pk=min(key, BIGGEST_KEY)).first()
        if found is None:
            raise serializers.ValidationError("Cette inscription n’est pas l’une des vôtres.")
        return found

    def validate_sujet(self, code):
        topic = Topic.objects.active().filter(code=code).first()
        if topic is None:
            raise serializers.ValidationError("Ce sujet n’existe pas, ou n’est plus proposé.")
        return topic

    def validate_formation(self, slug):
        training = published_training(slug)
        if slug and training is None:
            raise serializers.ValidationError("Cette formation n’est pas au catalogue.")
        return training


class ReplySerializer(serializers.Serializer):
    message = TextField(max_length=REQUEST_MAX_LENGTH)


class _FilesSerializer(serializers.Serializer):
    fichiers = serializers.ListField(child=SentFile(), required=False)


class AskWithFilesSerializer(AskSerializer, _FilesSerializer):
    """The same, sent as a form with files. For the schema."""


class ReplyWithFilesSerializer(ReplySerializer, _FilesSerializer):
    """The same, sent as a form with files. For the schema."""


class TopicSerializer(serializers.Serializer):
    code = serializers.CharField()
    intitule = serializers.CharField(source="label")
    publics = serializers.ListField(child=serializers.ChoiceField(Public.choices))


class TicketSerializer(serializers.Serializer):
    """A request in a list."""

    reference = serializers.CharField()
    url = serializers.SerializerMethodField()
    objet = serializers.CharField(source="subject")
    nature = serializers.ChoiceField(Kind.choices, source="kind")
    etat = serializers.ChoiceField(State.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    service = serializers.CharField(source="service.name")
    recue_le = serializers.DateTimeField(source="received_at")
    reponse_promise_le = serializers.SerializerMethodField(help_text="Nulle quand aucune réponse n’est due.")
    dernier_message_le = serializers.DateTimeField(source="last_message_at")
    close_le = serializers.DateTimeField(source="closed_at", allow_null=True)

    def get_url(self, ticket) -> str:
        return settings.SITE_URL + reverse("crc_api:ticket", args=[ticket.reference])

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_reponse_promise_le(self, ticket):
        return serializers.DateTimeField().to_representation(ticket.due_at) if ticket.is_to_answer else None


class StepSerializer(serializers.Serializer):
    libelle = serializers.CharField(source="label")
    faite = serializers.BooleanField(source="done")
    en_cours = serializers.BooleanField(source="current")


class ContactSerializer(serializers.Serializer):
    nom = serializers.CharField(source="name")
    courriel = serializers.CharField(source="email")
    telephone = serializers.CharField(source="phone")
    adresse = serializers.CharField(source="postal_address")


class FileSerializer(serializers.Serializer):
    nom = serializers.CharField(source="name")
    type = serializers.CharField(source="content_type")
    octets = serializers.IntegerField(source="size")
    etat = serializers.ChoiceField(AttachmentState.choices, source="state")
    url = serializers.SerializerMethodField(help_text="Nulle tant que le fichier ne peut pas être ouvert.")

    def get_url(self, file) -> str | None:
        if not file.is_open:
            return None
        reference = self.context["ticket"].reference
        return settings.SITE_URL + reverse("crc_api:file", args=[reference, file.pk])


class MessageSerializer(serializers.Serializer):
    auteur = serializers.SerializerMethodField()
    ecrit_le = serializers.DateTimeField(source="created_at")
    texte = serializers.CharField(source="said")
    fichiers = FileSerializer(source="files", many=True)

    @extend_schema_field(serializers.ChoiceField(["demandeur", "service"]))
    def get_auteur(self, message):
        return "demandeur" if message.is_from_requester else "service"


class FullTicketSerializer(TicketSerializer):
    """A request with its steps and its exchanges; never what is internal."""

    sujet = serializers.CharField(source="topic.label")
    formation = serializers.CharField(source="training.slug", allow_null=True, default=None)
    peut_reprendre = serializers.BooleanField(
        source="may_reopen", help_text="Faux : une réponse ouvre une nouvelle demande, suite de celle-ci."
    )
    etapes = serializers.SerializerMethodField()
    contact = ContactSerializer(source="service")
    messages = serializers.SerializerMethodField()

    @extend_schema_field(StepSerializer(many=True))
    def get_etapes(self, ticket):
        return StepSerializer(steps(ticket), many=True).data

    @extend_schema_field(MessageSerializer(many=True))
    def get_messages(self, ticket):
        thread = ticket.public_messages().with_files()
        return MessageSerializer(thread, many=True, context={"ticket": ticket}).data


class TicketPageSerializer(PageSerializer):
    demandes = TicketSerializer(many=True)


class PartnerAskSerializer(serializers.Serializer):
    """A question that a partner brings for somebody."""

    reference_externe = serializers.RegexField(
        EXTERNAL_REFERENCE_PATTERN, max_length=64, help_text="Unique chez le partenaire, sans donnée personnelle."
    )
    public = choice(Public)
    nom = line(max_length=150)
    courriel = serializers.EmailField(max_length=254)
    objet = line(max_length=150)
    message = TextField(max_length=REQUEST_MAX_LENGTH)


class PartnerTicketSerializer(serializers.Serializer):
    """What a partner knows of a request: where it stands, nothing of what was said."""

    reference = serializers.CharField(source="ticket.reference")
    reference_externe = serializers.CharField(source="external_reference")
    url = serializers.SerializerMethodField()
    etat = serializers.ChoiceField(State.choices, source="ticket.state")
    etat_libelle = serializers.CharField(source="ticket.get_state_display")
    service = serializers.CharField(source="ticket.service.name")
    recue_le = serializers.DateTimeField(source="ticket.received_at")
    reponse_promise_le = serializers.SerializerMethodField(help_text="Nulle quand aucune réponse n’est due.")
    premiere_reponse_le = serializers.DateTimeField(source="ticket.first_answer_at", allow_null=True)
    close_le = serializers.DateTimeField(source="ticket.closed_at", allow_null=True)

    def get_url(self, link) -> str:
        return settings.SITE_URL + reverse("crc_api:partner_ticket", args=[link.ticket.reference])

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_reponse_promise_le(self, link):
        ticket = link.ticket
        return serializers.DateTimeField().to_representation(ticket.due_at) if ticket.is_to_answer else None


class PartnerPageSerializer(PageSerializer):
    demandes = PartnerTicketSerializer(many=True)
