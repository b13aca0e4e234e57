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
    ATTENDANCE = "attendance", "Attestation d’assiduité"
    TRANSCRIPT = "transcript", "Relevé de notes"


class ActivityKind(models.TextChoices):
    """What a learner does that shows that a module is really followed."""

    OPENED = "opened", "Module ouvert"
    DONE = "done", "Module terminé"
    HANDED_IN = "handed_in", "Devoir rendu"
    ANSWERED = "answered", "Réponse à son tuteur"


class CopyState(models.TextChoices):
    HANDED_IN = "handed_in", "Rendue"
    REPLACED = "replaced", "Remplacée"
    TAKEN = "taken", "En correction"
    MARKED = "marked", "Corrigée"


class ScanState(models.TextChoices):
    PENDING = "pending", "Analyse en cours"
    CLEAN = "clean", "Saine"
    UNSCANNED = "unscanned", "Non analysée"
    INFECTED = "infected", "Infectée"


READABLE_SCANS = (ScanState.CLEAN, ScanState.UNSCANNED)


class SignalKind(models.TextChoices):
    """A fact that may announce a drop-out. Each is said with its dates: none is a score of the person."""

    INACTIVITY = "inactivity", "Inactivité"
    LATE = "late", "Devoir en retard"
    SILENCE = "silence", "Silence après relance"


class SignalEnd(models.TextChoices):
    """Why a signal is closed: the fact stopped, or what it rested on did."""

    CAME_BACK = "came_back", "L’apprenant a repris"
    HANDED_IN = "handed_in", "Le devoir est rendu"
    ANSWERED = "answered", "L’apprenant a répondu"
    POSTPONED = "postponed", "L’échéance a changé"
    ENROLMENT_OVER = "enrolment_over", "L’inscription n’est plus en cours"
    RULE_CHANGED = "rule_changed", "La règle a changé"


class ContactKind(models.TextChoices):
    REMINDER = "reminder", "Relance du portail"
    CALL = "call", "Appel"
    MAIL = "mail", "Courriel"
    MEETING = "meeting", "Rendez-vous"


class ContactOutcome(models.TextChoices):
    WAITING = "waiting", "En attente"
    ANSWERED = "answered", "A répondu"
    CAME_BACK = "came_back", "A repris"
    SILENCE = "silence", "Sans réponse"


class ReportKind(models.TextChoices):
    """What is reported in the restricted register (Labour Code, annex of article D. 6316-1-1, indicator 12)."""

    PHYSICAL = "physical", "Violence physique ou menace"
    SEXUAL = "sexual", "Violence sexiste ou sexuelle"
    HARASSMENT = "harassment", "Harcèlement"
    ONLINE = "online", "Harcèlement en ligne"
    DISCRIMINATION = "discrimination", "Discrimination"
    OTHER = "other", "Autre situation"


class ReportedAs(models.TextChoices):
    VICTIM = "victim", "Je suis la personne concernée"
    WITNESS = "witness", "J’en ai été témoin, ou on me l’a confié"


class ReportEntryKind(models.TextChoices):
    FACT = "fact", "Précision sur les faits"
    ACTION = "action", "Action menée"
    TRANSMISSION = "transmission", "Transmission à une autorité"
    OUTCOME = "outcome", "Issue"


class ReportAccessKind(models.TextChoices):
    LIST = "list", "Liste ouverte"
    READ = "read", "Signalement lu"
    WRITE = "write", "Signalement complété"
