from django.db import models


class Role(models.TextChoices):
    """Staff roles; the value is the name of the Django group made by `sync_roles`."""

    CRC_AGENT = "agent-crc", "Agent du CRC"
    CRC_SUPERVISOR = "superviseur-crc", "Superviseur du CRC"
    ESTABLISHMENT_DESK = "guichet-unique", "Guichet unique (DAIC)"
    QUALITY_MANAGER = "responsable-qualite", "Responsable qualité"
    AUDITOR = "auditeur", "Auditeur"
    CATALOGUE_MANAGER = "gestionnaire-catalogue", "Gestionnaire du catalogue"
    UNIT_LEAD = "responsable-unite", "Responsable d’unité"
    EXAM_ANALYST = "analyste-examens", "Analyste des examens"
    ADMINISTRATOR = "administrateur", "Administrateur"
    TUTOR = "tuteur", "Tuteur"
    SAFEGUARDING = "referent-signalements", "Référent des signalements"
