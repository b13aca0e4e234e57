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


class NotificationTopic(models.TextChoices):
    """What a person may be told of."""

    ENROLMENT = "enrolment", "Mes inscriptions"
    HOMEWORK = "homework", "Mes devoirs et leurs corrections"
    FOLLOW_UP = "follow_up", "Mon suivi et ses rappels"
    DOCUMENTS = "documents", "Mes documents"
    REQUESTS = "requests", "Mes demandes"


class NotificationChannel(models.TextChoices):
    MAIL = "mail", "Par courriel"
    PUSH = "push", "Sur mes appareils"
    NONE = "none", "Ne pas me prévenir"


class PushState(models.TextChoices):
    PENDING = "pending", "À envoyer"
    SENT = "sent", "Envoyée"
    ABANDONED = "abandoned", "Abandonnée"


class TimeZone(models.TextChoices):
    """Times of French territories, then of the rest of the world."""

    PARIS = "Europe/Paris", "France métropolitaine"
    GUADELOUPE = "America/Guadeloupe", "Guadeloupe, Saint-Martin, Saint-Barthélemy"
    MARTINIQUE = "America/Martinique", "Martinique"
    CAYENNE = "America/Cayenne", "Guyane"
    MIQUELON = "America/Miquelon", "Saint-Pierre-et-Miquelon"
    REUNION = "Indian/Reunion", "La Réunion"
    MAYOTTE = "Indian/Mayotte", "Mayotte"
    NOUMEA = "Pacific/Noumea", "Nouvelle-Calédonie"
    TAHITI = "Pacific/Tahiti", "Polynésie française (Tahiti)"
    WALLIS = "Pacific/Wallis", "Wallis-et-Futuna"
    LONDON = "Europe/London", "Londres, Lisbonne"
    ATHENS = "Europe/Athens", "Athènes, Le Caire, Beyrouth"
    MOSCOW = "Europe/Moscow", "Moscou, Istanbul, Nairobi"
    DAKAR = "Africa/Dakar", "Dakar, Abidjan"
    CASABLANCA = "Africa/Casablanca", "Casablanca"
    LAGOS = "Africa/Lagos", "Alger, Tunis, Douala"
    DUBAI = "Asia/Dubai", "Dubaï, Maurice"
    DELHI = "Asia/Kolkata", "Delhi"
    BANGKOK = "Asia/Bangkok", "Bangkok, Hanoï"
    SHANGHAI = "Asia/Shanghai", "Pékin, Hong Kong, Singapour"
    TOKYO = "Asia/Tokyo", "Tokyo, Séoul"
    SYDNEY = "Australia/Sydney", "Sydney"
    NEW_YORK = "America/New_York", "New York, Montréal"
    MEXICO = "America/Mexico_City", "Mexico"
    LOS_ANGELES = "America/Los_Angeles", "Los Angeles, Vancouver"
    SAO_PAULO = "America/Sao_Paulo", "São Paulo, Buenos Aires"
