"""How allauth's accounts behave here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from cned_portal.common.throttle import client_address


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

    def get_login_redirect_url(self, request):
        """Staff start at their desk, the public in « Mon espace »."""
        return reverse("admin:index") if request.user.is_staff else super().get_login_redirect_url(request)
