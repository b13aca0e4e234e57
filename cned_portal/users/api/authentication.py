"""Who calls for themselves: a person, by the session of the site.

Such a client sends the CSRF token of the `csrftoken` cookie in `X-CSRFToken` with what writes.
"""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission

from cned_portal.users.mfa import has_strong_session


class PersonAuthentication(SessionAuthentication):
    def authenticate_header(self, request):
        return 'Session realm="portail"'

    def enforce_csrf(self, request):
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise PermissionDenied("Le jeton CSRF manque ou ne convient pas.") from None


class IsPerson(BasePermission):
    """Signed in, and for staff with a second factor: the middleware does not judge what it lets through as open."""

    message = "Confirmez d’abord votre second facteur sur le site."

    def has_permission(self, request, view):
        user = request.user
        if not user.is_authenticated:
            return False
        return not (settings.STAFF_MFA_REQUIRED and user.is_staff) or has_strong_session(request)


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
