"""Choices of the quality file."""

from django.db import models


class Category(models.TextChoices):
    """Kinds of action of article L. 6313-1 of the Code du travail, which decide what indicators apply."""

    TRAINING = "AF", "Actions de formation"
    SKILLS_REVIEW = "BC", "Bilans de compétences"
    VAE = "VAE", "Validation des acquis de l’expérience"
    APPRENTICESHIP = "CFA", "Formation par apprentissage"


class Condition(models.TextChoices):
    """What the wording of an indicator makes its application depend on, inside a category."""

    CERTIFICATION = "certification", "Prestations conduisant à une certification professionnelle"
    ALTERNANCE = "alternance", "Formations en alternance"
    WORK = "work", "Périodes de formation en situation de travail"
    SUBCONTRACTING = "subcontracting", "Recours à la sous-traitance ou au portage salarial"


class IndicatorType(models.TextChoices):
    COMMON = "common", "Commun"
    SPECIFIC = "specific", "Spécifique"


class Severity(models.TextChoices):
    """What a failure may lead to (arrêté du 6 juin 2019 modifié, article 5)."""

    MINOR_OR_MAJOR = "minor_or_major", "Non-conformité mineure ou majeure"
    MAJOR_ONLY = "major_only", "Non-conformité majeure seulement"
    UNKNOWN = "unknown", "Non déterminée à ce jour"


class QuestionKind(models.TextChoices):
    SCORE = "score", "Note de 1 à 5"
    YES_NO = "yes_no", "Oui ou non"
    TEXT = "text", "Texte libre"


class ReportKind(models.TextChoices):
    MONTHLY_REQUESTS = "monthly_requests", "Demandes du mois"


class Evidence(models.TextChoices):
    """What the portal dates by itself, and what an indicator of the referential may be proved by."""

    COMPLAINTS = "complaints", "Suites données aux réclamations"
    IMPROVEMENTS = "improvements", "Actions d’amélioration"


class Origin(models.TextChoices):
    """Where an improvement action comes from."""

    COMPLAINTS = "complaints", "Réclamations"
    SURVEYS = "surveys", "Appréciations (enquêtes)"
    AUDIT = "audit", "Audit"
    IDEA = "idea", "Idée ou constat interne"


FREE_ORIGINS = (Origin.AUDIT, Origin.IDEA)


class ImprovementState(models.TextChoices):
    TO_DECIDE = "to_decide", "À décider"
    DECIDED = "decided", "Décidée"
    ONGOING = "ongoing", "En cours"
    DONE = "done", "Faite, effet à vérifier"
    EFFECTIVE = "effective", "Effet vérifié : efficace"
    INEFFECTIVE = "ineffective", "Effet vérifié : inefficace"
    ABANDONED = "abandoned", "Abandonnée"


IMPROVEMENT_MOVES = {
    ImprovementState.TO_DECIDE: {ImprovementState.DECIDED, ImprovementState.ABANDONED},
    ImprovementState.DECIDED: {ImprovementState.ONGOING, ImprovementState.ABANDONED},
    ImprovementState.ONGOING: {ImprovementState.DONE, ImprovementState.ABANDONED},
    ImprovementState.DONE: {ImprovementState.EFFECTIVE, ImprovementState.INEFFECTIVE},
    ImprovementState.EFFECTIVE: set(),
    ImprovementState.INEFFECTIVE: {ImprovementState.DECIDED},
    ImprovementState.ABANDONED: set(),
}
UNDERWAY = (ImprovementState.DECIDED, ImprovementState.ONGOING)
VERDICTS = (ImprovementState.EFFECTIVE, ImprovementState.INEFFECTIVE)
DATED_AS_EVIDENCE = (ImprovementState.DECIDED, ImprovementState.DONE, *VERDICTS)


class Measure(models.TextChoices):
    """What the portal measures by itself, before an action is decided and after it is done."""

    COMPLAINTS = "complaints", "Réclamations de même cause en 90 jours"
    CSAT = "csat", "Demandeurs satisfaits, dernier mois entier"
    RESOLVED = "resolved", "Demandes résolues selon le demandeur, dernier mois entier"
