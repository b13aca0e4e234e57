"""Sign-in of applications: what of allauth's API is open here, by which token, and what staff may do with it.

The token is the key of a session, sent in `X-Session-Token`. It lasts as long as a session of the site does, and ends
as one: by signing out, from « Appareils connectés », with the password, or with the account.
"""

import json
import re
from http import HTTPStatus

from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse

from cned_portal.users.mfa import is_strong

PREFIX = "api/compte/app/v1/"
RETRY_AFTER = 300  # the longest of the waits in ACCOUNT_RATE_LIMITS that a person meets
BODY_MAX = 128 * 1024  # as what is sent to the rest of the API
_TOKEN = re.compile(r"[a-z0-9]{32}")

# Every address of the accounts that applications may call, and what it does. allauth's others answer 404: identity
# providers are followed in the browser, where their answers are checked (`oidc.py`).
OPERATIONS = {
    "config": {"get": "Ce que les comptes acceptent"},
    "auth/login": {"post": "Se connecter"},
    "auth/session": {"get": "Savoir qui est connecté", "delete": "Se déconnecter : le jeton cesse de valoir"},
    "auth/sessions": {"get": "Appareils connectés", "delete": "Déconnecter des appareils"},
    "auth/signup": {"post": "Créer un compte"},
    "auth/email/verify": {"get": "Lire un lien de confirmation", "post": "Confirmer une adresse électronique"},
    "auth/password/request": {"post": "Recevoir un lien pour changer un mot de passe oublié"},
    "auth/password/reset": {"get": "Lire un lien de mot de passe oublié", "post": "Choisir un nouveau mot de passe"},
    "auth/reauthenticate": {"post": "Redonner son mot de passe"},
    "auth/2fa/authenticate": {"post": "Donner le code du second facteur"},
    "auth/2fa/reauthenticate": {"post": "Redonner un code du second facteur"},
    "auth/webauthn/login": {"get": "Préparer une connexion par clé d’accès", "post": "Se connecter par clé d’accès"},
    "auth/webauthn/authenticate": {
        "get": "Préparer la clé du second facteur",
        "post": "Donner la clé du second facteur",
    },
    "auth/webauthn/reauthenticate": {"get": "Préparer une nouvelle preuve par clé", "post": "Redonner sa clé"},
    "account/email": {
        "get": "Adresses électroniques du compte",
        "post": "Changer d’adresse électronique",
        "put": "Renvoyer la confirmation d’une adresse",
        "patch": "Choisir l’adresse principale",
        "delete": "Retirer une adresse",
    },
    "account/password/change": {"post": "Changer de mot de passe"},
    "account/authenticators": {"get": "Seconds facteurs du compte"},
    "account/authenticators/totp": {
        "get": "État de l’application de codes, ou de quoi l’installer",
        "post": "Ajouter l’application de codes",
        "delete": "Retirer l’application de codes",
    },
    "account/authenticators/recovery-codes": {"get": "Codes de secours", "post": "Refaire les codes de secours"},
    "account/authenticators/webauthn": {
        "get": "Préparer l’ajout d’une clé",
        "post": "Ajouter une clé",
        "put": "Renommer une clé",
        "delete": "Retirer une clé",
    },
}
_NOT_JSON = "invalid_json", "Ce contenu n’est pas un objet JSON."
_UNKNOWN = "not_found", "Rien ne se trouve à cette adresse."
_FAILED = "error", "Le portail n’a pas pu répondre : renvoyez l’appel dans un moment."
_TOO_MANY = "too_many_login_attempts"
_UNFORESEEN = {400: _NOT_JSON, 404: _UNKNOWN}  # what allauth or Django answers with no body, or with a page
# All that a session of staff may call before it has confirmed the account's second factor.
_CONFIRMING = {"config", "auth/session", "auth/2fa/reauthenticate", "auth/webauthn/reauthenticate"}


def find_session(token):
    """The session of a token; None when it has ended, or has not the form of ours: the cache is not asked then."""
    return lookup_session(token) if _TOKEN.fullmatch(token) else None


