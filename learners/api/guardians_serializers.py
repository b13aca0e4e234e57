"""Agreements asked of an adult, and the adults who follow a minor, for programs."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import PageSerializer, TrueOrFalse, choice, line, site_url
from learners.api.profile_serializers import ConsentSerializer
from learners.api.serializers import DocumentSerializer, EnrolmentSerializer, TrainingLinkSerializer
from learners.domain.files import agreement_text
from learners.domain.guardian_rules import Subject, seen_by, sees
from learners.domain.guardians import learner_may_end
from learners.enums import EnrolmentState, Relationship


class AgreementSerializer(serializers.Serializer):
    """An agreement asked of who signs for a minor: the words to answer, or the words that were answered."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    dossier = serializers.SerializerMethodField()
    formation = TrainingLinkSerializer(source="enrolment.training")
    prenom = serializers.CharField(source="enrolment.learner.user.first_name", help_text="De l’apprenant.")
    nom = serializers.CharField(source="enrolment.learner.user.last_name")
    etat = serializers.ChoiceField(EnrolmentState.choices, source="enrolment.state")
    etat_libelle = serializers.CharField(source="enrolment.get_state_display")
    attendu = serializers.SerializerMethodField(help_text="Vrai : une réponse est attendue.")
    texte = serializers.SerializerMethodField(help_text="Ce que l’on accepte, ou ce qui a été lu.")
    accord = serializers.BooleanField(source="agreement.is_given", allow_null=True, default=None)
    repondu_le = serializers.DateTimeField(source="agreement.answered_at", allow_null=True, default=None)

    def get_url(self, file) -> str:
        return site_url(reverse("learners_api:agreement", args=[file.pk]))

    def get_dossier(self, file) -> str:
        return site_url(reverse("learners_api:file", args=[file.pk]))

    def get_attendu(self, file) -> bool:
        return getattr(file, "agreement", None) is None and file.enrolment.state == EnrolmentState.REQUESTED

    def get_texte(self, file) -> str:
        given = getattr(file, "agreement", None)
        return given.text if given else agreement_text(file)


class AgreementPageSerializer(PageSerializer):
    accords = AgreementSerializer(many=True)


class AnswerAgreementSerializer(serializers.Serializer):
    accord = TrueOrFalse(help_text="Vrai : donner son accord ; faux : le refuser.")
    texte = serializers.CharField(max_length=3_000, trim_whitespace=False, help_text="Celui qui a été lu.")


class GuardianSerializer(serializers.Serializer):
    """An adult who follows the person, or an invitation that waits; what they see."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    nom = serializers.CharField(source="guardian.get_full_name", default="", help_text="Vide avant l’acceptation.")
    courriel = serializers.CharField(source="invited_email")
    lien = serializers.ChoiceField(Relationship.choices, source="relationship")
    lien_libelle = serializers.CharField(source="get_relationship_display")
    invite_le = serializers.DateTimeField(source="invited_at")
    accepte_le = serializers.DateTimeField(source="accepted_at", allow_null=True)
    expire_le = serializers.DateTimeField(source="expires_at")
    visible = serializers.SerializerMethodField(help_text="Ce que les règles lui laissent voir de vous.")
    a_retirer = serializers.SerializerMethodField(help_text="Vrai : vous pouvez y mettre fin.")

    def get_url(self, bond) -> str:
        return site_url(reverse("learners_api:guardian", args=[bond.pk]))

    def get_visible(self, bond) -> list[str]:
        return [str(subject) for subject in seen_by(bond)]

    def get_a_retirer(self, bond) -> bool:
        return learner_may_end(bond)


class InviteGuardianSerializer(serializers.Serializer):
    courriel = serializers.CharField(source="email", max_length=254)
    lien = choice(Relationship, source="relationship")


class LinkSerializer(serializers.Serializer):
    """The secret of a link that was sent by mail: the last part of its address."""

    jeton = line(max_length=100)


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


class WardProfileSerializer(serializers.Serializer):
    situation = serializers.CharField(source="get_situation_display", help_text="Vide : non renseignée.")
    telephone = serializers.CharField(source="phone")
    adresse = serializers.ListField(source="address_lines", child=serializers.CharField())
    amenagements = serializers.SerializerMethodField()

    def get_amenagements(self, learner) -> list[str]:
        return [str(item) for item in learner.accommodations.all()]


class FullWardSerializer(WardSerializer):
    """A minor, as far as the rules let this adult see; what they hide is null or empty."""

    inscriptions = serializers.SerializerMethodField()
    documents = WardDocumentSerializer(source="seen_documents", many=True)
    profil = WardProfileSerializer(source="seen_profile", allow_null=True)
    consentements = ConsentSerializer(source="seen_consents", many=True)
    reserve = serializers.SerializerMethodField(help_text="Ce que l’apprenant garde pour lui.")

    def get_reserve(self, bond) -> list[str]:
        return [str(subject) for subject in Subject if not sees(bond, subject)]

    @extend_schema_field(WardEnrolmentSerializer(many=True))
    def get_inscriptions(self, bond):
        return WardEnrolmentSerializer(bond.learner.enrolments.all(), many=True).data
