"""Choices and named sets of states of the ticket desk."""

from django.db import models


class Public(models.TextChoices):
    """Who asks; the words are those of the site's five entries."""

    STUDENT = "eleve", "Élève, étudiant ou famille"
    ADULT = "adulte", "Adulte en formation ou en projet"
    COMPANY = "entreprise", "Entreprise"
    ADMINISTRATION = "administration", "Administration ou acheteur public"
    ESTABLISHMENT = "etablissement", "Établissement scolaire ou de formation"


class Kind(models.TextChoices):
    """Kinds are kept apart because their legal clocks differ: silence on an information request decides nothing."""

    INFORMATION = "information", "Demande d’information"
    REQUEST = "demande", "Demande"
    COMPLAINT = "reclamation", "Réclamation"
    DIFFICULTY = "difficulte", "Difficulté"
    HAZARD = "alea", "Aléa"


class Channel(models.TextChoices):
    FORM = "formulaire", "Formulaire"
    EMAIL = "courriel", "Courriel"
    PHONE = "telephone", "Téléphone"
    LETTER = "courrier", "Courrier"
    API = "api", "Application"


class Language(models.TextChoices):
    """Languages that are told apart in what people write; empty when the text is too short to tell."""

    FRENCH = "fr", "Français"
    ENGLISH = "en", "Anglais"
    SPANISH = "es", "Espagnol"
    PORTUGUESE = "pt", "Portugais"
    GERMAN = "de", "Allemand"
    ITALIAN = "it", "Italien"
    ARABIC = "ar", "Écriture arabe"
    OTHER = "autre", "Autre langue"


# What a routing rule may ask of the language.
FOREIGN = "etrangere"
RULE_LANGUAGES = [(FOREIGN, "Toute autre que le français"), *Language.choices]


class State(models.TextChoices):
    NEW = "new", "Nouvelle"
    OPEN = "open", "En cours"
    WAITING = "waiting", "En attente du demandeur"
    ANSWERED = "answered", "Répondue"
    CLOSED = "closed", "Close"


# The portal owes an answer: these have a running clock and stand in the queues.
TO_ANSWER = (State.NEW, State.OPEN)

ALLOWED_MOVES = {
    State.NEW: {State.OPEN, State.WAITING, State.ANSWERED, State.CLOSED},
    State.OPEN: {State.WAITING, State.ANSWERED, State.CLOSED},
    State.WAITING: {State.OPEN, State.ANSWERED, State.CLOSED},
    State.ANSWERED: {State.OPEN, State.WAITING, State.CLOSED},
    State.CLOSED: {State.OPEN},
}


class Priority(models.IntegerChoices):
    HIGH = 1, "Haute"
    NORMAL = 2, "Normale"
    LOW = 3, "Basse"


class Direction(models.TextChoices):
    IN = "in", "Reçu du demandeur"
    OUT = "out", "Envoyé au demandeur"
    NOTE = "note", "Note interne"


class Visibility(models.TextChoices):
    PUBLIC = "public", "Visible du demandeur"
    INTERNAL = "internal", "Interne"


class Event(models.TextChoices):
    """What happened to a ticket, for its log."""

    RECEIVED = "received", "Reçue"
    ROUTED = "routed", "Transmise à un service"
    ASSIGNED = "assigned", "Attribuée"
    ANSWERED = "answered", "Réponse envoyée"
    NOTED = "noted", "Note interne ajoutée"
    REPLIED = "replied", "Message du demandeur"
    CLOSED = "closed", "Close"
    REOPENED = "reopened", "Rouverte"
    LINK_REVOKED = "link-revoked", "Liens de suivi annulés"
    BOUNCED = "bounced", "Courriel non remis au demandeur"
    AUTO_REPLIED = "auto-replied", "Réponse automatique du demandeur"
    ACK_HELD = "ack-held", "Accusé de réception retenu"
    ESCALATED = "escalated", "Retard signalé au superviseur"
    POSTPONED = "postponed", "Nouvelle date promise au demandeur"
    REQUALIFIED = "requalified", "Nature corrigée"
    PIECES_RECEIVED = "pieces-received", "Pièces reçues"
    DECIDED = "decided", "Décision envoyée"
    CLOCK_ENDED = "clock-ended", "Délai légal terminé"
    CLOCK_RESUMED = "clock-resumed", "Délai légal repris"
    INSTRUCTED = "instructed", "Réclamation instruite"
    REVIEWED = "reviewed", "Réclamation relue"
    MERGED = "merged", "Regroupée avec une autre demande"
    ABSORBED = "absorbed", "Une autre demande la rejoint"
    UNMERGED = "unmerged", "Regroupement annulé"
    SPLIT = "split", "Scindée"
    SPLIT_UNDONE = "split-undone", "Scission annulée"
    LINKED = "linked", "Liée à une autre demande"
    UNLINKED = "unlinked", "Lien retiré"
    TAGGED = "tagged", "Étiquette ajoutée"
    UNTAGGED = "untagged", "Étiquette retirée"


class EscalationStep(models.IntegerChoices):
    """Whom the portal tells of a promise that nobody keeps."""

    SOON = 1, "Bientôt due, signalée à l’agent"
    LATE = 2, "En retard, signalée au superviseur"


