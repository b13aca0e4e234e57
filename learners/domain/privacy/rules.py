"""The durations that the portal starts with. They are fictitious: the data protection officer decides."""

from learners.enums import LearnerRetention
from learners.models import LearnerRetentionRule

YEAR = 365
_TO_CONFIRM = "Valeur de démonstration, à confirmer par le délégué à la protection des données."
DEFAULTS = {
    LearnerRetention.ACCESSES: (YEAR, "Un an : repérer un accès anormal sans surveiller durablement les agents."),
    LearnerRetention.ADDRESSES: (2 * YEAR, "Deux ans après le départ, le temps de retrouver un colis égaré."),
    LearnerRetention.INVITATIONS: (90, "Trois mois : l’adresse d’une personne qui n’a pas répondu ne sert plus."),
    LearnerRetention.RIGHTS: (5 * YEAR, "Cinq ans : prescription de droit commun (article 2224 du code civil)."),
    LearnerRetention.INACTIVE: (5 * YEAR, "Cinq ans sans connexion ni inscription en cours."),
    LearnerRetention.PIECES: (YEAR, "Un an après l’annulation ou la rétractation, le temps d’une contestation."),
    LearnerRetention.COPIES: (2 * YEAR, "Deux ans après la fin, le temps d’une contestation de note ; la note reste."),
    LearnerRetention.ACTIVITIES: (
        2 * YEAR,
        "Deux ans après la fin : preuve du suivi ; les totaux restent.",
    ),
    LearnerRetention.CONTACTS: (2 * YEAR, "Deux ans après la fin : preuve du suivi ; la date et la suite restent."),
}


def load_learner_retention_rules():
    """Add the durations that are missing; number added. What an administrator changed is left as it is."""
    added = 0
    for subject, (days, reason) in DEFAULTS.items():
        values = {"days": days, "reason": f"{reason} {_TO_CONFIRM}"}
        _, is_new = LearnerRetentionRule.objects.get_or_create(subject=subject, defaults=values)
        added += is_new
    return added
