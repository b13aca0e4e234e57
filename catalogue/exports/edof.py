"""Trainings eligible to the personal training account, as the open data of EDOF describes them (one line each).

Columns of the data set `moncompteformation_catalogueformation`: the training, its certification, and what its actions
and sessions amount to.
"""

from statistics import mean

from django.conf import settings
from django.utils import timezone

from catalogue.enums import Level, TeachingMode
from catalogue.exports.lheo import BATCH, lheo_trainings
from cned_portal.common.spreadsheets import csv_line, decimal_cell

FORMACODES = 5
HEADER = (
    *("date_extract", "nom_of", "siret", "type_referentiel", "code_inventaire", "code_rncp", "intitule_certification"),
    "libelle_niveau_sortie_formation",
    *(f"code_formacode_{rank}" for rank in range(1, FORMACODES + 1)),
    *("code_nsf_1", "code_certifinfo", "intitule_formation", "points_forts", "nb_action", "nb_session_active"),
    *("nb_session_a_distance", "nombre_heures_total_min", "nombre_heures_total_max", "nombre_heures_total_mean"),
    *("frais_ttc_tot_min", "frais_ttc_tot_max", "frais_ttc_tot_mean"),
)


def edof_lines():
    """The lines of the file, header first. A training without a certification in force is eligible to nothing."""
    yield "\ufeff" + csv_line(HEADER)
    today = timezone.localdate()
    for training in lheo_trainings().iterator(chunk_size=BATCH):
        actions = [action for action in training.actions.all() if action.is_cpf_eligible]
        certification = _certification(training, today)
        if actions and certification:
            yield csv_line(_cells(training, actions, certification, today))


def _certification(training, today):
    in_force = [link.certification for link in training.certification_links.all() if link.is_in_force(today)]
    return next((found for found in in_force if not found.is_expired(today)), None)


def _cells(training, actions, certification, today):
    is_specific = certification.code.startswith("RS")
    sessions = [(action, session) for action in actions for session in action.sessions.all() if session.is_open(today)]
    codes = [formacode.code for formacode in training.formacodes.all()][:FORMACODES]
    hours = [action.hours for action in actions if action.hours]
    prices = [action.price for action in actions if action.price is not None]
    return [
        *(today.isoformat(), settings.TRAINING_PROVIDER["name"], settings.TRAINING_PROVIDER["siret"]),
        "RS" if is_specific else "RNCP",
        certification.code.removeprefix("RS") if is_specific else "",
        "" if is_specific else certification.code.removeprefix("RNCP"),
        certification.title,
        Level(training.level_after).label if training.level_after else "",
        *(codes + [""] * (FORMACODES - len(codes))),
        *(training.nsf[:3], "", training.title, training.summary, len(actions), len(sessions)),
        sum(action.teaching_mode == TeachingMode.DISTANCE for action, _ in sessions),
        *_spread(hours, 0),
        *_spread(prices, 2),
    ]


def _spread(values, digits):
    """Least, greatest and mean, empty when nothing is known."""
    return [decimal_cell(of(values) if values else None, digits) for of in (min, max, mean)]
