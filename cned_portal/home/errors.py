"""Errors in French: pages, and for programs what the API answers with.

That of a failure (500) asks nothing of the database, of Redis or of the session.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template import loader

from cned_portal.users.api.base import problem_response

API = "/api/"


def _error(request, status, template):
    if request.path.startswith(API):
        return problem_response(status)
    return render(request, f"errors/{template}.html", {"request_id": getattr(request, "id", "")}, status=status)


@login_not_required
def bad_request(request, exception=None):
    return _error(request, 400, "400")


@login_not_required
def permission_denied(request, exception=None):
    return _error(request, 403, "403")


@login_not_required
def csrf_failure(request, reason=""):
    """The reason is for developers: it stays out of the page."""
    return _error(request, 403, "csrf")


@login_not_required
def not_found(request, exception=None):
    return _error(request, 404, "404")


@login_not_required
def too_many_requests(request, exception=None):
    return _error(request, 429, "429")


@login_not_required
def server_error(request):
    if request.path.startswith(API):
        return problem_response(500)
    page = loader.get_template("errors/500.html").render({"request_id": getattr(request, "id", "")})
    return HttpResponseServerError(page)
