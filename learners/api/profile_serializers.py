"""Who one is, and the minors one follows, for programs."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import choice, line, site_url
from learners.api.serializers import DocumentSerializer, EnrolmentSerializer
from learners.domain.guardian_rules import seen_by
from learners.enums import AccommodationKind, ConsentPurpose, LearnerPublic, Relationship, Situation


class AddressSerializer(serializers.Serializer):
    rue = line(source="street", max_length=200)
    complement = line(source="street_extra", max_length=200, required=False, allow_blank=True)
    code_postal = line(source="postal_code", max_length=12, required=False, allow_blank=True)
    ville = line(source="city", max_length=100)
    pays = line(source="country", max_length=80)


class AddressesSerializer(serializers.Serializer):
    postale = AddressSerializer(allow_null=True)
    livraison = AddressSerializer(allow_null=True)


class ConsentSerializer(serializers.Serializer):
    finalite = serializers.ChoiceField(ConsentPurpose.choices, source="purpose")
    libelle = serializers.CharField(source="label")
    texte = serializers.CharField(source="text")
    accord = serializers.BooleanField(source="holds")


class ProfileSerializer(serializers.Serializer):
    """The account, then the learner's file; nulls and empty values where there is no file yet."""

    prenom = serializers.CharField(source="user.first_name")
    nom = serializers.CharField(source="user.last_name")
    courriel = serializers.CharField(source="user.email")
    numero = serializers.CharField(source="learner.number", allow_null=True, help_text="Numéro d’apprenant.")
    public = serializers.ChoiceField(LearnerPublic.choices, source="learner.public", allow_null=True)
    date_naissance = serializers.DateField(source="learner.date_of_birth", allow_null=True)
    mineur = serializers.BooleanField(source="learner.is_minor", allow_null=True)
    situation = serializers.ChoiceField(
        Situation.choices, source="learner.situation", allow_null=True, allow_blank=True
    )
    telephone = serializers.CharField(source="learner.phone", allow_null=True)
    amenagements = serializers.ListField(
        source="accommodations", child=serializers.ChoiceField(AccommodationKind.choices)
    )
    adresses = AddressesSerializer(source="addresses")
    consentements = ConsentSerializer(source="consents", many=True)


class CorrectSerializer(serializers.Serializer):
    """What a learner says of themselves; only what is sent changes."""

    public = choice(LearnerPublic, required=False)
    situation = choice(Situation, required=False, allow_blank=True)
    telephone = serializers.CharField(source="phone", max_length=30, required=False, allow_blank=True)
    amenagements = serializers.ListField(
        source="accommodations", child=choice(AccommodationKind), required=False, max_length=len(AccommodationKind)
    )


class SayConsentSerializer(serializers.Serializer):
    accord = serializers.BooleanField()


class WardSerializer(serializers.Serializer):
    """A minor whom the person follows, and what the rules let them see."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    prenom = serializers.CharField(source="learner.user.first_name")
    nom = serializers.CharField(source="learner.user.last_name")
    numero = serializers.CharField(source="learner.number")
    lien = serializers.ChoiceField(Relationship.choices, source="relationship")
    lien_libelle = serializers.CharField(source="get_relationship_display")
    visible = serializers.SerializerMethodField(help_text="Ce que les règles vous laissent voir.")

    def get_url(self, bond) -> str:
        return site_url(reverse("learners_api:ward", args=[bond.pk]))

    def get_visible(self, bond) -> list[str]:
        return [str(subject) for subject in seen_by(bond)]


class WardEnrolmentSerializer(EnrolmentSerializer):
    """The enrolment of another: without the address that only its owner opens, nor why it was given up."""

    url = None  # type: ignore[assignment]
    raison_abandon = None  # type: ignore[assignment]


class WardDocumentSerializer(DocumentSerializer):
    url = None  # type: ignore[assignment]

    def get_fichier(self, document) -> str | None:
        return site_url(reverse("learners_api:ward_document", args=[document.pk])) if document.is_issued else None


class FullWardSerializer(WardSerializer):
    inscriptions = serializers.SerializerMethodField()
    documents = WardDocumentSerializer(source="seen_documents", many=True)

    @extend_schema_field(WardEnrolmentSerializer(many=True))
    def get_inscriptions(self, bond):
        return WardEnrolmentSerializer(bond.learner.enrolments.all(), many=True).data
