"""A partner calls by its token; a person as everywhere else (`cned_portal.users.api`)."""

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from crc.domain.partners import find_partner


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


class PartnerScheme(OpenApiAuthenticationExtension):
    target_class = PartnerAuthentication
    name = "jeton"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}