class TokenStrategy(SessionTokenStrategy):
    def lookup_session(self, session_token):
        return find_session(session_token)


class HeadlessAdapter(DefaultHeadlessAdapter):
    error_messages = {
        **DefaultHeadlessAdapter.error_messages,
        "account_not_found": "Ce compte n’existe pas.",
        "invalid_token": "Ce jeton n’est pas valable.",
        "required": "Ce champ est obligatoire.",
        "unknown_email": "Cette adresse électronique n’est pas connue.",
        "unknown_provider": "Ce service d’identité n’est pas connu.",
        "invalid_url": "Cette adresse n’est pas valable.",
    }


class HeadlessMiddleware:
    """Keep to `OPERATIONS`, hold staff to their second factor as the site does, and say every error in the body."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith("/" + PREFIX):
            response = _too_many(response) or response
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                response["Retry-After"] = str(RETRY_AFTER)
            elif response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != "application/json":
                return _error(response.status_code, *_UNFORESEEN.get(response.status_code, _FAILED))
        return response

    def process_view(self, request, view, args, kwargs):
        match = request.resolver_match
        if "headless" not in match.namespaces:
            return None
        name = match.route.removeprefix(PREFIX)
        method = "get" if request.method == "HEAD" else request.method.lower()
        if name not in OPERATIONS:
            return _error(HTTPStatus.NOT_FOUND, *_UNKNOWN)
        if method not in OPERATIONS[name]:
            code, message = "method_not_allowed", "Cette adresse n’accepte pas cet appel."
            response = _error(HTTPStatus.METHOD_NOT_ALLOWED, code, message)
            response["Allow"] = ", ".join("GET, HEAD" if one == "get" else one.upper() for one in OPERATIONS[name])
            return response
        return self._refuse_body(request) or self._refuse_staff(request, name, method)

    def process_exception(self, request, exception):
        """A key of « mot de passe oublié » that names no account (such as « -x ») stops allauth's form."""
        match = request.resolver_match
        if match and match.route == f"{PREFIX}auth/password/reset" and isinstance(exception, TypeError):
            return _error(HTTPStatus.BAD_REQUEST, "invalid_password_reset", "Ce lien n’est pas valable.")
        return None

    def _refuse_body(self, request):
        """allauth stops on what is nested too deep, and on numbers that are too long."""
        try:
            body = request.body
            if len(body) > BODY_MAX:
                raise RequestDataTooBig
            if body and not isinstance(json.loads(body.decode()), dict):
                raise ValueError
        except RequestDataTooBig:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "Le contenu envoyé est trop volumineux.")
        except (ValueError, RecursionError):
            return _error(HTTPStatus.BAD_REQUEST, *_NOT_JSON)
        return None

    def _refuse_staff(self, request, name, method):
        session = find_session(request.headers.get("X-Session-Token", ""))
        user = get_session_user(session) if session is not None else None
        if user is None or not settings.STAFF_MFA_REQUIRED or not user.is_staff:
            return None
        if method == "delete" and name.startswith("account/authenticators"):
            return _error(HTTPStatus.FORBIDDEN, "staff", "Retirez un second facteur depuis le site.")
        if name in _CONFIRMING or is_strong(session, user) or not is_mfa_enabled(user):
            return None
        return _error(HTTPStatus.FORBIDDEN, "second_factor", "Confirmez d’abord votre second facteur.")


def _too_many(response):
    """The answer to too many errors of one account, which allauth tells as a mistake in a field; None for others."""
    if response.status_code != HTTPStatus.BAD_REQUEST or response["Content-Type"] != "application/json":
        return None
    for error in json.loads(response.content).get("errors", []):
        if error["code"] == _TOO_MANY:
            return _error(HTTPStatus.TOO_MANY_REQUESTS, _TOO_MANY, error["message"])
    return None


def _error(status, code, message):
    errors = [{"code": code, "message": message}]
    return JsonResponse({"status": status, "errors": errors}, status=status)