class LinkKind(models.TextChoices):
    """How two tickets are linked; neither is before the other."""

    RELATED = "related", "Demande en rapport"
    DUPLICATE = "duplicate", "Doublon"


class PartnerEvent(models.TextChoices):
    """Facts told to partners about the requests they brought."""

    CREATED = "demande.creee", "Demande créée"
    ANSWERED = "demande.repondue", "Réponse envoyée"
    CLOSED = "demande.close", "Demande close"
    REOPENED = "demande.rouverte", "Demande rouverte"


class DeliveryState(models.TextChoices):
    PENDING = "en-attente", "En attente"
    SENT = "remise", "Remise"
    ABANDONED = "abandonnee", "Abandonnée"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Lundi"
    TUESDAY = 1, "Mardi"
    WEDNESDAY = 2, "Mercredi"
    THURSDAY = 3, "Jeudi"
    FRIDAY = 4, "Vendredi"
    SATURDAY = 5, "Samedi"
    SUNDAY = 6, "Dimanche"


class MailKind(models.TextChoices):
    """Who wrote a mail: only people are answered."""

    HUMAN = "human", "Personne"
    AUTO_REPLY = "auto-reply", "Réponse automatique"
    BOUNCE = "bounce", "Échec de remise"
    COMPLAINT = "complaint", "Signalement d’indésirable"
    BULK = "bulk", "Envoi en nombre"
    OWN = "own", "Envoyé par le portail"


class MailStep(models.TextChoices):
    WAITING = "waiting", "À traiter"
    DONE = "done", "Traité"
    PARKED = "parked", "Mis de côté"


class AttachmentState(models.TextChoices):
    PENDING = "pending", "Analyse en cours"
    CLEAN = "clean", "Saine"
    UNSCANNED = "unscanned", "Non analysée"
    INFECTED = "infected", "Infectée"
    REFUSED = "refused", "Refusée"


class RetentionSubject(models.TextChoices):
    """What a rule keeps for a time: the tickets of a kind (same values as `Kind`), or another sort of rows."""

    INFORMATION = Kind.INFORMATION.value, "Demandes d’information"
    REQUEST = Kind.REQUEST.value, "Demandes"
    COMPLAINT = Kind.COMPLAINT.value, "Réclamations"
    DIFFICULTY = Kind.DIFFICULTY.value, "Difficultés"
    HAZARD = Kind.HAZARD.value, "Aléas"
    RAW_MAILS = "originaux", "Originaux des courriels reçus"
    LEFT_OUT = "ecartes", "Courriels écartés"
    OUTBOX = "envoyes", "Copies des courriels envoyés"
    ACCESS_LOG = "acces", "Journal des accès"
    DRAFTS = "brouillons", "Brouillons de réponses"


class AccessKind(models.TextChoices):
    """What a member of staff opened of a ticket."""

    TICKET = "demande", "Demande"
    FILE = "piece", "Pièce jointe"
    MAIL = "courriel", "Courriel"
    EXPORT = "extraction", "Extraction pour une personne"


class ArticleState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    PUBLISHED = "published", "Publié"
    ARCHIVED = "archived", "Archivé"


ARTICLE_MOVES = {
    ArticleState.DRAFT: {ArticleState.PUBLISHED, ArticleState.ARCHIVED},
    ArticleState.PUBLISHED: {ArticleState.ARCHIVED},
    ArticleState.ARCHIVED: {ArticleState.PUBLISHED},
}


class SilenceEffect(models.TextChoices):
    """What two months of silence mean (articles L231-1 and L231-4 of the CRPA)."""

    NONE = "none", "Aucun effet"
    ACCEPTANCE = "acceptance", "Vaut acceptation"
    REJECTION = "rejection", "Vaut rejet"


class Decision(models.TextChoices):
    """How a legal clock ended: what the administration decides on a request or a complaint, or how it did without."""

    GRANTED = "granted", "Accord"
    PARTIAL = "partial", "Accord partiel"
    REFUSED = "refused", "Refus"
    MOOT = "moot", "Sans objet"
    IMPLICIT = "implicit", "Décision implicite, par le silence"


# Those that are told to the requester, with their reasons.
EXPRESS = [(Decision.GRANTED, "Accord"), (Decision.PARTIAL, "Accord partiel"), (Decision.REFUSED, "Refus")]
# Those that a clock may get as its ticket is closed, where no answer has given one.
ON_CLOSING = [
    (Decision.GRANTED, "Accordée : le demandeur a ce qu’il demandait"),
    (Decision.MOOT, "Sans objet : retirée, en double, indésirable, pièces jamais reçues"),
]
REFUSALS = {Decision.PARTIAL, Decision.REFUSED}


class AnswerMeaning(models.TextChoices):
    """What an answer is for the law; all but the last have the value of a decision."""

    GRANTED = Decision.GRANTED.value, "Accepte la demande"
    PARTIAL = Decision.PARTIAL.value, "L’accepte en partie (avec les voies de recours et le médiateur)"
    REFUSED = Decision.REFUSED.value, "La refuse (avec les voies de recours et le médiateur)"
    HOLDING = "holding", "Est une réponse d’attente : le délai court"


class ComplaintOutcome(models.TextChoices):
    FOUNDED = "founded", "Fondée"
    PARTLY = "partly", "Fondée en partie"
    UNFOUNDED = "unfounded", "Non fondée"
    WITHDRAWN = "withdrawn", "Retirée"
