"""History of business tables by database triggers, so that `update()`, bulk writes and raw SQL are seen too.

Each event row keeps the state of the row after the change, and in `pgh_context` who acted (`user`, a key), by which
verb (`verb`) and in which request (`request_id`). Event tables are append-only: a trigger refuses updates and deletes.
"""

from dataclasses import dataclass
from datetime import date, datetime

import pghistory
import pghistory.middleware
import pghistory.runtime
from django.contrib.auth import get_user_model
from django.utils import formats, timezone
from psycopg.pq import TransactionStatus

from cned_portal.common.keyset import page_after
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


_tell_always = pghistory.runtime._inject_history_context
_NOT_WRITING = (*pghistory.runtime.IGNORED_SQL_PREFIXES, "savepoint", "release", "rollback")


def _tell_changes(execute, sql, params, many, context):
    """Tell the database who acts when that changes, not before each statement as the library does.

    What is told lasts until the end of the transaction, or until a savepoint taken before is rolled back: the next
    statement tells it again. It costs as much as the statement it comes with, and a verb writes ten rows.
    """
    connection = context["connection"]
    start = (sql.decode(errors="replace") if isinstance(sql, bytes) else sql).lstrip()[:12].lower()
    status = context["cursor"].connection.info.transaction_status
    if status != TransactionStatus.INTRANS or start.startswith("rollback"):
        connection.history_told = None
    if start.startswith(_NOT_WRITING):
        return execute(sql, params, many, context)
    teller = pghistory.runtime._tracker.value
    acts = (teller.id, dict(teller.metadata))
    if getattr(connection, "history_told", None) == acts:
        return execute(sql, params, many, context)
    done = _tell_always(execute, sql, params, many, context)
    connection.history_told = acts
    return done


pghistory.runtime._inject_history_context = _tell_changes

PAGE_SIZE = 30
_ACTS = {"InsertEvent": "Création", "UpdateEvent": "Modification", "DeleteEvent": "Suppression"}
_verb_labels: dict[str, str] = {}


def name_verbs(labels):
    """Say in French what verbs do: `name_verbs({"crc.answer_ticket": "Réponse envoyée"})`, in `AppConfig.ready`."""
    _verb_labels.update(labels)


@dataclass(frozen=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class HistoryLine:
    """One recorded change of an object. `who` is « Le portail » for what no person did."""

    moment: datetime
    act: str
    verb: str
    who: str
    request_id: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class HistoryPage:
    lines: tuple[HistoryLine, ...]
    next_cursor: str


def history_of(obj, *, cursor="", size=PAGE_SIZE):
    """History of an object, newest first, for `components/history.html`; empty where its model is not tracked.

    The caller has checked that the person may read the object. A fixed number of queries: the events, the names of the
    people, and one for each model that a foreign key of the object points at.
    """
    event_model = getattr(type(obj), "pgh_event_model", None)
    if event_model is None:
        return HistoryPage((), "")
    events = event_model.objects.filter(pgh_obj_id=obj.pk)
    page = page_after(events, ["-pgh_created_at", "-pgh_id"], cursor, size=size)
    if not page.rows:
        return HistoryPage((), "")
    rows = list(page.rows)
    if page.next_cursor:  # the last line is compared with the event before it
        rows += page_after(events, ["-pgh_created_at", "-pgh_id"], page.next_cursor, size=1).rows
    fields = [
        field
        for field in type(obj)._meta.concrete_fields
        if field.attname in {kept.attname for kept in event_model._meta.concrete_fields}
    ]
    related = _related_names(rows, fields)
    people = _people(rows)
    lines = []
    for index, event in enumerate(page.rows):
        before = rows[index + 1] if index + 1 < len(rows) else None
        context = event.pgh_context or {}
        metadata = context.get("metadata", context) if isinstance(context, dict) else {}
        verb = metadata.get("verb", "")
        kind = _label_kind(event.pgh_label)
        act = _ACTS.get(kind, event.pgh_label)
        lines.append(
            HistoryLine(
                moment=event.pgh_created_at,
                act=_verb_labels.get(verb, act),
                verb=verb,
                who=people.get(metadata.get("user"), "Le portail"),
                request_id=metadata.get("request_id") or "",
                changes=_changes(before, event, fields, related)
                if _label_kind(event.pgh_label) != "DeleteEvent"
                else (),
            )
        )
    return HistoryPage(tuple(lines), page.next_cursor)


def _label_kind(label):
    return {"insert": "InsertEvent", "update": "UpdateEvent", "delete": "DeleteEvent"}.get(label, label)


def _changes(before, event, fields, related):
    return tuple(
        Change(
            str(field.verbose_name),
            "" if before is None else _shown(field, getattr(before, field.attname), related),
            _shown(field, getattr(event, field.attname), related),
        )
        for field in fields
        if (before is None and not field.primary_key and getattr(event, field.attname) not in (None, "", [], {}))
        or (before is not None and getattr(before, field.attname) != getattr(event, field.attname))
    )


def _shown(field, value, related):
    if value in (None, ""):
        return "vide"
    if field.is_relation:
        return related.get((field.name, value), f"n° {value} (supprimé)")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    text = str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _related_names(rows, fields):
    names = {}
    for field in fields:
        if field.is_relation:
            keys = {getattr(row, field.attname) for row in rows} - {None}
            if keys:
                target = field.target_field.attname
                found = field.related_model._base_manager.filter(**{f"{target}__in": keys})
                names |= {(field.name, getattr(item, target)): str(item) for item in found}
    return names


def _people(rows):
    keys = set()
    for row in rows:
        context = row.pgh_context or {}
        keys.add(context.get("metadata", context).get("user"))
    people = get_user_model()._base_manager.in_bulk([key for key in keys if key is not None])
    names = {key: person.get_full_name() for key, person in people.items()}
    return {key: names.get(key, f"Compte n° {key} (supprimé)") for key in keys if key is not None}
