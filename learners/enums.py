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
    ATTENDANCE = "attendance", "Attestation d’assiduité"
    TRANSCRIPT = "transcript", "Relevé de notes"


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


class Situation(models.TextChoices):
    """What explains why the person learns from afar. Nothing medical: « hospitalisation » says where, no more."""

    EMPLOYED = "employed", "En emploi"
    JOB_SEEKER = "job_seeker", "En recherche d’emploi"
    AT_HOME = "at_home", "Instruction dans la famille"
    ABROAD = "abroad", "Résidence à l’étranger ou en outre-mer"
    ITINERANT = "itinerant", "Famille itinérante"
    ATHLETE_ARTIST = "athlete_artist", "Sport ou activité artistique de haut niveau"
    HOSPITALISED = "hospitalised", "Hospitalisation ou soins"
    DETAINED = "detained", "Suivi par un établissement pénitentiaire"
    OTHER = "other", "Autre situation"


STAFF_SITUATIONS = (Situation.DETAINED,)  # told by the establishment, never asked from the person


class AddressKind(models.TextChoices):
    POSTAL = "postal", "Adresse postale"
    DELIVERY = "delivery", "Adresse de livraison"


class AccommodationKind(models.TextChoices):
    """What is arranged, never why: no text and no piece of proof is kept."""

    EXTRA_TIME = "extra_time", "Temps majoré (tiers temps)"
    LARGE_PRINT = "large_print", "Documents agrandis"
    TRANSCRIPT = "transcript", "Transcription ou sous-titres des enregistrements"
    SCREEN_READER = "screen_reader", "Documents adaptés à un lecteur d’écran"
    BRAILLE = "braille", "Documents en braille"
    LATER_DEADLINES = "later_deadlines", "Échéances adaptées"
    WRITTEN_CONTACT = "written_contact", "Échanges par écrit plutôt que par téléphone"


class ConsentPurpose(models.TextChoices):
    NEWS = "news", "Recevoir des informations sur les formations"
    EXAMPLES = "examples", "Montrer mes travaux en exemple, sans mon nom"


class EndReason(models.TextChoices):
    """Why a guardianship ends: a category, never the text of a decision."""

    GUARDIAN = "guardian", "À la demande du responsable"
    LEARNER = "learner", "À la demande de l’apprenant"
    SEPARATION = "separation", "Changement dans la famille"
    JUDGE = "judge", "Décision de justice"
    MISTAKE = "mistake", "Invitation faite par erreur"
    MAJORITY = "majority", "Majorité de l’apprenant"
    MERGED = "merged", "Dossiers réunis"
    CLOSED = "closed", "Compte fermé"


STAFF_END_REASONS = (
    EndReason.GUARDIAN,
    EndReason.LEARNER,
    EndReason.SEPARATION,
    EndReason.JUDGE,
    EndReason.MISTAKE,
)


class DuplicateRule(models.TextChoices):
    NAME_BIRTH = "name_birth", "Même nom et même date de naissance"
    PHONE = "phone", "Même téléphone"
    EMAIL = "email", "Adresse électronique partagée"


class DuplicateState(models.TextChoices):
    OPEN = "open", "À examiner"
    DISMISSED = "dismissed", "Personnes différentes"
    MERGED = "merged", "Dossiers réunis"


class RightKind(models.TextChoices):
    FIRST_NAME = "first_name", "Corriger mon prénom"
    LAST_NAME = "last_name", "Corriger mon nom"
    BIRTH_DATE = "date_of_birth", "Corriger ma date de naissance"
    OTHER = "other", "Autre demande sur mes données"


class RightState(models.TextChoices):
    OPEN = "open", "À traiter"
    DONE = "done", "Acceptée"
    REFUSED = "refused", "Refusée"


class FileKind(models.TextChoices):
    """What a member of staff opened of a learner's file."""

    PROFILE = "profile", "Dossier"
    ENROLMENT = "enrolment", "Inscription"
    DOCUMENT = "document", "Document"
    HISTORY = "history", "Historique"
    RIGHTS = "rights", "Demande sur les données"
    DUPLICATE = "duplicate", "Comparaison de dossiers"
    GUARDIANS = "guardians", "Responsables"


class LearnerRetention(models.TextChoices):
    ACCESSES = "accesses", "Consultations de dossiers"
    ADDRESSES = "addresses", "Anciennes adresses"
    INVITATIONS = "invitations", "Invitations de responsables sans suite"
    RIGHTS = "rights", "Textes des demandes sur les données traitées"
    INACTIVE = "inactive", "Comptes d’apprenants sans activité"
    PIECES = "pieces", "Pièces des inscriptions annulées"
    COPIES = "copies", "Copies et corrections après la fin"
    ACTIVITIES = "activities", "Activités notées, après la fin"
    CONTACTS = "contacts", "Notes de suivi, après la fin"


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


class HomeworkStage(models.TextChoices):
    """Where a devoir stands for its learner; the values are those of the addresses."""

    TO_HAND_IN = "a-rendre", "À rendre"
    HANDED_IN = "rendus", "Rendus, en attente de correction"
    MARKED = "corriges", "Corrigés"
    CLOSED = "clos", "Clos sans copie"


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
