"""One identifier for each request, in the logs, in the history, in the tasks it queues and in the answer."""

import re
import uuid
from contextvars import ContextVar

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_SAFE = re.compile(r"[A-Za-z0-9-]{8,64}")


def current_request_id():
    """Identifier of the request being served, or of the one that queued the task; None outside of both."""
    return _request_id.get()


def set_request_id(identifier):
    """Work on behalf of a request from now on; None for no request."""
    _request_id.set(identifier)


class RequestIdMiddleware:
    """Take the proxy's `X-Request-ID` when it is well-formed, else make one; send it back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        received = request.headers.get("X-Request-ID", "")
        identifier = received if _SAFE.fullmatch(received) else uuid.uuid4().hex
        request.id = identifier
        token = _request_id.set(identifier)
        try:
            response = self.get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-ID"] = identifier
        return response
