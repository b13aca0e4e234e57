"""Tables for spreadsheets."""

from cned_portal.common.spreadsheets import csv_text, decimal_cell

HEADER = (
    "Service",
    "Invitations",
    "Réponses",
    "Taux de réponse (%)",
    "Note moyenne (sur 5)",
    "Satisfaits (%)",
    "Demandes résolues selon le demandeur (%)",
)


def satisfaction_csv(rows):
    """One line for each group; scores of groups that are too small are left empty."""
    return csv_text(HEADER, [_cells(row) for row in rows])


def _cells(row):
    scores = (row.mean, row.satisfied.percent, row.resolved.percent) if row.is_shown else (None, None, None)
    return (
        *(row.label, row.response.total, row.response.count, decimal_cell(row.response.percent, 1)),
        *(decimal_cell(value, 1) for value in scores),
    )
