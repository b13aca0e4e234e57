"""The second factor that staff must have before they read anything that is not public."""

from types import SimpleNamespace

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from cned_portal.users.oidc import STRONG_SESSION_KEY

ACCOUNT_ROUTES = "compte/"
LAST_FACTOR = (
    "Votre compte donne accès à des données personnelles : ajoutez un autre second facteur avant de retirer celui-ci."
)
# All that a session may do which has not confirmed the account's second factor.
CONFIRMING = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout"}


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {**DefaultMFAAdapter.error_messages, "cannot_delete_authenticator": LAST_FACTOR}

    def can_delete_authenticator(self, authenticator):
        """Staff keep one second factor; recovery codes replace none."""
        user = authenticator.user
        if not settings.STAFF_MFA_REQUIRED or not user.is_staff:
            return True
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class RemoveKeyView(RemoveWebAuthnView):
    """allauth asks the adapter before it removes the application that gives codes, not before it removes a key."""

    def form_valid(self, form):
        if not MfaAdapter().can_delete_authenticator(self.object):
            messages.error(self.request, LAST_FACTOR)
            return redirect(self.get_success_url())
        return super().form_valid(form)


def has_strong_session(request):
    """Whether the person's session is strong, be it that of the cookie or that of an application's token."""
    return is_strong(getattr(request, "auth", None) or request.session, request.user)


def is_strong(session, user):
    """Whether the session was opened, or confirmed since, with a second factor or by a provider that asked for one."""
    records = get_authentication_records(SimpleNamespace(session=session), user)
    if any(record["method"] == "mfa" for record in records):
        return True
    strong = session.get(STRONG_SESSION_KEY)
    return bool(strong) and any(
        record["method"] == "socialaccount" and [record.get("provider"), record.get("uid")] == strong
        for record in records
    )


def confirm_by_adding(request, user, authenticator, **kwargs):
    """Who adds a second factor has just proved to hold it (a code, a touch): the session needs no other proof.

    Only a session that confirmed the former factors, where there were some, reaches the page that adds one.
    """
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, method="mfa", type=authenticator.type, id=authenticator.pk)


class StaffMfaMiddleware:
    """Send staff without a second factor to the page that sets one up, and others to the page that asks for it.

    Public pages stay open. Account pages do too while the account has no second factor: one needs them to get there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user = request.user
        if not settings.STAFF_MFA_REQUIRED or not user.is_authenticated or not user.is_staff:
            return None
        is_public = not getattr(view, "login_required", True)
        if is_public or request.resolver_match.url_name in CONFIRMING or has_strong_session(request):
            return None
        if is_mfa_enabled(user):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")
        if request.resolver_match.route.startswith(ACCOUNT_ROUTES):
            return None
        messages.warning(
            request,
            "Votre compte donne accès à des données personnelles : ajoutez un second facteur pour ouvrir l’espace de "
            "gestion.",
        )
        return redirect("mfa_index")
