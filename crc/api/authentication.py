"""Who calls: a person by the session of the site, a partner by its token.

The sign-in of the mobile client (tokens for persons) comes with accounts; until then it holds the site's session, and
sends the CSRF token of the `csrftoken` cookie in `X-CSRFToken` with what writes.
"""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission

from cned_portal.users.mfa import has_strong_session
from crc.domain.partners import find_partner


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


class PartnerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; the partner is `request.auth`."""

    def authenticate(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        partner = find_partner(token.strip())
        if partner is None:
            raise AuthenticationFailed("Ce jeton n’est pas valable.")
        return AnonymousUser(), partner

    def authenticate_header(self, request):
        return 'Bearer realm="partenaires"'


class IsPartner(BasePermission):
    message = "Ce partenaire n’est plus actif."

    def has_permission(self, request, view):
        return request.auth is not None and request.auth.is_active


class PersonScheme(OpenApiAuthenticationExtension):
    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class PartnerScheme(OpenApiAuthenticationExtension):
    target_class = PartnerAuthentication
    name = "jeton"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}
