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

    def complete_login(self, request, app, token, **kwargs):
        """Read the identity; of all that the provider says, only its identifier is kept with the account.

        The userinfo must speak of the person of the token (OpenID Connect Core 1.0, 5.3.2).
        """
        claims = self._decode_id_token(app, kwargs["response"]["id_token"])
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


class IdentityAdapter(DefaultSocialAccountAdapter):
    """What an identity from outside may do here.

    A public provider opens or creates an account. A provider for agents opens an account made by an administrator,
    and creates none. Neither gives a role.
    """

    def pre_social_login(self, request, sociallogin):
        request.session.pop(STRONG_SESSION_KEY, None)
        expected = (sociallogin.state or {}).get("nonce")
        if not expected or not secrets.compare_digest(str(sociallogin.nonce), expected):
            raise ImmediateHttpResponse(_refused(request, sociallogin.account.provider, "nonce"))
        settings = sociallogin.provider.app.settings
        if settings.get("audience") == "agents" and sociallogin.acr in settings.get("strong_acr", []):
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
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # what it sent is not what the protocol says
        return _refused(request, provider_id, type(error).__name__)


def _refused(request, provider_id, reason):
    logger.warning("identity refused", extra={"provider": provider_id, "error": reason})
    return render(request, "socialaccount/authentication_error.html", status=403)
