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
