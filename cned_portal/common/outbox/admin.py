"""The screen of outgoing mail: see what became of each, act on what does not go by itself. Nothing is edited."""

import nh3
from django.conf import settings
from django.contrib import admin, messages
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from cned_portal.common.backoffice import FixedRowsModelAdmin
from cned_portal.common.outbox.domain import follow_up
from cned_portal.common.outbox.models import Mail

HIDDEN = "Contenu masqué : ce message peut porter un lien qui ouvre un compte."
TAGS = {"p", "a", "br", "strong", "em", "b", "i", "ul", "ol", "li", "h1", "h2", "h3", "blockquote", "div", "span"}


@admin.register(Mail)
class MailAdmin(FixedRowsModelAdmin):
    change_list_template = "admin/outbox/mail/change_list.html"
    list_display = ("pk", "kind", "state", "priority", "due_at", "attempts", "sent_at", "error")
    list_filter = ("state", "priority", "delivery")
    search_fields = ("=message_id", "=key")
    search_help_text = "Clé ou Message-ID, en entier."
    ordering = ("-pk",)
    actions = ("resend", "cancel", "mark_sent", "mark_bounced")
    fields = (
        *("kind", "key", "state", "error", "to", "from_email", "reply_to", "subject", "shown_text", "shown_html"),
        *("message_id", "provider_id", "delivery", "priority", "due_at", "attempts", "created_at", "sent_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        # The list never shows the bodies: they weigh more than all the rest.
        return rows.defer("text", "html") if request.resolver_match.url_name.endswith("changelist") else rows

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {**(extra_context or {}), "health": follow_up.health()})

    @admin.display(description="texte")
    def shown_text(self, mail):
        """Text part, unless it may hold a link that opens an account."""
        if _is_hidden(mail):
            return HIDDEN
        return format_html('<div class="mail-text">{}</div>', mail.text)

    @admin.display(description="HTML, sans image ni mise en forme")
    def shown_html(self, mail):
        """HTML part, cleaned: nothing is fetched, nothing runs."""
        if _is_hidden(mail):
            return HIDDEN
        return mark_safe(nh3.clean(mail.html, tags=TAGS, attributes={"a": {"href"}}))  # noqa: S308 - just cleaned

    @admin.action(description="Renvoyer", permissions=["change"])
    def resend(self, request, rows):
        self._act(request, rows, lambda mail: follow_up.resend_mail(mail, acting_user=request.user), "à renvoyer")

    @admin.action(description="Annuler", permissions=["change"])
    def cancel(self, request, rows):
        self._act(request, rows, lambda mail: follow_up.cancel_mail(mail.key, acting_user=request.user), "annulé(s)")

    @admin.action(description="Marquer envoyé (sort inconnu)", permissions=["change"])
    def mark_sent(self, request, rows):
        self._settle(request, rows, True)

    @admin.action(description="Marquer non distribué (sort inconnu)", permissions=["change"])
    def mark_bounced(self, request, rows):
        self._settle(request, rows, False)

    def _settle(self, request, rows, arrived):
        self._act(
            request,
            rows,
            lambda mail: follow_up.settle_mail(mail, arrived=arrived, acting_user=request.user),
            "réglé(s)",
        )

    def _act(self, request, rows, act, done):
        results = [act(mail) for mail in rows]
        if any(results):
            messages.success(request, f"{sum(results)} message(s) {done}.")
        if not all(results):
            messages.warning(request, f"{results.count(False)} message(s) laissé(s) : leur état ne le permet pas.")


def _is_hidden(mail):
    return mail.kind == "django" and not settings.OUTBOX_SHOW_SECRETS
