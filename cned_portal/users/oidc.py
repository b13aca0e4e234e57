"""Sign-in by an identity provider, on top of allauth: nonce, signatures always checked, provider that does not answer.

FranceConnect and ProConnect refuse a request without a nonce, which allauth does not send, and sign what they say of
the person, which allauth does not read.
"""

import logging
import secrets

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from requests import RequestException
from requests.exceptions import InvalidJSONError

logger = logging.getLogger(__name__)

ENDPOINTS = {"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"}
STRONG_SESSION_KEY = "strong_identity"


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):
    """Checks the signature of the identity token even where TLS would do: a proxy may stand between."""

    @property
    def openid_config(self):
        config = super().openid_config
        if not isinstance(config, dict) or not config.keys() >= ENDPOINTS:
            raise InvalidJSONError("the provider does not say where it answers")
        return config

    def complete_login(self, request, app, token, **kwargs):
        """The identity, or OAuth2Error where what was sent is not what the protocol says."""
        try:
            return self._read_identity(request, app, token, kwargs["response"]["id_token"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise OAuth2Error(type(error).__name__) from error

    def _read_identity(self, request, app, token, id_token):
        """Read the identity; of all that the provider says, only its identifier is kept with the account.

        The userinfo must speak of the person of the token (OpenID Connect Core 1.0, 5.3.2).
        """
        claims = self._decode_id_token(app, id_token)
        person = self._fetch_user_info(token.token)
        if not claims.get("sub") or person.get("sub") != claims["sub"]:
            raise OAuth2Error("userinfo speaks of somebody else")
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": person})
        login.account.extra_data = {}
        login.nonce, login.acr = claims.get("nonce"), claims.get("acr")
        return login

    def _fetch_user_info(self, access_token):
        """The person, as JSON or as a token that the provider signed (`application/jwt`)."""
        with get_adapter().get_requests_session() as session:
            response = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
        response.raise_for_status()
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/jwt":
            return self._decode(self.get_provider().app, response.text.strip())
        return response.json()

    def _decode_id_token(self, app, id_token):
        return self._decode(app, id_token)

    def _decode(self, app, token):
        return jwtkit.verify_and_decode(
            credential=token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )


class NonceProvider(OpenIDConnectProvider):
    """Sends a nonce, kept in the session with the state of the request."""

    package = "allauth.socialaccount.providers.openid_connect"
    oauth2_adapter_class = VerifyingAdapter

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = secrets.token_urlsafe(32)
        parameters = {**(kwargs.pop("auth_params", None) or self.get_auth_params()), "nonce": nonce}
        return super().redirect(request, process, next_url, data, auth_params=parameters, nonce=nonce, **kwargs)


class IdentityAdapter(DefaultSocialAccountAdapter):
    """What an identity from outside may do here.

    A public provider opens or creates an account. A provider for agents opens an account made by an administrator,
    and creates none. Neither gives a role.
    """

    def pre_social_login(self, request, sociallogin):
        request.session.pop(STRONG_SESSION_KEY, None)
        expected = (sociallogin.state or {}).get("nonce")
        if not expected or not secrets.compare_digest(str(sociallogin.nonce), expected):
            _log_refusal(sociallogin.account.provider, "nonce")
            raise ImmediateHttpResponse(render(request, "socialaccount/authentication_error.html", status=403))
        settings = sociallogin.provider.app.settings
        if settings.get("audience") == "agents" and sociallogin.acr in settings.get("strong_acr", []):
            request.session[STRONG_SESSION_KEY] = [sociallogin.account.provider, sociallogin.account.uid]

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        _log_refusal(provider.sub_id, type(exception).__name__ if exception else str(error))

    def is_open_for_signup(self, request, sociallogin):
        return sociallogin.provider.app.settings.get("audience") != "agents"

    def list_providers(self, request):
        """Providers of the public first: the sign-in page is mostly theirs."""
        return sorted(
            super().list_providers(request), key=lambda provider: provider.app.settings.get("audience") == "agents"
        )


@login_not_required
def login(request, provider_id):
    return _view(OAuth2LoginView, request, provider_id)


@login_not_required
def callback(request, provider_id):
    return _view(OAuth2CallbackView, request, provider_id)


def _view(view_class, request, provider_id):
    try:
        return view_class.adapter_view(VerifyingAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except RequestException as error:
        logger.warning("identity provider away", extra={"provider": provider_id, "error": type(error).__name__})
        return render(request, "socialaccount/provider_away.html", status=502)


def _log_refusal(provider_id, reason):
    logger.warning("identity refused", extra={"provider": provider_id, "error": reason})
