"""« Mon organisation » for programs: who acts for it, what it is offered, whom it enrols and follows."""

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.common.progress import RunState
from cned_portal.users.api.fields import PageSerializer, SentFile, TrueOrFalse, choice, line, site_url
from learners.api.serializers import TrainingLinkSerializer
from learners.domain.organisations.quotes import signed_text
from learners.enums import (
    ENROLLING_ROLES,
    Acceptance,
    ContactSide,
    GroupMode,
    GroupOutcome,
    GroupStep,
    MemberRole,
    OrganisationFileKind,
    OrganisationKind,
    QuoteState,
)


def api_url(name, organisation, *keys):
    return site_url(reverse(f"learners_api:{name}", args=[organisation, *keys]))


class MembershipSerializer(serializers.Serializer):
    """An organisation for which the person acts, and their role."""

    id = serializers.IntegerField(source="organisation_id")
    url = serializers.SerializerMethodField()
    nom = serializers.CharField(source="organisation.name")
    nature = serializers.ChoiceField(OrganisationKind.choices, source="organisation.kind")
    nature_libelle = serializers.CharField(source="organisation.get_kind_display")
    role = serializers.ChoiceField(MemberRole.choices)
    role_libelle = serializers.CharField(source="get_role_display")
    inscrit = serializers.SerializerMethodField(help_text="Vrai : votre rôle permet devis, inscriptions et documents.")

    def get_url(self, membership) -> str:
        return api_url("organisation", membership.organisation_id)

    def get_inscrit(self, membership) -> bool:
        return membership.role in ENROLLING_ROLES


class VoucherSerializer(serializers.Serializer):
    """Seats of an accepted quote."""

    id = serializers.IntegerField()
    formation = TrainingLinkSerializer(source="training")
    formule = serializers.CharField(source="session.action.name")
    debut = serializers.DateField(source="session.starts_on", allow_null=True)
    places = serializers.IntegerField(source="seats")
    prises = serializers.IntegerField(source="used")
    code = serializers.SerializerMethodField(help_text="Code du bon, pour qui inscrit ; nul en lecture seule.")

    def get_code(self, voucher) -> str | None:
        return voucher.printed_code if self.context.get("codes") else None


class OrganisationContactSerializer(serializers.Serializer):
    nom = serializers.CharField(source="__str__")
    sujet = serializers.CharField(source="subject")
    cote = serializers.ChoiceField(ContactSide.choices, source="side")
    courriel = serializers.SerializerMethodField()
    telephone = serializers.CharField(source="phone")

    def get_courriel(self, contact) -> str:
        return contact.user.email if contact.user else contact.email


class OrganisationAgreementSerializer(serializers.Serializer):
    intitule = serializers.CharField(source="title")
    debut = serializers.DateField(source="starts_on")
    fin = serializers.DateField(source="ends_on", allow_null=True)
    notes = serializers.BooleanField(source="shares_grades", help_text="Vrai : les notes sont communiquées.")


class IdentifierSerializer(serializers.Serializer):
    nom = serializers.CharField()
    valeur = serializers.CharField()


class FullMembershipSerializer(MembershipSerializer):
    identifiants = serializers.SerializerMethodField()
    code_postal = serializers.CharField(source="organisation.postal_code")
    ville = serializers.CharField(source="organisation.city")
    devis_a_repondre = serializers.ListField(source="offered", child=serializers.URLField())
    bons = serializers.SerializerMethodField()
    contacts = OrganisationContactSerializer(many=True)
    conventions = OrganisationAgreementSerializer(source="agreements", many=True)

    @extend_schema_field(IdentifierSerializer(many=True))
    def get_identifiants(self, membership):
        return [{"nom": name, "valeur": value} for name, value in membership.organisation.identifiers]

    @extend_schema_field(VoucherSerializer(many=True))
    def get_bons(self, membership):
        codes = membership.role in ENROLLING_ROLES
        return VoucherSerializer(membership.vouchers, many=True, context={"codes": codes}).data


class MemberSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    nom = serializers.CharField(source="user.get_full_name")
    courriel = serializers.CharField(source="user.email")
    role = serializers.ChoiceField(MemberRole.choices)
    role_libelle = serializers.CharField(source="get_role_display")

    def get_url(self, member) -> str:
        return api_url("organisation_member", member.organisation_id, member.pk)


class ChangeRoleSerializer(serializers.Serializer):
    role = choice(MemberRole, required=False)


class MemberInvitationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    courriel = serializers.CharField(source="email")
    role = serializers.ChoiceField(MemberRole.choices)
    role_libelle = serializers.CharField(source="get_role_display")
    expire_le = serializers.DateTimeField(source="expires_at")
    expiree = serializers.BooleanField(source="is_expired")

    def get_url(self, invitation) -> str:
        return api_url("organisation_invitation", invitation.organisation_id, invitation.pk)


class InviteMemberSerializer(serializers.Serializer):
    courriel = serializers.CharField(source="email", max_length=254)
    role = choice(MemberRole)


# Quotes --------------------------------------------------------------------------------------------------------------
class QuoteSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    reference = serializers.CharField()
    etat = serializers.ChoiceField(QuoteState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    besoin = serializers.CharField(source="request")
    cree_le = serializers.DateTimeField(source="created_at")
    envoye_le = serializers.DateTimeField(source="sent_at", allow_null=True)
    valable_jusqu_au = serializers.DateField(source="valid_until", allow_null=True)
    a_repondre = serializers.BooleanField(source="is_offered")
    total = serializers.CharField(source="content.total", allow_null=True, default=None, help_text="En euros.")

    def get_url(self, quote) -> str:
        return api_url("organisation_quote", quote.organisation_id, quote.pk)


class QuotePageSerializer(PageSerializer):
    devis = QuoteSerializer(many=True)


class QuoteLineSerializer(serializers.Serializer):
    formation = serializers.CharField(source="training")
    formule = serializers.CharField(source="action")
    debut = serializers.CharField(source="starts_on", allow_null=True)
    places = serializers.IntegerField(source="seats")
    prix_unitaire = serializers.CharField(source="unit_price")
    total = serializers.CharField()


class FullQuoteSerializer(QuoteSerializer):
    """What was sent, as it was: amounts are texts, in euros."""

    lignes = QuoteLineSerializer(source="content.lines", many=True, default=())
    hors_taxe = serializers.CharField(source="content.net", allow_null=True, default=None)
    taux_tva = serializers.CharField(source="content.vat_rate", allow_null=True, default=None)
    tva = serializers.CharField(source="content.vat", allow_null=True, default=None)
    mention_tva = serializers.CharField(source="content.vat_mention", allow_null=True, default=None)
    fichier = serializers.SerializerMethodField(help_text="Adresse du PDF ; nulle tant qu’il n’est pas prêt.")
    mots = serializers.SerializerMethodField(help_text="Les mots de la signature, avec « … » pour qui signe.")
    acceptation = serializers.ChoiceField(Acceptance.choices, source="acceptance", allow_blank=True)
    accepte_le = serializers.DateTimeField(source="accepted_at", allow_null=True)
    texte_signe = serializers.CharField(source="signed_text")
    clos_le = serializers.DateTimeField(source="closed_at", allow_null=True)
    raison = serializers.CharField(source="closing_reason")
    bons = serializers.SerializerMethodField()

    def get_fichier(self, quote) -> str | None:
        document = getattr(quote, "document", None)
        is_ready = document is not None and document.state == RunState.DONE
        return api_url("organisation_quote_file", quote.organisation_id, quote.pk) if is_ready else None

    def get_mots(self, quote) -> str:
        return signed_text(quote, name="…", position="…", on=timezone.localdate()) if quote.is_offered else ""

    @extend_schema_field(VoucherSerializer(many=True))
    def get_bons(self, quote):
        return VoucherSerializer(quote.vouchers, many=True, context=self.context).data


class AskQuoteSerializer(serializers.Serializer):
    besoin = serializers.CharField(source="request", max_length=4_000, help_text="Ne nommez personne.")


class SignQuoteSerializer(serializers.Serializer):
    nom = line(source="name", max_length=150, help_text="Prénom et nom de qui signe.")
    qualite = line(source="position", max_length=150)
    accord = TrueOrFalse(source="agreed", help_text="Vrai : bon pour accord.")


class OrderQuoteSerializer(serializers.Serializer):
    numero = line(source="number", max_length=60)
    fichier = SentFile()


class RefuseQuoteSerializer(serializers.Serializer):
    raison = line(source="reason", max_length=300)


# Group enrolments ----------------------------------------------------------------------------------------------------
class GroupSerializer(serializers.Serializer):
    """A list that was deposited: first checked, then written once accepted. Follow `url` until `done` or `failed`."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    liste = serializers.CharField(source="file_name")
    formation = TrainingLinkSerializer(source="voucher.training")
    formule = serializers.CharField(source="voucher.session.action.name")
    deposee_le = serializers.DateTimeField(source="created_at")
    etape = serializers.ChoiceField(GroupStep.choices, source="step")
    etat = serializers.ChoiceField(RunState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    progression = serializers.IntegerField(source="progress", help_text="En pour cent.")
    erreur = serializers.CharField(source="error")
    mode = serializers.ChoiceField(GroupMode.choices, allow_blank=True)
    a_accepter = serializers.BooleanField(source="waits_for_decision")
    rien_ecrit = serializers.BooleanField(source="nothing_written", help_text="« Tout ou rien », et une ligne refusée.")
    a_inscrire = serializers.IntegerField(source="created_count", help_text="Lignes à inscrire, ou inscrites.")
    deja_inscrites = serializers.IntegerField(source="unchanged_count")
    a_corriger = serializers.IntegerField(source="refused_count")
    colonnes_ignorees = serializers.ListField(source="ignored_columns", child=serializers.CharField())

    def get_url(self, run) -> str:
        return api_url("organisation_group", run.organisation_id, run.pk)


class GroupPageSerializer(PageSerializer):
    listes = GroupSerializer(many=True)


class DepositGroupSerializer(serializers.Serializer):
    """CSV or XLSX, one person a line; the columns are those of the model."""

    bon = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Les places à utiliser.")
    fichier = SentFile()


class GroupProblemSerializer(serializers.Serializer):
    champ = serializers.CharField()
    raison = serializers.CharField()


class GroupLineSerializer(serializers.Serializer):
    ligne = serializers.IntegerField(source="line")
    personne = serializers.CharField(source="person")
    effet = serializers.ChoiceField(GroupOutcome.choices, source="outcome")
    refus = serializers.SerializerMethodField()

    @extend_schema_field(GroupProblemSerializer(many=True))
    def get_refus(self, row):
        return [{"champ": name, "raison": reason} for name, reason in row.problems]


class GroupLinePageSerializer(PageSerializer):
    lignes = GroupLineSerializer(many=True)


class AcceptGroupSerializer(serializers.Serializer):
    mode = choice(GroupMode)


# Follow-up and papers ------------------------------------------------------------------------------------------------
class FollowedSerializer(serializers.Serializer):
    nom = serializers.CharField(source="name")
    formation = serializers.CharField(source="training")
    formule = serializers.CharField(source="session")
    etat = serializers.CharField(source="state")
    commencee_le = serializers.CharField(source="started_on", help_text="jj/mm/aaaa, vide avant le début.")
    autres = serializers.ListField(source="others", child=serializers.CharField(), help_text="Une par `colonnes`.")


class FollowUpPageSerializer(PageSerializer):
    colonnes = serializers.ListField(child=serializers.CharField())
    apprenants = FollowedSerializer(many=True)


class PaperSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField(help_text="Adresse du fichier.")
    titre = serializers.CharField(source="title")
    nature = serializers.ChoiceField(OrganisationFileKind.choices, source="kind")
    nature_libelle = serializers.CharField(source="get_kind_display")
    depose_le = serializers.DateTimeField(source="added_at")

    def get_url(self, paper) -> str:
        return api_url("organisation_paper_file", paper.organisation_id, paper.pk)


class PaperPageSerializer(PageSerializer):
    documents = PaperSerializer(many=True)


class AddPaperSerializer(serializers.Serializer):
    nature = choice(OrganisationFileKind)
    titre = line(max_length=150)
    fichier = SentFile()


# Seats, for the person to whom they are offered ----------------------------------------------------------------------
class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=60, help_text="Seize caractères, avec ou sans tirets.")


class OfferedSeatSerializer(serializers.Serializer):
    """What a code opens."""

    url = serializers.SerializerMethodField(help_text="Où prendre la place.")
    formation = TrainingLinkSerializer(source="training")
    formule = serializers.CharField(source="session.action.name")
    debut = serializers.DateField(source="session.starts_on", allow_null=True)
    organisation = serializers.CharField(source="organisation.name")
    places_libres = serializers.BooleanField(source="free")

    def get_url(self, voucher) -> str:
        return site_url(reverse("learners_api:voucher"))


class SeatSerializer(serializers.Serializer):
    """A seat that an organisation gave, and that waits for a yes or a no."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    organisation = serializers.CharField(source="enrolment.organisation.name")
    formation = TrainingLinkSerializer(source="enrolment.training")
    prenom = serializers.CharField(source="enrolment.learner.user.first_name", help_text="De la personne inscrite.")
    nom = serializers.CharField(source="enrolment.learner.user.last_name")

    def get_url(self, seat) -> str:
        return site_url(reverse("learners_api:seat", args=[seat.pk]))


class AnswerSeatSerializer(serializers.Serializer):
    accord = TrueOrFalse()


class AnsweredSeatSerializer(serializers.Serializer):
    url = serializers.URLField(help_text="De l’inscription.")
    accord = serializers.BooleanField()
