from django.db import models


class Pathway(models.TextChoices):
    """« Voie » of the baccalauréat."""

    GENERAL = "generale", "Générale"
    TECHNOLOGICAL = "technologique", "Technologique"
    VOCATIONAL = "professionnelle", "Professionnelle"


class CandidateStatus(models.TextChoices):
    """Status under which DEPP counts a candidate."""

    SCHOOL = "scolaire", "Scolaire"
    DISTANCE = "enseignement-a-distance", "Enseignement à distance"
    INDIVIDUAL = "individuel", "Individuel"
    APPRENTICE = "apprentissage", "Apprentissage"
    CONTINUING = "formation-continue", "Formation continue"


ALL = "ensemble"  # a row that counts every sex, or every series
NATIONAL = "france"  # a row that counts every académie


class Sex(models.TextChoices):
    FEMALE = "F", "Femmes"
    MALE = "M", "Hommes"
    EVERY = ALL, "Ensemble"


class Series(models.TextChoices):
    GENERAL = "general", "Générale"
    STMG = "stmg", "STMG"
    ST2S = "st2s", "ST2S"
    STI2D = "sti2d", "STI2D"
    STL = "stl", "STL"
    STD2A = "std2a", "STD2A"
    STHR = "sthr", "STHR"
    STAV = "stav", "STAV"
    S2TMD = "s2tmd", "S2TMD"
    PRO_PRODUCTION = "pro-prod", "Pro, production"
    PRO_SERVICES = "pro-serv", "Pro, services"
    PRO_PRODUCTION_MEN = "pro-production-men", "Pro, production (Éducation nationale)"
    PRO_PRODUCTION_AGRI = "pro-production-agri", "Pro, production (Agriculture)"
    PRO_SERVICES_MEN = "pro-services-men", "Pro, services (Éducation nationale)"
    PRO_SERVICES_AGRI = "pro-services-agri", "Pro, services (Agriculture)"
    EVERY = ALL, "Ensemble"


SERIES_OF = {
    Pathway.GENERAL: {Series.GENERAL},
    Pathway.TECHNOLOGICAL: {
        *(Series.STMG, Series.ST2S, Series.STI2D, Series.STL),
        *(Series.STD2A, Series.STHR, Series.STAV, Series.S2TMD),
    },
    Pathway.VOCATIONAL: {
        *(Series.PRO_PRODUCTION, Series.PRO_SERVICES, Series.PRO_PRODUCTION_MEN),
        *(Series.PRO_PRODUCTION_AGRI, Series.PRO_SERVICES_MEN, Series.PRO_SERVICES_AGRI),
    },
}


class Academy(models.TextChoices):
    AIX_MARSEILLE = "aix-marseille", "Aix-Marseille"
    AMIENS = "amiens", "Amiens"
    BESANCON = "besancon", "Besançon"
    BORDEAUX = "bordeaux", "Bordeaux"
    CLERMONT_FERRAND = "clermont-ferrand", "Clermont-Ferrand"
    CORSE = "corse", "Corse"
    CRETEIL = "creteil", "Créteil"
    DIJON = "dijon", "Dijon"
    GRENOBLE = "grenoble", "Grenoble"
    GUADELOUPE = "guadeloupe", "Guadeloupe"
    GUYANE = "guyane", "Guyane"
    LA_REUNION = "la-reunion", "La Réunion"
    LILLE = "lille", "Lille"
    LIMOGES = "limoges", "Limoges"
    LYON = "lyon", "Lyon"
    MARTINIQUE = "martinique", "Martinique"
    MAYOTTE = "mayotte", "Mayotte"
    MONTPELLIER = "montpellier", "Montpellier"
    NANCY_METZ = "nancy-metz", "Nancy-Metz"
    NANTES = "nantes", "Nantes"
    NICE = "nice", "Nice"
    NORMANDIE = "normandie", "Normandie"
    ORLEANS_TOURS = "orleans-tours", "Orléans-Tours"
    PARIS = "paris", "Paris"
    POITIERS = "poitiers", "Poitiers"
    REIMS = "reims", "Reims"
    RENNES = "rennes", "Rennes"
    STRASBOURG = "strasbourg", "Strasbourg"
    TOULOUSE = "toulouse", "Toulouse"
    VERSAILLES = "versailles", "Versailles"
    FRANCE = NATIONAL, "France entière"


ACADEMIES = len(Academy) - 1


class Release(models.TextChoices):
    """The figures of July miss the session of September and are a little higher."""

    PROVISIONAL = "provisoire", "Provisoire (session de juin)"
    DEFINITIVE = "definitif", "Définitif (juin et septembre)"


class Papers(models.TextChoices):
    """Which papers a candidate sits. Only the final ones lead to the diploma, hence to a result."""

    ANTICIPATED = "anticipees", "Épreuves anticipées, en fin de première"
    FINAL = "terminales", "Épreuves terminales"


class Regime(models.TextChoices):
    """How a candidate learns with the Cned: that is what decides who registers them and how they are assessed."""

    REGULATED = "reglementee", "Classe complète réglementée au Cned"
    FREE = "libre", "Inscription libre au Cned"
    SCHOOL = "lycee", "Élève d’un lycée, avec des cours du Cned à la carte"


