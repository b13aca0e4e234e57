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
    WITHDRAWAL = "withdrawal", "Rétractation dans le délai légal"
    OTHER = "other", "Autre raison"


class DocumentKind(models.TextChoices):
    SCHOOLING = "schooling", "Certificat de scolarité"
    SUMMARY = "summary", "Récapitulatif d’inscription"


class WaitingOn(models.TextChoices):
    """Whom an enrolment file waits for."""

    STAFF = "staff", "Nous"
    GUARDIAN = "guardian", "Le responsable légal"
    LEARNER = "learner", "L’apprenant"
    PAYMENT = "payment", "Un paiement"
    NOBODY = "nobody", "Personne"


class SelfRating(models.IntegerChoices):
    """Scale of a positioning questionnaire: the learner rates themselves."""

    NONE = 0, "Pas du tout"
    LITTLE = 1, "Un peu"
    WELL = 2, "Bien"
    VERY_WELL = 3, "Très bien"


class Decision(models.TextChoices):
    """What a person decides of a positioning, or of a check of prior learning."""

    PENDING = "pending", "À décider"
    FAVOURABLE = "favourable", "Favorable"
    ADAPTED = "adapted", "Favorable, avec un parcours adapté"
    UNFAVOURABLE = "unfavourable", "Défavorable"


class PieceState(models.TextChoices):
    MISSING = "missing", "À fournir"
    TO_CHECK = "to_check", "À vérifier"
    ACCEPTED = "accepted", "Acceptée"
    REFUSED = "refused", "À fournir de nouveau"


class FundingKind(models.TextChoices):
    SELF = "self", "Moi-même ou ma famille"
    CPF = "cpf", "Compte personnel de formation (CPF)"
    COMPANY = "company", "Employeur ou organisation"
    OPCO = "opco", "Opérateur de compétences (OPCO)"
    FRANCE_TRAVAIL = "france-travail", "France Travail"
    REGION = "region", "Région"


class FundingState(models.TextChoices):
    ASKED = "asked", "Accord attendu"
    AGREED = "agreed", "Accordé"
    REFUSED = "refused", "Refusé"


class PaymentState(models.TextChoices):
    AWAITING = "awaiting", "À payer"
    FAILED = "failed", "Refusé par la banque"
    PAID = "paid", "Payé"
    CANCELLED = "cancelled", "Annulé"
    TO_REFUND = "to_refund", "À rembourser"
    REFUNDED = "refunded", "Remboursé"


UNPAID_STATES = (PaymentState.AWAITING, PaymentState.FAILED)

PAYMENT_MOVES = {
    PaymentState.AWAITING: {PaymentState.PAID, PaymentState.FAILED, PaymentState.CANCELLED},
    PaymentState.FAILED: {PaymentState.AWAITING, PaymentState.PAID, PaymentState.CANCELLED},
    PaymentState.PAID: {PaymentState.TO_REFUND},
    PaymentState.CANCELLED: {PaymentState.TO_REFUND},  # money that came too late
    PaymentState.TO_REFUND: {PaymentState.REFUNDED},
    PaymentState.REFUNDED: set(),
}


class Means(models.TextChoices):
    """Means of payment; each has its provider in `learners.domain.providers`."""

    OFFLINE = "offline", "Virement ou bon de commande"
    SANDBOX = "sandbox", "Carte bancaire (essai)"
