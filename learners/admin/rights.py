"""Requests on personal data with their deadlines; closings of accounts; durations and nights of erasure."""

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, FixedRowsModelAdmin, ReadOnlyModelAdmin, desk_page
from learners.admin.accesses import SECTION, note_opening
from learners.domain.privacy.requests import accept_request, extend_request, refuse_request
from learners.domain.refusals import Refusal
from learners.enums import FileKind
from learners.forms.data_desk import AcceptForm, ExtendForm, RefuseForm
from learners.models import AccountClosure, LearnerMerge, LearnerRetentionRule, LearnerRetentionRun, RightRequest

LIST = "admin:learners_rights"


@desk_page(
    "demandes-sur-les-donnees/",
    name="learners_rights",
    label="Demandes sur les données",
    section=SECTION,
    permission="learners.settle_rightrequest",
)
@never_cache
@require_safe
def rights(request):
    """What waits, the first due on top. As many as a page holds: what is settled leaves the list."""
    rows = RightRequest.objects.open().select_related("learner").order_by("due_on", "pk")[:PAGE_SIZE]
    context = {
        **admin.site.each_context(request),
        "title": "Demandes sur les données",
        "crumbs": [],
        "requests": rows,
        "shown": PAGE_SIZE,
    }
    return render(request, "learners/desk/rights.html", context)


@desk_page(
    "demandes-sur-les-donnees/<int:pk>/",
    name="learners_right",
    label="Demande sur les données",
    section=SECTION,
    permission="learners.settle_rightrequest",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def right(request, pk):
    """One request: accept, refuse with a reason, or take more time."""
    found = get_object_or_404(RightRequest.objects.select_related("learner__user", "settled_by"), pk=pk)
    note_opening(request, found.learner_id, FileKind.RIGHTS)
    act = request.POST.get("act") if request.method == "POST" else None
    acts = {
        "accepter": (AcceptForm, accept_request, "La demande est acceptée."),
        "refuser": (RefuseForm, refuse_request, "La demande est refusée."),
        "prolonger": (ExtendForm, extend_request, "Le délai est prolongé."),
    }
    if request.method == "POST" and act not in acts:
        raise Http404
    sent: dict[str, forms.Form] = {
        name: kind(request.POST if name == act else None, auto_id=f"{name}-%s") for name, (kind, *_) in acts.items()
    }
    status = 200
    if act and sent[act].is_valid():
        _, verb, done = acts[act]
        try:
            verb(found, acting_user=request.user, **sent[act].cleaned_data)
        except Refusal as refusal:
            sent[act].add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, f"{done} La personne est prévenue.")
            return redirect(LIST)
    context = {
        **admin.site.each_context(request),
        "title": str(found),
        "crumbs": [("Demandes sur les données", reverse(LIST))],
        "found": found,
        "accept": sent["accepter"],
        "refuse": sent["refuser"],
        "extend": sent["prolonger"],
        "wrong": sent[act] if act else None,
    }
    return render(request, "learners/desk/right.html", context, status=status)


@admin.register(AccountClosure)
class AccountClosureAdmin(ReadOnlyModelAdmin):
    list_display = ["user_number", "asked_at", "due_at", "cancelled_at", "done_at", "hindered_by"]
    fields = ["user_number", "asked_at", "due_at", "cancelled_at", "done_at", "hindered_by"]
    ordering = ["-pk"]

    @admin.display(description="compte n°")
    def user_number(self, closure):
        return closure.user_id


@admin.register(LearnerMerge)
class LearnerMergeAdmin(ReadOnlyModelAdmin):
    list_display = ["merged_at", "loser_number", "winner_number", "merged_by"]
    fields = ["merged_at", "loser_number", "winner_number", "merged_by", "moved"]
    ordering = ["-pk"]
    list_select_related = ["loser", "winner", "merged_by"]

    @admin.display(description="dossier réuni")
    def loser_number(self, merge):
        return merge.loser.number

    @admin.display(description="dossier gardé")
    def winner_number(self, merge):
        return merge.winner.number


@admin.register(LearnerRetentionRule)
class LearnerRetentionRuleAdmin(FixedRowsModelAdmin):  # `load_learner_retention_rules` adds those that are missing
    list_display = ["subject", "days", "is_active", "reason"]
    readonly_fields = ["subject"]
    fields = ["subject", "days", "is_active", "reason"]


@admin.register(LearnerRetentionRun)
class LearnerRetentionRunAdmin(ReadOnlyModelAdmin):
    list_display = ["day", "rule", "rows", "finished_at"]
    ordering = ["-day", "-pk"]
