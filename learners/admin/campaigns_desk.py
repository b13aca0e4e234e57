"""Campaigns of messages at the desk: written, read as they will be received, sent once."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from learners.admin.organisations_desk import PERMISSION, SECTION
from learners.domain.organisations import campaigns as verbs
from learners.domain.refusals import Refusal
from learners.enums import OrganisationKind
from learners.forms.organisations import CampaignForm
from learners.models import Campaign

FIELDS = ["subject", "body", "audience", "kinds", "is_contractual"]
LIST = "admin:learners_campaigns"


@desk_page("campagnes/", name="learners_campaigns", label="Campagnes", section=SECTION, permission=PERMISSION)
@never_cache
@require_safe
def campaigns(request):
    try:
        rows = Campaign.objects.select_related("created_by")
        page = page_after(rows, ["-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {**admin.site.each_context(request), "title": "Campagnes", "crumbs": [], "page": page}
    return render(request, "learners/desk/campaigns.html", context)


@desk_page(
    "campagnes/nouvelle/",
    name="learners_campaign_new",
    label="Nouvelle campagne",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    return _form(request, None)


@desk_page(
    "campagnes/<int:pk>/modifier/",
    name="learners_campaign_edit",
    label="Modifier une campagne",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    return _form(request, get_object_or_404(Campaign, pk=pk))


def _form(request, campaign):
    initial = {name: getattr(campaign, name) for name in FIELDS} if campaign else {"audience": "members"}
    form, refusal = CampaignForm(request.POST or None, initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(verbs.save_campaign(campaign, acting_user=request.user, **form.cleaned_data).desk_url)
        except Refusal as error:
            refusal = str(error)
    context = {
        **admin.site.each_context(request),
        "title": "Modifier la campagne" if campaign else "Nouvelle campagne",
        "crumbs": [("Campagnes", reverse(LIST))],
        "about": "Le message est d’abord relu, avec ses destinataires ; il ne part qu’ensuite.",
        "button": "Enregistrer et relire",
        "back": campaign.desk_url if campaign else reverse(LIST),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "learners/desk/act.html", context)


@desk_page(
    "campagnes/<int:pk>/",
    name="learners_campaign",
    label="Campagne",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request, pk):
    """What will be received, and by how many; the button sends."""
    found = get_object_or_404(Campaign.objects.select_related("created_by"), pk=pk)
    if request.method == "POST":
        try:
            verbs.send_campaign(found, acting_user=request.user)
            messages.success(request, "La campagne part.")
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect(found.desk_url)
    labels = dict(OrganisationKind.choices)
    context = {
        **admin.site.each_context(request),
        "title": found.subject,
        "crumbs": [("Campagnes", reverse(LIST))],
        "campaign": found,
        "kinds": [labels[kind] for kind in found.kinds if kind in labels],
        "count": len(verbs.recipients_of(found)) if found.is_draft else found.recipients.count(),
    }
    return render(request, "learners/desk/campaign.html", context)
