"""How allauth's accounts behave here."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.template.loader import render_to_string
from django.urls import reverse

from cned_portal.common.throttle import client_address
from cned_portal.users.forms import AFTER_SIGN_UP


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request):
        """The person's address, behind our proxies: limits by address would otherwise count everyone as one."""
        return client_address(request)

    def format_email_subject(self, subject):
        """Subjects as written: no site's name in brackets in front."""
        return " ".join(subject.split())

    def render_mail(self, template_prefix, email, context, headers=None):
        """The text of the template, and the same words as HTML."""
        context = {**context, "site_url": settings.SITE_URL}
        message = super().render_mail(template_prefix, email, context, headers)
        html = render_to_string("account/email/message.html", {"text": message.body, "site_url": settings.SITE_URL})
        message.attach_alternative(html, "text/html")
        return message

    def confirm_email(self, request, email_address):
        """Who proves an address keeps only the identities of this session.

        Somebody else may have opened the account by a provider that proves no address, and waits for its owner.
        """
        is_first_proof = not email_address.user.emailaddress_set.filter(verified=True).exists()
        confirmed = super().confirm_email(request, email_address)
        if confirmed and is_first_proof and _drop_foreign_identities(request, email_address.user):
            messages.warning(
                request,
                "Cette adresse est confirmée depuis un autre navigateur que celui de l’inscription. Par sécurité, le "
                "compte ne s’ouvre plus par un service d’identité : choisissez un mot de passe par « Mot de passe "
                "oublié », puis reliez de nouveau ce service depuis votre compte.",
            )
        return confirmed

    def get_login_redirect_url(self, request):
        """Staff start at their desk, the public in « Mon espace », or where they were going when they signed up."""
        if request.user.is_staff:
            return reverse("admin:index")
        return request.session.pop(AFTER_SIGN_UP, None) or super().get_login_redirect_url(request)


def _drop_foreign_identities(request, user):
    """Unlink the identities that this session did not sign in with; whether there were any."""
    records = get_authentication_records(request, user)
    own = {(record.get("provider"), record.get("uid")) for record in records if record["method"] == "socialaccount"}
    foreign = [identity.pk for identity in user.socialaccount_set.all() if (identity.provider, identity.uid) not in own]
    user.socialaccount_set.filter(pk__in=foreign).delete()
    return bool(foreign)
