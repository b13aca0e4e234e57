"""The file of an enrolment, for programs: what it holds, what it waits for, what is to pay."""

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import PageSerializer, SentFile, TrueOrFalse, choice, site_url
from learners.api.serializers import AwaitedSerializer, TrainingLinkSerializer
from learners.domain.files import missing
from learners.domain.payments import fundings_offered
from learners.domain.providers import enabled_means
from learners.enums import (
    Decision,
    EnrolmentState,
    FundingKind,
    FundingState,
    Means,
    PaymentState,
    PieceState,
    Relationship,
    SelfRating,
    WaitingOn,
)


class PieceSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    dossier = serializers.IntegerField(source="file_id")
    piece = serializers.CharField(source="label")
    pourquoi = serializers.CharField(source="why")
    etat = serializers.ChoiceField(PieceState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    raison = serializers.CharField(source="reason", help_text="Pourquoi elle est à fournir de nouveau.")
    fournie_le = serializers.DateTimeField(source="provided_at", allow_null=True)
    a_envoyer = serializers.BooleanField(source="may_be_sent", help_text="Vrai : on peut l’envoyer, ou la remplacer.")
    fichier = serializers.SerializerMethodField(help_text="Adresse du fichier envoyé ; nulle avant l’antivirus.")

    def get_url(self, piece) -> str:
        return site_url(reverse("learners_api:piece", args=[piece.pk]))

    def get_fichier(self, piece) -> str | None:
        known = piece.content and piece.is_safe
        return site_url(reverse("learners_api:piece_file", args=[piece.pk])) if known else None


class PieceUploadSerializer(serializers.Serializer):
    """For the schema."""

    fichier = SentFile()


class PaymentMeansSerializer(serializers.Serializer):
    moyen = serializers.ChoiceField(Means.choices)
    libelle = serializers.CharField()


class TransferSerializer(serializers.Serializer):
    iban = serializers.CharField(help_text="Vide : le compte est donné par courriel.")
    libelle = serializers.CharField(help_text="À écrire dans le libellé du virement.")


class PaymentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    dossier = serializers.IntegerField(source="funding.file_id")
    formation = serializers.CharField(source="funding.file.enrolment.training.title")
    echeance = serializers.IntegerField(source="rank")
    montant = serializers.DecimalField(source="amount", max_digits=9, decimal_places=2)
    etat = serializers.ChoiceField(PaymentState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    exigible_le = serializers.DateField(source="due_on", allow_null=True, help_text="Nulle avant la confirmation.")
    exigible = serializers.BooleanField(source="is_due")
    paye_le = serializers.DateTimeField(source="paid_at", allow_null=True)
    moyen = serializers.ChoiceField(Means.choices, source="means", allow_blank=True)
    moyens = serializers.SerializerMethodField(help_text="Ceux que l’on peut choisir aujourd’hui.")
    virement = serializers.SerializerMethodField(help_text="Quand le virement est choisi.")

    def get_url(self, payment) -> str:
        return site_url(reverse("learners_api:payment", args=[payment.pk]))

    @extend_schema_field(PaymentMeansSerializer(many=True))
    def get_moyens(self, payment):
        return [{"moyen": means, "libelle": label} for means, label in enabled_means()] if payment.is_due else []

    @extend_schema_field(TransferSerializer(allow_null=True))
    def get_virement(self, payment):
        if payment.means != Means.OFFLINE or not payment.is_unpaid:
            return None
        return {"iban": settings.BANK_IBAN, "libelle": payment.transfer_label}


class PaymentPageSerializer(PageSerializer):
    paiements = PaymentSerializer(many=True)


class PayBySerializer(serializers.Serializer):
    moyen = choice(Means)


class StartedPaymentSerializer(PaymentSerializer):
    """A payment whose means is chosen, and where the payer goes next."""

    suite = serializers.URLField(help_text="Page à ouvrir dans le navigateur : celle du prestataire, ou nos consignes.")


class DecidedSerializer(serializers.Serializer):
    decision = serializers.ChoiceField(Decision.choices)
    decision_libelle = serializers.CharField(source="get_decision_display")
    raison = serializers.CharField(source="reason")
    decidee_le = serializers.DateTimeField(source="decided_at", allow_null=True)


class PositioningSerializer(DecidedSerializer):
    pourcentage = serializers.IntegerField(source="percent")
    conseil = serializers.CharField(source="advice")


class PriorLearningSerializer(DecidedSerializer):
    prerequis = serializers.CharField(source="prerequisites")
    acquis = serializers.CharField(source="declared")


class FundingSerializer(serializers.Serializer):
    financement = serializers.ChoiceField(FundingKind.choices, source="kind")
    libelle = serializers.CharField(source="get_kind_display")
    etat = serializers.ChoiceField(FundingState.choices, source="state")
    montant = serializers.DecimalField(source="amount", max_digits=9, decimal_places=2, allow_null=True)


class FundingChoiceSerializer(serializers.Serializer):
    financement = serializers.ChoiceField(FundingKind.choices)
    libelle = serializers.CharField()


class EnrolmentFileSerializer(serializers.Serializer):
    """The file of an enrolment, in a list; read `with_parts`."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    inscription = serializers.IntegerField(source="enrolment_id")
    formation = TrainingLinkSerializer(source="enrolment.training")
    prenom = serializers.CharField(source="enrolment.learner.user.first_name", help_text="De l’apprenant.")
    nom = serializers.CharField(source="enrolment.learner.user.last_name")
    a_vous = serializers.SerializerMethodField(help_text="Faux : celui d’un mineur pour qui vous signez.")
    etat = serializers.ChoiceField(EnrolmentState.choices, source="enrolment.state")
    etat_libelle = serializers.CharField(source="enrolment.get_state_display")
    attend = serializers.ChoiceField(WaitingOn.choices, source="waiting_on")
    attend_libelle = serializers.CharField(source="get_waiting_on_display")
    attendu = serializers.SerializerMethodField()

    def get_url(self, file) -> str:
        return site_url(reverse("learners_api:file", args=[file.pk]))

    def get_a_vous(self, file) -> bool:
        return file.enrolment.learner.user_id == self.context["user"].pk

    @extend_schema_field(AwaitedSerializer(many=True))
    def get_attendu(self, file):
        # What staff have to do is not told in detail, on the site either
        return AwaitedSerializer([item for item in missing(file) if item.who != WaitingOn.STAFF], many=True).data


class EnrolmentFilePageSerializer(PageSerializer):
    dossiers = EnrolmentFileSerializer(many=True)


class FullEnrolmentFileSerializer(EnrolmentFileSerializer):
    """Everything the page of the file shows. A part that is not asked of this training is null."""

    positionnement_demande = serializers.BooleanField(source="needs_positioning")
    positionnement = PositioningSerializer(source="positioning", allow_null=True, default=None)
    acquis_demandes = serializers.BooleanField(source="needs_prior_learning")
    acquis = PriorLearningSerializer(source="prior_learning", allow_null=True, default=None)
    accord_demande = serializers.BooleanField(source="needs_agreement")
    accord = serializers.BooleanField(
        source="agreement.is_given", allow_null=True, default=None, help_text="Nul tant que personne n’a répondu."
    )
    pieces = PieceSerializer(source="pieces.all", many=True)
    prix = serializers.DecimalField(source="price", max_digits=9, decimal_places=2, allow_null=True)
    devis_a_accepter = serializers.BooleanField(source="needs_acceptance")
    financements_offerts = serializers.SerializerMethodField(help_text="Avec le devis à accepter.")
    financements = FundingSerializer(source="fundings.all", many=True)
    paiements = serializers.SerializerMethodField()
    retractation_jusqu_au = serializers.DateField(source="withdrawal_until", allow_null=True)
    retractation_possible = serializers.BooleanField(source="may_withdraw")
    retracte_le = serializers.DateTimeField(source="withdrawn_at", allow_null=True)

    @extend_schema_field(FundingChoiceSerializer(many=True))
    def get_financements_offerts(self, file):
        session = file.enrolment.session
        offered = fundings_offered(session.action) if session and file.needs_acceptance else []
        return [{"financement": kind, "libelle": FundingKind(kind).label} for kind in offered]

    @extend_schema_field(PaymentSerializer(many=True))
    def get_paiements(self, file):
        own = [payment for payment in file.payments if payment.funding.is_own]
        return PaymentSerializer(own, many=True).data


class PositioningQuestionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    texte = serializers.CharField(source="text")


class ScaleSerializer(serializers.Serializer):
    valeur = serializers.IntegerField()
    libelle = serializers.CharField()


class QuestionnaireSerializer(serializers.Serializer):
    introduction = serializers.CharField()
    questions = PositioningQuestionSerializer(many=True)
    echelle = ScaleSerializer(many=True)


class RatingSerializer(serializers.Serializer):
    question = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    valeur = serializers.ChoiceField(SelfRating.choices)


class AnswerQuestionnaireSerializer(serializers.Serializer):
    reponses = RatingSerializer(many=True, max_length=200)  # type: ignore[call-arg]


class DeclareSerializer(serializers.Serializer):
    acquis = serializers.CharField(source="declared", max_length=2_000)
    prerequis_lus = TrueOrFalse(source="has_read")


class InviteSignatorySerializer(serializers.Serializer):
    courriel = serializers.CharField(source="guardian_email", max_length=254)
    lien = choice(Relationship, source="relationship")


class AcceptQuoteSerializer(serializers.Serializer):
    montant = serializers.DecimalField(max_digits=9, decimal_places=2, help_text="Celui qui a été lu.")
    financements = serializers.ListField(
        source="fundings", child=choice(FundingKind), min_length=1, max_length=len(FundingKind)
    )


class WithdrawSerializer(serializers.Serializer):
    confirmation = TrueOrFalse(help_text="Vrai : je me rétracte.")

    def validate_confirmation(self, said):
        if not said:
            raise serializers.ValidationError("Confirmez pour vous rétracter.")
        return said