# Status under which DEPP is thought to count each regime: a deduction that the Cned and DEPP have to confirm.
COUNTED_AS = {
    Regime.REGULATED: CandidateStatus.DISTANCE,
    Regime.FREE: CandidateStatus.INDIVIDUAL,
    Regime.SCHOOL: CandidateStatus.SCHOOL,
}


class Speciality(models.TextChoices):
    """« Enseignements de spécialité » of the voie générale, of which a candidate keeps two in terminale."""

    ARTS = "arts", "Arts"
    BIOLOGY_ECOLOGY = "biologie-ecologie", "Biologie-écologie"
    SPORT = "eppcs", "Éducation physique, pratiques et culture sportives"
    HGGSP = "hggsp", "Histoire-géographie, géopolitique et sciences politiques"
    HLP = "hlp", "Humanités, littérature et philosophie"
    LLCA = "llca", "Littérature, langues et cultures de l’Antiquité"
    LLCER = "llcer", "Langues, littératures et cultures étrangères et régionales"
    MATHS = "mathematiques", "Mathématiques"
    NSI = "nsi", "Numérique et sciences informatiques"
    PHYSICS_CHEMISTRY = "physique-chimie", "Physique-chimie"
    SVT = "svt", "Sciences de la vie et de la Terre"
    ENGINEERING = "si", "Sciences de l’ingénieur"
    SES = "ses", "Sciences économiques et sociales"


MOST_SPECIALITIES = 2


class RegistrationState(models.TextChoices):
    INTENDED = "prevue", "À faire"
    DECLARED = "faite", "Faite, à confirmer"
    CONFIRMED = "confirmee", "Confirmée"
    CANCELLED = "annulee", "Annulée"


LIVE_REGISTRATIONS = (RegistrationState.INTENDED, RegistrationState.DECLARED, RegistrationState.CONFIRMED)
REGISTRATION_MOVES = {
    RegistrationState.INTENDED: {
        RegistrationState.DECLARED,
        RegistrationState.CONFIRMED,
        RegistrationState.CANCELLED,
    },
    RegistrationState.DECLARED: {
        RegistrationState.INTENDED,
        RegistrationState.CONFIRMED,
        RegistrationState.CANCELLED,
    },
    RegistrationState.CONFIRMED: {RegistrationState.CANCELLED},
    RegistrationState.CANCELLED: set(),
}


class Origin(models.TextChoices):
    """Who says a result: the two are never mixed, only what is confirmed is counted."""

    DECLARED = "declare", "Déclaré par la personne"
    CONFIRMED = "confirme", "Confirmé d’après l’académie"


class Outcome(models.TextChoices):
    """What became of a candidate, in the words of DEPP's columns. Present is who sat one paper at least."""

    ADMITTED_FIRST = "admis-1g", "Admis au 1er groupe"
    TO_SECOND = "passe-2g", "Passe le 2nd groupe (oraux de contrôle)"
    ADMITTED_SECOND = "admis-2g", "Admis au 2nd groupe"
    REFUSED_FIRST = "refuse-1g", "Refusé au 1er groupe"
    REFUSED_SECOND = "refuse-2g", "Refusé au 2nd groupe"
    ABSENT = "absent", "Absent à toutes les épreuves"
    NO_DECISION = "sans-decision", "Sans décision finale (épreuves étalées sur plusieurs sessions)"


# The columns of DEPP that a final outcome counts in. The others are told apart: they have no place in its sums.
OUTCOME_COLUMNS: dict[str, tuple[str, ...]] = {
    Outcome.ADMITTED_FIRST: ("present", "admitted_first", "admitted"),
    Outcome.ADMITTED_SECOND: ("present", "sent_to_second", "admitted_second", "admitted"),
    Outcome.REFUSED_FIRST: ("present", "refused_first", "refused"),
    Outcome.REFUSED_SECOND: ("present", "sent_to_second", "refused_second", "refused"),
    Outcome.ABSENT: (),
}
# Averages that each outcome allows, from and under; an outcome that is not here has none.
OUTCOME_BANDS: dict[str, tuple[int, int]] = {
    Outcome.ADMITTED_FIRST: (10, 21),
    Outcome.ADMITTED_SECOND: (10, 21),
    Outcome.TO_SECOND: (8, 10),
    Outcome.REFUSED_FIRST: (0, 10),
    Outcome.REFUSED_SECOND: (0, 10),
}


class Honours(models.TextChoices):
    """« Mention », given at the first group alone, and not to who keeps marks of a former session."""

    FAIRLY_GOOD = "assez-bien", "Mention assez bien"
    GOOD = "bien", "Mention bien"
    VERY_GOOD = "tres-bien", "Mention très bien"
    CONGRATULATED = "felicitations", "Mention très bien avec les félicitations du jury"


# Averages at which each begins, and under which it ends.
HONOURS_BANDS: dict[str, tuple[int, int]] = {
    Honours.FAIRLY_GOOD: (12, 14),
    Honours.GOOD: (14, 16),
    Honours.VERY_GOOD: (16, 21),
    Honours.CONGRATULATED: (18, 21),
}
HONOURS_COLUMNS = {
    "": "no_honours",
    Honours.FAIRLY_GOOD: "fairly_good",
    Honours.GOOD: "good",
    Honours.VERY_GOOD: "very_good",
    Honours.CONGRATULATED: "congratulated",
}
