"""« Mon espace » for programs, in the words of its pages. Names are in French, as in the site's addresses."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalogue.models import Training, TrainingSession
from cned_portal.common.progress import RunState
from cned_portal.users.api.fields import PageSerializer, choice, line, site_url
from learners.domain.enrolments import open_sessions
from learners.enums import (
    AbandonReason,
    DocumentKind,
    EnrolmentState,
    LearnerPublic,
    NotificationChannel,
    NotificationTopic,
    TimeZone,
    WaitingOn,
)
from learners.models.people import EARLIEST_BIRTH


class IdentitySerializer(serializers.Serializer):
    """What a person says of themselves, as in the site's forms."""

    public = choice(LearnerPublic)
    date_naissance = serializers.DateField(source="date_of_birth", required=False, allow_null=True)
    rue = line(source="street", max_length=200, required=False, allow_blank=True)
    complement = line(source="street_extra", max_length=200, required=False, allow_blank=True)
    code_postal = line(source="postal_code", max_length=12, required=False, allow_blank=True)
    ville = line(source="city", max_length=100, required=False, allow_blank=True)
    pays = line(source="country", max_length=80, required=False, allow_blank=True)

    def validate_date_naissance(self, day):
        if day and day > timezone.localdate():
            raise serializers.ValidationError("Une date de naissance est dans le passé.")
        if day and day < EARLIEST_BIRTH:
            raise serializers.ValidationError("Cette date de naissance est trop ancienne.")
        return day


class TrainingLinkSerializer(serializers.Serializer):
    slug = serializers.CharField()
    intitule = serializers.CharField(source="title")
    unite = serializers.CharField(source="unit.name")
    url = serializers.SerializerMethodField(
        help_text="Page de la formation ; nulle quand elle n’est plus au catalogue."
    )

    def get_url(self, training) -> str | None:
        return site_url(training.get_absolute_url()) if training.is_visible else None


class EnrolmentSerializer(serializers.Serializer):
    """An enrolment, in a list."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    formation = TrainingLinkSerializer(source="training")
    formule = serializers.CharField(source="session.action.name", allow_null=True, default=None)
    debut = serializers.DateField(source="session.starts_on", allow_null=True, default=None)
    fin = serializers.DateField(source="session.ends_on", allow_null=True, default=None)
    organisation = serializers.CharField(source="organisation.name", allow_null=True, default=None)
    cadre = serializers.CharField(source="framework")
    etat = serializers.ChoiceField(EnrolmentState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    demandee_le = serializers.DateTimeField(source="requested_at")
    confirmee_le = serializers.DateTimeField(source="confirmed_at", allow_null=True)
    commencee_le = serializers.DateField(source="started_on", allow_null=True)
    terminee_le = serializers.DateField(source="finished_on", allow_null=True)
    abandonnee_le = serializers.DateField(source="abandoned_on", allow_null=True)
    raison_abandon = serializers.ChoiceField(AbandonReason.choices, source="abandon_reason", allow_blank=True)
    annulee_le = serializers.DateTimeField(source="cancelled_at", allow_null=True)

    def get_url(self, enrolment) -> str:
        return site_url(reverse("learners_api:enrolment", args=[enrolment.pk]))


class EnrolmentPageSerializer(PageSerializer):
    inscriptions = EnrolmentSerializer(many=True)


class DocumentSerializer(serializers.Serializer):
    """A document asked for: where its preparation stands, then its file."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    inscription = serializers.IntegerField(source="enrolment_id")
    nature = serializers.ChoiceField(DocumentKind.choices, source="kind")
    nature_libelle = serializers.CharField(source="get_kind_display")
    etat = serializers.ChoiceField(RunState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    progression = serializers.IntegerField(source="progress", help_text="En pour cent.")
    erreur = serializers.CharField(source="error")
    demande_le = serializers.DateTimeField(source="created_at")
    delivre_le = serializers.DateTimeField(source="issued_at", allow_null=True)
    revoque_le = serializers.DateTimeField(source="revoked_at", allow_null=True)
    code = serializers.SerializerMethodField(help_text="Code de vérification, nul tant que rien n’est délivré.")
    fichier = serializers.SerializerMethodField(help_text="Adresse du PDF, nulle tant que rien n’est délivré.")

    def get_url(self, document) -> str:
        return site_url(reverse("learners_api:document", args=[document.pk]))

    def get_code(self, document) -> str | None:
        return document.printed_code if document.is_issued else None

    def get_fichier(self, document) -> str | None:
        return site_url(reverse("learners_api:document_file", args=[document.pk])) if document.is_issued else None


class DocumentPageSerializer(PageSerializer):
    documents = DocumentSerializer(many=True)


class AwaitedSerializer(serializers.Serializer):
    """Something that the file of an enrolment lacks, and who does it."""

    de_qui = serializers.ChoiceField(WaitingOn.choices, source="who")
    texte = serializers.CharField(source="text")


class FullEnrolmentSerializer(EnrolmentSerializer):
    """An enrolment with what its file waits for, and its latest documents."""

    dossier = serializers.SerializerMethodField(help_text="Adresse de son dossier, nulle quand elle n’en a pas.")
    attendu = AwaitedSerializer(source="awaited", many=True)
    documents = DocumentSerializer(source="latest_documents", many=True)

    def get_dossier(self, enrolment) -> str | None:
        file = getattr(enrolment, "file", None)
        return site_url(reverse("learners_api:file", args=[file.pk])) if file else None


class AskDocumentSerializer(serializers.Serializer):
    nature = choice(DocumentKind)


class EnrolSerializer(IdentitySerializer):
    """A request for a place. Names are only asked from an account that has none."""

    formation = serializers.CharField(max_length=200, help_text="Fin de l’adresse de la formation.")
    session = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text="Une session ouverte : voir `sessions` de la formation."
    )
    prenom = line(source="first_name", max_length=100, required=False)
    nom = line(source="last_name", max_length=100, required=False)

    def validate_formation(self, slug):
        training = Training.objects.published().defer("search_vector").filter(slug=slug).first()
        if training is None:
            raise serializers.ValidationError("Cette formation n’est pas au catalogue.")
        return training

    def validate(self, data):
        user = self.context["user"]
        errors = {
            field: ["Ce champ est obligatoire."]
            for field, name in (("prenom", "first_name"), ("nom", "last_name"))
            if not getattr(user, name) and not data.get(name)
        }
        session = open_sessions(data["formation"]).filter(pk=data["session"]).first()
        if session is None:
            errors["session"] = ["Cette formule n’est plus ouverte : choisissez-en une autre."]
        if errors:
            raise serializers.ValidationError(errors)
        return {**data, "session": session}


