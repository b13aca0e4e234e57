"""Who calls for themselves: a person, by the token of an application or by the session of the site.

A page of the site sends the CSRF token of the `csrftoken` cookie in `X-CSRFToken` with what writes; a token needs none:
no browser sends it by itself.
"""

from types import SimpleNamespace

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.internal.sessionkit import get_session_user
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission

from cned_portal.users.headless import find_session
from cned_portal.users.mfa import has_strong_session

ENDED = "Ce jeton ne vaut plus, ou n’a jamais valu : connectez-vous de nouveau."
_CHALLENGE = 'Session realm="portail"'


class TokenAuthentication(BaseAuthentication):
    """`X-Session-Token: <token>`, given by the accounts at sign-in; its session is `request.auth`."""

    def authenticate(self, request):
        token = request.headers.get("X-Session-Token")
        if token is None:
            return None
        session = find_session(token)
        user = get_session_user(session) if session is not None else None
        if user is None:
            raise AuthenticationFailed(ENDED)
        return user, session

    def authenticate_header(self, request):
        return _CHALLENGE


class PersonAuthentication(SessionAuthentication):
    def authenticate_header(self, request):
        return _CHALLENGE

    def enforce_csrf(self, request):
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise PermissionDenied("Le jeton CSRF manque ou ne convient pas.") from None


def has_recent_proof(request):
    """Whether the person has lately said again who they are, in this session: what the most private acts ask for."""
    return did_recently_reauthenticate(SimpleNamespace(session=request.auth or request.session, user=request.user))


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


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "jetonPersonne"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}
