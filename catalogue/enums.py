from django.db import models


class TrainingState(models.TextChoices):
    DRAFT = "draft", "Brouillon"
    PUBLISHED = "published", "Publiée"
    CLOSING = "closing", "En extinction"
    CLOSED = "closed", "Fermée"


VISIBLE_STATES = (TrainingState.PUBLISHED, TrainingState.CLOSING)


class TrainingKind(models.TextChoices):
    TRAINING = "training", "Formation"
    CENTRAL_PROJECT = "central_project", "Projet central"


class Perimeter(models.TextChoices):
    """Legal perimeter: it drives price, refund rules, wording and reporting."""

    REGULATED = "regulated", "Réglementé"
    COMPETITIVE = "competitive", "Concurrentiel"


class Recognition(models.TextChoices):
    """Type of recognition, which indicator 1 asks to show since 1 November 2026."""

    NATIONAL_DIPLOMA = "national_diploma", "Diplôme national"
    RNCP_TITLE = "rncp_title", "Titre inscrit au RNCP"
    BLOCK = "block", "Bloc de compétences d’une certification"
    RS = "rs", "Certification du Répertoire spécifique"
    UNIVERSITY_DIPLOMA = "university_diploma", "Diplôme d’un établissement"
    SCHOOLING = "schooling", "Scolarité, sans diplôme propre"
    ATTESTATION = "attestation", "Attestation de formation"
    PREPARATION = "preparation", "Préparation sans certification"
    NONE = "none", "Aucune reconnaissance"


CERTIFYING = (Recognition.NATIONAL_DIPLOMA, Recognition.RNCP_TITLE, Recognition.BLOCK, Recognition.RS)


class Level(models.IntegerChoices):
    """French framework of 2019; 0 is used before any diploma."""

    NONE = 0, "Sans diplôme"
    THREE = 3, "Niveau 3 (CAP)"
    FOUR = 4, "Niveau 4 (bac)"
    FIVE = 5, "Niveau 5 (bac + 2)"
    SIX = 6, "Niveau 6 (bac + 3)"
    SEVEN = 7, "Niveau 7 (bac + 5)"
    EIGHT = 8, "Niveau 8 (doctorat)"


class Audience(models.TextChoices):
    PUPIL = "eleve", "Élève"
    STUDENT = "etudiant", "Étudiant"
    ADULT = "adulte", "Adulte"
    COMPANY = "entreprise", "Entreprise"
    ADMINISTRATION = "administration", "Administration"
    SCHOOL = "etablissement", "Établissement"


class TeachingMode(models.IntegerChoices):
    """LHEO table « modalites-enseignement »."""

    ON_SITE = 0, "En présentiel"
    MIXED = 1, "Mixte"
    DISTANCE = 2, "Entièrement à distance"


class EntryMode(models.IntegerChoices):
    """LHEO table « modalites-es »."""

    FIXED_DATES = 0, "À dates fixes"
    PERMANENT = 1, "Entrées permanentes"


class Funding(models.TextChoices):
    """Who may pay for an action; CPF is told by its eligibility."""

    CPF = "cpf", "Compte personnel de formation (CPF)"
    EMPLOYER = "employeur", "Employeur ou OPCO"
    FRANCE_TRAVAIL = "france-travail", "France Travail"
    REGION = "region", "Région"
    SELF = "personnel", "Financement personnel"
    FREE = "gratuit", "Gratuit"


class DurationBand(models.TextChoices):
    """Bands of the usual duration of a training."""

    SHORT = "3-mois", "3 mois ou moins"
    HALF_YEAR = "6-mois", "De 4 à 6 mois"
    YEAR = "1-an", "De 7 mois à 1 an"
    TWO_YEARS = "2-ans", "De 1 à 2 ans"
    LONG = "plus", "Plus de 2 ans"

    @classmethod
    def of(cls, months):
        """The band of a number of months."""
        for band, last in ((cls.SHORT, 3), (cls.HALF_YEAR, 6), (cls.YEAR, 12), (cls.TWO_YEARS, 24)):
            if months <= last:
                return band
        return cls.LONG


class RecruitmentState(models.IntegerChoices):
    """LHEO table « etat-recrutement »."""

    OPEN = 1, "Ouvert"
    CLOSED = 2, "Fermé"
    SUSPENDED = 3, "Suspendu"


class IndicatorKind(models.TextChoices):
    SUCCESS = "success", "Taux d’obtention"
    PRESENTATION = "presentation", "Taux de présentation à l’examen"
    SATISFACTION = "satisfaction", "Taux de satisfaction"
    COMPLETION = "completion", "Taux d’assiduité jusqu’au terme"
    EMPLOYMENT = "employment", "Taux d’insertion"


class RequestKind(models.TextChoices):
    """Forms of request, which the relation centre receives; the value is in their address."""

    QUESTION = "question", "Question"
    CALL_BACK = "rappel", "Demande de rappel"
    QUOTE = "devis", "Demande de devis"
    PURCHASE_ORDER = "commande", "Bon de commande"
    AGREEMENT = "convention", "Demande de convention"


class RomeDomain(models.TextChoices):
    """First letter of a ROME code."""

    A = "A", "Agriculture et pêche, espaces naturels et espaces verts, soins aux animaux"
    B = "B", "Arts et façonnage d’ouvrages d’art"
    C = "C", "Banque, assurance, immobilier"
    D = "D", "Commerce, vente et grande distribution"
    E = "E", "Communication, média et multimédia"
    F = "F", "Construction, bâtiment et travaux publics"
    G = "G", "Hôtellerie-restauration, tourisme, loisirs et animation"
    H = "H", "Industrie"
    I = "I", "Installation et maintenance"  # noqa: E741  the letter of the nomenclature
    J = "J", "Santé"
    K = "K", "Services à la personne et à la collectivité"
    L = "L", "Spectacle"
    M = "M", "Support à l’entreprise"
    N = "N", "Transport et logistique"


class ImportFormat(models.TextChoices):
    TABLE = "table", "Tableau CSV ou XLSX"
    LHEO = "lheo", "LHEO (XML)"


class ImportStep(models.TextChoices):
    CHECK = "check", "Vérification"
    WRITE = "write", "Écriture"


class ImportMode(models.TextChoices):
    """What a person accepts after the check."""

    ALL = "all", "Tout ou rien"
    GOOD = "good", "Les lignes bonnes seulement"


class LineOutcome(models.TextChoices):
    REFUSED = "refused", "Refusée"
    CREATED = "created", "Créée"
    CHANGED = "changed", "Modifiée"
    UNCHANGED = "unchanged", "Inchangée"
