"""The durations that the portal starts with. They are fictitious: the data protection officer decides."""

from crc.enums import RetentionSubject
from crc.models import RetentionRule

YEAR = 365
_TO_CONFIRM = "Valeur de démonstration, à confirmer par le délégué à la protection des données."
DEFAULTS = {
    RetentionSubject.INFORMATION: (2 * YEAR, "Deux ans après la clôture, le temps de comprendre une suite."),
    RetentionSubject.REQUEST: (2 * YEAR, "Deux ans après la clôture, le temps d’un recours et de ses suites."),
    RetentionSubject.COMPLAINT: (1827, "Cinq ans : prescription de droit commun (article 2224 du code civil)."),
    RetentionSubject.DIFFICULTY: (2 * YEAR, "Deux ans après la clôture, comme une demande."),
    RetentionSubject.HAZARD: (2 * YEAR, "Deux ans après la clôture, comme une demande."),
    RetentionSubject.RAW_MAILS: (YEAR, "Un an : relire l’original d’un message contesté."),
    RetentionSubject.LEFT_OUT: (183, "Six mois : retrouver un courriel écarté à tort."),
    RetentionSubject.OUTBOX: (YEAR, "Un an : prouver ce qui a été envoyé."),
    RetentionSubject.DRAFTS: (30, "Trente jours : une réponse commencée et jamais envoyée ne sera plus reprise."),
    RetentionSubject.ACCESS_LOG: (YEAR, "Un an : repérer un accès anormal sans surveiller durablement les agents."),
}


def load_retention_rules():
    """Add the durations that are missing; number added. What an administrator changed is left as it is."""
    added = 0
    for subject, (days, reason) in DEFAULTS.items():
        values = {"days": days, "reason": f"{reason} {_TO_CONFIRM}"}
        _, is_new = RetentionRule.objects.get_or_create(subject=subject, defaults=values)
        added += is_new
    return added
