"""History of business tables by database triggers, so that `update()`, bulk writes and raw SQL are seen too.

Each event row keeps the state of the row after the change, and in `pgh_context` who acted (`user`, a key), by which
verb (`verb`) and in which request (`request_id`). Event tables are append-only: a trigger refuses updates and deletes.
"""

import pghistory
import pghistory.middleware

from cned_portal.common.request_id import current_request_id


def tracked(*, exclude=()):
    """Class decorator: record every insert, update and delete of the model, but for the `exclude` fields."""
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude),
    )


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Give each writing request its user and identifier in the history. No address: paths may hold secret tokens."""

    def get_context(self, request):
        context = super().get_context(request)
        return {"user": context["user"], "request_id": current_request_id()}