class OpenSessionSerializer(serializers.ModelSerializer):
    formule = serializers.CharField(source="action.name")
    prix = serializers.DecimalField(source="action.price", max_digits=10, decimal_places=2, allow_null=True)
    debut = serializers.DateField(source="starts_on", allow_null=True)
    fin = serializers.DateField(source="ends_on", allow_null=True)

    class Meta:
        model = TrainingSession
        fields = ["id", "formule", "prix", "debut", "fin"]


class NextStepSerializer(serializers.Serializer):
    """Something to do, or to wait for when there is no address."""

    texte = serializers.CharField(source="text")
    action = serializers.CharField(help_text="Libellé du bouton, vide s’il n’y a qu’à attendre.")
    url = serializers.SerializerMethodField(help_text="Page du site où le faire.")

    def get_url(self, step) -> str | None:
        if not step.url:
            return None
        return step.url if step.url.startswith("http") else settings.SITE_URL + step.url


class SectionSerializer(serializers.Serializer):
    libelle = serializers.CharField(source="label")
    url = serializers.SerializerMethodField()

    def get_url(self, section) -> str:
        return site_url(reverse(section.url_name))


class DashboardSerializer(serializers.Serializer):
    """What the first page of « Mon espace » shows."""

    etapes = NextStepSerializer(source="space.steps", many=True)
    rubriques = SectionSerializer(source="space.sections", many=True)
    inscriptions = EnrolmentSerializer(source="space.enrolments", many=True)
    documents = DocumentSerializer(source="space.documents", many=True)


class VerificationSerializer(serializers.Serializer):
    """What is true of a document, and nothing that tells who holds it."""

    nature = serializers.CharField(source="kind")
    initiales = serializers.CharField(source="initials")
    annee = serializers.CharField(source="school_year")
    delivre_le = serializers.DateField(source="issued_on")
    valable = serializers.BooleanField(source="is_valid")
    revoque_le = serializers.DateTimeField(source="revoked_at", allow_null=True)


class TopicChoiceSerializer(serializers.Serializer):
    sujet = choice(NotificationTopic)
    libelle = serializers.CharField(read_only=True)
    moyen = choice(NotificationChannel)


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "21:30"})
class HourField(serializers.TimeField):
    """Hours and minutes: the `time` of OpenAPI has seconds and an offset, silence follows the person's own zone."""

    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)


class QuietSerializer(serializers.Serializer):
    debut = HourField(source="starts_at")
    fin = HourField(source="ends_at")
    fuseau = choice(TimeZone, source="time_zone")

    def validate(self, data):
        if data["starts_at"] == data["ends_at"]:
            raise serializers.ValidationError("Le début et la fin du silence diffèrent.")
        return data


class NotificationsSerializer(serializers.Serializer):
    """By which means to be told of what, and when not to be."""

    sujets = TopicChoiceSerializer(many=True)
    silence = QuietSerializer(allow_null=True)
    cle_push = serializers.CharField(
        read_only=True, help_text="Clé VAPID pour s’abonner ; vide quand le portail n’avertit aucun appareil."
    )


class DeviceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    libelle = serializers.CharField(source="label")
    ajoute_le = serializers.DateTimeField(source="created_at")

    def get_url(self, device) -> str:
        return site_url(reverse("learners_api:device", args=[device.pk]))


class AddDeviceSerializer(serializers.Serializer):
    """A Web Push subscription (RFC 8030), as a browser or UnifiedPush gives it."""

    libelle = line(max_length=80)
    adresse = serializers.CharField(max_length=600)
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=40)
