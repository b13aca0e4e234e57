"""What a function that changes things has in common with the others."""

import functools
import inspect

import pghistory
from django.db import transaction


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
        with transaction.atomic(), pghistory.context() as context:
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
