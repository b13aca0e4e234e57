"""Partners, their tokens, and what is told to them."""

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, PortalModelAdmin, Todo, desk_page, todo
from cned_portal.common.keyset import InvalidCursor, page_after
from crc.admin.desk import SECTION
from crc.domain import webhooks
from crc.domain.partners import renew_token, save_endpoint
from crc.enums import DeliveryState, PartnerEvent, Public
from crc.models import Partner, WebhookDelivery, WebhookEndpoint

LIST = "admin:crc_deliveries"
EVERY = "toutes"
VIEWS = [(DeliveryState.ABANDONED, "Abandonnées"), (DeliveryState.PENDING, "En attente"), (EVERY, "Toutes")]


class PartnerForm(forms.ModelForm):
    publics = forms.MultipleChoiceField(label="Publics permis", choices=Public, widget=forms.CheckboxSelectMultiple)


class SecretAdmin(PortalModelAdmin):
    """Base of what has a secret: made on demand, shown once in the answer itself, kept nowhere in clear."""

    def reveal(self, request, rows, renew, what):
        rows = list(rows[:2])
        if len(rows) != 1:
            messages.error(request, "Choisissez une seule ligne.")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"{what} : {rows[0]}",
            "crumbs": [],
            "what": what,
            "secret": renew(rows[0], acting_user=request.user),
            "back": request.path,
        }
        response = render(request, "crc/desk/secret.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(Partner)
class PartnerAdmin(SecretAdmin):
    form = PartnerForm
    list_display = ["name", "topic", "rate", "token_prefix", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    readonly_fields = ["token_prefix"]
    actions = ["new_token"]

    @admin.action(description="Créer un nouveau jeton (l’ancien cesse de valoir)", permissions=["change"])
    def new_token(self, request, rows):
        return self.reveal(request, rows, renew_token, "Nouveau jeton")


class EndpointForm(forms.ModelForm):
    subscriptions = forms.MultipleChoiceField(
        label="Événements annoncés", choices=PartnerEvent, widget=forms.CheckboxSelectMultiple
    )


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SecretAdmin):
    form = EndpointForm
    list_display = ["address", "partner", "is_active"]
    list_filter = ["is_active"]
    actions = ["new_secret"]

    def save_model(self, request, obj, form, change):
        save_endpoint(obj, acting_user=request.user)

    @admin.action(description="Créer un nouveau secret (l’ancien cesse de valoir)", permissions=["change"])
    def new_secret(self, request, rows):
        return self.reveal(request, rows, webhooks.renew_secret, "Nouveau secret")


@desk_page(
    "annonces/",
    name="crc_deliveries",
    label="Annonces aux partenaires",
    section=SECTION,
    permission="crc.view_webhookdelivery",
)
@never_cache
@require_safe
def deliveries(request):
    """What was told to partners, newest first; what was given up by default."""
    view = request.GET.get("vue", DeliveryState.ABANDONED)
    view = view if view in dict(VIEWS) else DeliveryState.ABANDONED
    rows = WebhookDelivery.objects.select_related("endpoint__partner").defer("body")
    if view != EVERY:
        rows = rows.filter(state=view)
    try:
        page = page_after(rows, ["-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Annonces aux partenaires",
        "crumbs": [],
        "page": page,
        "view": view,
        "views": VIEWS,
        "may_resend": request.user.has_perm("crc.resend_webhookdelivery"),
    }
    return render(request, "crc/desk/deliveries.html", context)


@desk_page(
    "annonces/<int:pk>/renvoyer/",
    name="crc_delivery_resend",
    label="Renvoyer",
    section=SECTION,
    permission="crc.resend_webhookdelivery",
    in_menu=False,
)
@require_POST
def resend(request, pk):
    """Send again what was given up, or waits for its next try."""
    if webhooks.resend(get_object_or_404(WebhookDelivery, pk=pk), acting_user=request.user):
        messages.success(request, "L’annonce sera renvoyée dans la minute.")
    else:
        messages.error(request, "Cette annonce est déjà remise, ou elle part en ce moment.")
    return redirect(LIST)


@todo
def deliveries_given_up(user):
    """Announcements that a partner never took."""
    if not user.has_perm("crc.resend_webhookdelivery"):
        return []
    given_up = WebhookDelivery.objects.filter(state=DeliveryState.ABANDONED)
    count = given_up.order_by()[:LIST_CAP].count()
    return [Todo("Annonces aux partenaires abandonnées", count, reverse(LIST))] if count else []
