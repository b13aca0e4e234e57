"""Logs as JSON lines, with the identifier of the request and without personal data.

The route is written, never the path: a path may hold the token that opens a request. What looks like a mail address is
replaced wherever it stands, tracebacks included.
"""

import functools
import logging
import re
import time

from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun
from pythonjsonlogger.json import JsonFormatter

from cned_portal.common.request_id import current_request_id, set_request_id

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
TOKEN = re.compile(
    r"(/(?:demandes/suivi|demandes/recue|enquetes|calendrier|documents/verifier|compte/[\w/-]*key)/)[^\s\"'?]+"
)
HEADER = "x_request_id"

requests_log = logging.getLogger("portal.requests")
tasks_log = logging.getLogger("portal.tasks")


class SafeJsonFormatter(JsonFormatter):
    """One JSON object for each record, scrubbed as a whole."""

    def format(self, record):
        return TOKEN.sub(r"\1[jeton]", ADDRESS.sub("[adresse]", super().format(record)))


class ContextFilter(logging.Filter):
    """Adds the request's identifier; takes off the request that Django attaches, and the path of its message."""

    def filter(self, record):
        record.request_id = current_request_id()
        request = record.__dict__.pop("request", None)
        if request is not None:
            # Django logs an answer after the middlewares are done with it.
            record.request_id = record.request_id or getattr(request, "id", None)
            record.route = route_of(request)
            record.msg, record.args = f"{record.name.rpartition('.')[2]} {getattr(record, 'status_code', '')}", ()
        return True


def route_of(request):
    """Pattern of the address that was asked, such as `demandes/suivi/<str:token>/`; empty when there is none."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else ""


def names_nobody(view):
    """Mark a view whose visitors may stay anonymous though signed in: the log of requests does not say who came."""

    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response.names_nobody = True
        return response

    return wrapper


class RequestLogMiddleware:
    """One line for each request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        response = self.get_response(request)
        user = None if getattr(response, "names_nobody", False) else getattr(request, "user", None)
        requests_log.info(
            "request",
            extra={
                "method": request.method,
                "route": route_of(request),
                "status": response.status_code,
                "duration_ms": round(1000 * (time.perf_counter() - started), 1),
                "user": user.pk if user is not None and user.is_authenticated else None,
            },
        )
        return response


@setup_logging.connect
def _keep_our_logs(**kwargs):
    """Celery sets up no log of its own when somebody answers this."""


@before_task_publish.connect
def _carry_identifier(headers=None, **kwargs):
    if headers is not None and current_request_id():
        headers[HEADER] = current_request_id()


@task_prerun.connect
def _start(task=None, **kwargs):
    task.request.portal_started = time.perf_counter()
    if not task.request.is_eager:  # an eager task is inside its request already
        set_request_id(getattr(task.request, HEADER, None))


@task_postrun.connect
def _end(task=None, task_id=None, state=None, **kwargs):
    started = getattr(task.request, "portal_started", None)
    duration = None if started is None else round(1000 * (time.perf_counter() - started), 1)
    tasks_log.info("task", extra={"task": task.name, "task_id": task_id, "state": state, "duration_ms": duration})
