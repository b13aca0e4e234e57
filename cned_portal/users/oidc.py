"""Sign-in by an identity provider, on top of allauth: nonce, signature always checked, provider that does not answer.

FranceConnect and ProConnect refuse a request without a nonce, which allauth does not send.
"""

import logging
import secrets

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from requests import RequestException

logger = logging.getLogger(__name__)

STRONG_SESSION_KEY = "strong_identity"


class NonceProvider(OpenIDConnectProvider):
    """Sends a nonce, kept in the session with the state of the request."""

    package = "allauth.socialaccount.providers.openid_connect"

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = secrets.token_urlsafe(32)
        parameters = {**(kwargs.pop("auth_params", None) or self.get_auth_params()), "nonce": nonce}
        return super().redirect(request, process, next_url, data, auth_params=parameters, nonce=nonce, **kwargs)


class VerifyingAdapter(OpenIDConnectOAuth2Adapter):
    """Checks the signature of the identity token even where TLS would do: a proxy may stand between."""

    def _decode_id_token(self, app, id_token):
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )


class IdentityAdapter(DefaultSocialAccountAdapter):
    """What an identity from outside may do here.

    A public provider opens or creates an account. A provider for agents opens an account made by an administrator,
    and creates none. Neither gives a role.
    """

    def pre_social_login(self, request, sociallogin):
        request.session.pop(STRONG_SESSION_KEY, None)
        claims = sociallogin.account.extra_data.get("id_token") or {}
        expected = (sociallogin.state or {}).get("nonce")
        if not expected or not secrets.compare_digest(str(claims.get("nonce", "")), expected):
            logger.warning("identity refused: nonce", extra={"provider": sociallogin.account.provider})
            raise ImmediateHttpResponse(render(request, "socialaccount/authentication_error.html", status=403))
        settings = sociallogin.provider.app.settings
        if settings.get("audience") == "agents" and claims.get("acr") in settings.get("strong_acr", []):
            request.session[STRONG_SESSION_KEY] = [sociallogin.account.provider, sociallogin.account.uid]

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
