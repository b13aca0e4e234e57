"""What a function that changes things has in common with the others."""

import functools
import inspect
from contextlib import contextmanager
from contextvars import ContextVar

import pghistory
from django.db import transaction

_in_one_piece: ContextVar[bool] = ContextVar("in_one_piece", default=False)


@contextmanager
def in_one_piece():
    """Take no savepoint in this block: whatever fails undoes the whole transaction, which the caller tries anew.

    For who writes by thousands: a savepoint is two statements, and hardly any is ever rolled back.
    """
    token = _in_one_piece.set(True)
    try:
        yield
    finally:
        _in_one_piece.reset(token)


def is_in_one_piece():
    return _in_one_piece.get()


def piece():
    """A part of a transaction that may be undone alone, except where it is done in one piece."""
    return transaction.atomic(savepoint=not is_in_one_piece())


def verb(function):
    """Mark a domain function that changes things: one transaction, its name and its actor in the history.

    The function takes a keyword-only `acting_user`: the person who acts, or None for the portal itself. A verb that
    calls another keeps one transaction; the history names the inner verb for what the inner one writes.
    """
    parameter = inspect.signature(function).parameters.get("acting_user")
    if parameter is None or parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
        raise TypeError(f"{function.__qualname__} is a verb and lacks a keyword-only acting_user")
    name = f"{function.__module__.split('.')[0]}.{function.__name__}"

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        acting_user = kwargs.get("acting_user")
        with piece(), pghistory.context() as context:
            before = dict(context.metadata)  # nested contexts of pghistory share one dict and do not restore it
            context.metadata["verb"] = name
            if acting_user is not None and acting_user.pk is not None:
                context.metadata["user"] = acting_user.pk
            try:
                return function(*args, **kwargs)
            finally:
                context.metadata.clear()
                context.metadata.update(before)

    return wrapper
