"""National results of the baccalauréat by session, voie and status: facts published by DEPP, not fiction.

The candidates beside them are invented: `exams_candidates`.
"""

from pathlib import Path

from cned_portal.demo import exams_candidates
from exams.domain.loading import load_results
from exams.domain.sessions import describe_sessions
from exams.models import ReferenceResult

DATA = Path(__file__).parent / "data" / "bac_resultats_nationaux.csv"
SOURCE = "DEPP, data.education.gouv.fr, « Baccalauréat par académie », Licence Ouverte 2.0, totaux nationaux"


def load():
    """Add the known breaks of series, then the figures unless some were loaded: theirs may be more recent."""
    describe_sessions(acting_user=None)
    if not ReferenceResult.objects.exists():
        load_results(DATA, acting_user=None, source=SOURCE)
    exams_candidates.load()
