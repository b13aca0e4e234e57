from django.db import models


class LearnerPublic(models.TextChoices):
    PUPIL = "pupil", "Élève"
    STUDENT = "student", "Étudiante ou étudiant"
    ADULT = "adult", "Adulte en formation"


class Relationship(models.TextChoices):
    """What the adult is to the minor. Only the first three sign for them (Civil Code, articles 371-1, 373-2, 394)."""

    PARENT = "parent", "Parent exerçant l’autorité parentale"
    TUTOR = "tutor", "Tutrice ou tuteur légal"
    CHILD_WELFARE = "child_welfare", "Service de l’aide sociale à l’enfance"
    OTHER = "other", "Autre adulte de confiance"


SIGNING_RELATIONSHIPS = (Relationship.PARENT, Relationship.TUTOR, Relationship.CHILD_WELFARE)
MAJORITY = 18
DIGITAL_MAJORITY = 15  # below, consent to the processing of data is given with the guardian (law 78-17, article 45)


class OrganisationKind(models.TextChoices):
    COMPANY = "company", "Entreprise"
    PUBLIC_BUYER = "public_buyer", "Acheteur public"
    FRENCH_SCHOOL = "french_school", "Établissement scolaire en France"
    SCHOOL_ABROAD = "school_abroad", "Établissement scolaire à l’étranger"
    OTHER_ESTABLISHMENT = "other_establishment", "Autre établissement"
    ASSOCIATION = "association", "Association"
    THIRD_PLACE = "third_place", "Tiers-lieu"
    TRAINING_CENTRE = "training_centre", "Organisme de formation"


class MemberRole(models.TextChoices):
    MANAGER = "manager", "Responsable"
    CONTACT = "contact", "Gestionnaire"
    READER = "reader", "Lecture seule"


class EnrolmentState(models.TextChoices):
    REQUESTED = "requested", "Demandée"
    CONFIRMED = "confirmed", "Confirmée"
    ACTIVE = "active", "En cours"
    FINISHED = "finished", "Terminée"
    ABANDONED = "abandoned", "Abandonnée"
    CANCELLED = "cancelled", "Annulée"


LIVE_STATES = (EnrolmentState.REQUESTED, EnrolmentState.CONFIRMED, EnrolmentState.ACTIVE)
ENROLLED_STATES = (EnrolmentState.CONFIRMED, EnrolmentState.ACTIVE)

ENROLMENT_MOVES = {
    EnrolmentState.REQUESTED: {EnrolmentState.CONFIRMED, EnrolmentState.CANCELLED},
    EnrolmentState.CONFIRMED: {EnrolmentState.ACTIVE, EnrolmentState.ABANDONED, EnrolmentState.CANCELLED},
    EnrolmentState.ACTIVE: {EnrolmentState.FINISHED, EnrolmentState.ABANDONED},
    EnrolmentState.FINISHED: set(),
    EnrolmentState.ABANDONED: set(),
    EnrolmentState.CANCELLED: set(),
}


class AbandonReason(models.TextChoices):
    """Why a person stops. No medical detail: health falls under the personal situation."""

    TIME = "time", "Manque de temps"
    PERSONAL = "personal", "Situation personnelle"
    FINANCIAL = "financial", "Raison financière"
    ORIENTATION = "orientation", "Changement d’orientation"
    EMPLOYMENT = "employment", "Reprise ou changement d’emploi"
    UNSUITED = "unsuited", "Formation mal adaptée"
    SILENCE = "silence", "Sans nouvelles malgré les relances"
    OTHER = "other", "Autre raison"


class DocumentKind(models.TextChoices):
    SCHOOLING = "schooling", "Certificat de scolarité"


# Organisations: what they are quoted, whom they enrol, what the DAIC follows ------------------------------------------
ENROLLING_ROLES = (MemberRole.MANAGER, MemberRole.CONTACT)


class QuoteState(models.TextChoices):
    REQUESTED = "requested", "Demandé"
    DRAFT = "draft", "En préparation"
    SENT = "sent", "Envoyé"
    ACCEPTED = "accepted", "Accepté"
    REFUSED = "refused", "Refusé"
    EXPIRED = "expired", "Expiré"
    CANCELLED = "cancelled", "Annulé"


EDITABLE_QUOTE_STATES = (QuoteState.REQUESTED, QuoteState.DRAFT)
CLOSED_QUOTE_STATES = (QuoteState.REFUSED, QuoteState.EXPIRED, QuoteState.CANCELLED)
QUOTE_MOVES = {
    QuoteState.REQUESTED: {QuoteState.DRAFT, QuoteState.CANCELLED},
    QuoteState.DRAFT: {QuoteState.SENT, QuoteState.CANCELLED},
    QuoteState.SENT: {QuoteState.ACCEPTED, QuoteState.REFUSED, QuoteState.EXPIRED, QuoteState.CANCELLED},
    QuoteState.ACCEPTED: set(),
    QuoteState.REFUSED: set(),
    QuoteState.EXPIRED: set(),
    QuoteState.CANCELLED: set(),
}


class Acceptance(models.TextChoices):
    SIGNATURE = "signature", "Signature en ligne"
    PURCHASE_ORDER = "order", "Bon de commande"


class OrganisationFileKind(models.TextChoices):
    PURCHASE_ORDER = "order", "Bon de commande"
    AGREEMENT = "agreement", "Convention"
    OTHER = "other", "Autre document"


class ContactSide(models.TextChoices):
    CNED = "cned", "Au Cned"
    ORGANISATION = "organisation", "Dans l’organisation"


class GroupStep(models.TextChoices):
    CHECK = "check", "Vérification"
    WRITE = "write", "Inscription"


class GroupMode(models.TextChoices):
    ALL = "all", "Tout ou rien"
    GOOD = "good", "Les bonnes lignes"


class GroupOutcome(models.TextChoices):
    """What becomes of a line, those to correct first."""

    REFUSED = "refused", "À corriger"
    CREATED = "created", "À inscrire"
    UNCHANGED = "unchanged", "Déjà inscrite par vous"


class CampaignState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    SENDING = "sending", "Envoi en cours"
    SENT = "sent", "Envoyée"


class CampaignAudience(models.TextChoices):
    MEMBERS = "members", "Tous les membres"
    MANAGERS = "managers", "Les responsables"
    CONTACTS = "contacts", "Les contacts nommés"
