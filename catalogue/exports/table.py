"""The catalogue as a table, one line for each session: what an import reads back without a change."""

from catalogue.domain.drafts import applied
from catalogue.domain.imports.columns import COLUMNS
from catalogue.enums import TrainingState
from catalogue.models import Training, TrainingAction, TrainingDraft, TrainingSession

BATCH = 200
HEADER = [column.heading for column in COLUMNS]


def table_rows():
    """Lines of cells for every training that is not closed, as its draft says it where there is one.

    A constant number of queries for each batch, and some more for each draft.
    """
    drafted = set(TrainingDraft.objects.values_list("training_id", flat=True))
    for training in _trainings().iterator(chunk_size=BATCH):
        if training.pk in drafted:
            with applied(training):
                yield from list(_rows(_trainings().get(pk=training.pk)))
        else:
            yield from _rows(training)


def _trainings():
    return (
        Training.objects.exclude(state=TrainingState.CLOSED)
        .select_related("unit", "domain", "diploma_type")
        .prefetch_related("actions__sessions", "certification_links__certification", "formacodes", "occupations")
        .defer("search_vector")
        .order_by("sort_key", "pk")
    )


def _rows(training):
    for action in training.actions.all() or [None]:
        for session in (action.sessions.all() if action else None) or [None]:
            rows = {Training: training, TrainingAction: action, TrainingSession: session}
            yield [column.text(rows[column.model]) if rows[column.model] else "" for column in COLUMNS]
