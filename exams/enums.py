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
