"""Reads of what is a person's own, whose SQL is written once in each process and asked for one person after another.

To write the SQL of a queryset that joins five tables takes Django ten times as long as PostgreSQL takes to answer it.
A page that reads many of them for everyone who comes keeps it:

    @kept_sql
    def own_documents(user):
        return Document.objects.of_user(user).order_by("-pk")

    own_documents(request.user)  # the list of documents: same rows, same instances as the queryset's

The queryset is built once, for a person who does not exist, whose key is drawn at random and then replaced. Whatever
else depends on the person would be sought for that stranger, and find nothing: never what is another's.

The statement is prepared by each connection of the web processes too (`prepare_threshold` in the settings): PostgreSQL
would take longer to plan it again than to answer it.
"""

import copy
import functools
import secrets
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone


class _Kept(NamedTuple):
    day: date  # querysets count in days from today: what was written yesterday is written anew
    queryset: QuerySet
    compiler: SQLCompiler
    sql: str
    params: tuple
    places: tuple[int, ...]  # those of the person's key among the parameters


def kept_sql(build):
    """Decorate `build(user)`, which returns a queryset that depends on the person's key and on the day alone."""
    kept: _Kept | None = None

    @functools.wraps(build)
    def rows(user):
        nonlocal kept
        today = timezone.localdate()
        found = kept
        if found is None or found.day != today:
            found = kept = _write(build, today)
        return _ask(found, user.pk)

    return rows


def _write(build, today):
    model = get_user_model()
    nobody = 2**62 + secrets.randbelow(2**62)
    # Only the key is there: to read another field of that person raises DoesNotExist
    queryset = build(model.from_db(DEFAULT_DB_ALIAS, [model._meta.pk.attname], [nobody]))
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    places = tuple(place for place, value in enumerate(params) if value == nobody)
    if not places:
        raise TypeError(f"{build.__qualname__} does not ask for the rows of a person.")
    if any(isinstance(value, datetime) for value in params):
        raise TypeError(f"{build.__qualname__} depends on the moment: what is kept serves for a day.")
    return _Kept(today, queryset, compiler, sql, params, places)


def _ask(kept, key):
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    params = list(kept.params)
    for place in kept.places:
        params[place] = type(params[place])(key)
    # Django's own cursors write the parameters into the statement, which cannot be prepared then
    with connection._prepare_cursor(ServerBindingCursor(connection.connection)) as cursor:
        cursor.execute(kept.sql, params)
        tuples = cursor.fetchall()
    # The queryset makes its instances of them: the compiler, which knows what each column is for, gives them as its own
    compiler = copy.copy(kept.compiler)
    compiler.connection = connection  # the thread's
    compiler.execute_sql = lambda *args, **kwargs: [tuples]
    queryset = kept.queryset.all()
    queryset.query.get_compiler = lambda *args, **kwargs: compiler
    return list(queryset)
