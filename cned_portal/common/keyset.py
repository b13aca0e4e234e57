"""Pages by key instead of by number: the thousandth costs what the first does, and none shows a row twice."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import DateTimeField, Q


class InvalidCursor(Exception):
    """The cursor is not one of ours."""


@dataclass(frozen=True)
class KeysetPage:
    rows: list
    next_cursor: str


def page_after(queryset, order, cursor, *, size):
    """The `size` rows after `cursor` in `order`, a list of moments and whole numbers ending with a unique one.

    All ascending or all descending. The cursor is a place, not an access: rows come from `queryset` alone.
    """
    rows = list(rows_after(queryset, order, cursor)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return KeysetPage(rows, cursor_of(rows[-1], order) if more else "")


def rows_after(queryset, order, cursor):
    """The rows after `cursor`, all of them, in order."""
    queryset = queryset.order_by(*order)
    if not cursor:
        return queryset
    names = _names(order)
    return queryset.filter(_after(names, _decode(cursor, queryset.model, names), "lt" if order[0][0] == "-" else "gt"))


def cursor_of(row, order):
    """The place of a row."""
    return _encode(row, _names(order))


def list_page_after(rows, key, cursor, *, size):
    """The same of a short list already read, sorted by `key(row)`: a list of texts and whole numbers, never twice."""
    if cursor:
        after = _load(cursor)
        try:
            rows = [row for row in rows if key(row) > after]
        except TypeError:
            raise InvalidCursor from None
    more = len(rows) > size
    rows = rows[:size]
    return KeysetPage(rows, _dump(key(rows[-1])) if more else "")


def _names(order):
    return [name.lstrip("-") for name in order]


def _after(names, values, side):
    """(a, b) > (x, y), written so that the index on the first column bounds the scan."""
    first, *rest = names
    bound = Q(**{f"{first}__{side}e": values[0]})
    strict = Q(**{f"{first}__{side}": values[0]})
    if not rest:
        return strict
    return bound & (strict | _after(rest, values[1:], side))


def _encode(row, names):
    values = [getattr(row, name) for name in names]
    return _dump([value.isoformat() if isinstance(value, datetime) else value for value in values])


def _dump(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _load(cursor):
    try:
        return json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise InvalidCursor from None


def _decode(cursor, model, names):
    try:
        values = _load(cursor)
        if not isinstance(values, list) or len(values) != len(names):
            raise InvalidCursor
        return [_value(model._meta.get_field(name), value) for name, value in zip(names, values, strict=True)]
    except (ValueError, TypeError, OverflowError):
        raise InvalidCursor from None


def _value(field, value):
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise InvalidCursor
        return moment.astimezone(UTC)  # a moment of the first or of the last day may have none
    if type(value) is not int or not 0 <= value < 2**63:
        raise InvalidCursor
    return value
