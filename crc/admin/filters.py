"""The filters that agents keep beside the queue."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cned_portal.common.backoffice import desk_page
from crc.admin.desk import SECTION
from crc.domain.filters import change_filter, delete_filter, save_filter
from crc.domain.refusals import Refusal
from crc.forms.desk import FilterForm, SaveFilterForm
from crc.models import SavedFilter

LIST = "admin:crc_filters"


@desk_page(
    "demandes-filtres/",
    name="crc_filters",
    label="Mes filtres",
    section=SECTION,
    permission="crc.answer_ticket",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def filters(request):
    """The filters offered to the person; the queue sends here the one to keep."""
    form = SaveFilterForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        chosen = form.cleaned_data["filtre"]
        try:
            saved = save_filter(name=form.cleaned_data["name"], chosen=chosen, acting_user=request.user)
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"Filtre « {saved.name} » enregistré.")
            return redirect(chosen.address())
    known = SavedFilter.objects
    may_share = request.user.has_perm("crc.share_savedfilter")
    rows = known.managed_by(request.user) if may_share else known.offered_to(request.user)
    context = {
        **_context(request, "Mes filtres", form),
        "crumbs": [("File des demandes", reverse("admin:crc_queue"))],
        "rows": rows.select_related("owner", "shared_with"),
        "may_share": may_share,
    }
    return render(request, "crc/desk/filters.html", context)


@desk_page(
    "demandes-filtres/<int:pk>/",
    name="crc_filter",
    label="Filtre enregistré",
    section=SECTION,
    permission="crc.answer_ticket",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request, pk):
    """Rename a filter; who may share chooses with which service."""
    saved = _find(request, pk)
    may_share = request.user.has_perm("crc.share_savedfilter")
    form = FilterForm(request.POST or None, saved=saved, may_share=may_share)
    if request.method == "POST" and form.is_valid():
        shared_with = form.cleaned_data["shared_with"] if may_share else saved.shared_with
        try:
            name = form.cleaned_data["name"]
            change_filter(saved, name=name, shared_with=shared_with, acting_user=request.user)
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"Filtre « {name} » modifié.")
            return redirect(LIST)
    context = {
        **_context(request, "Filtre enregistré", form),
        "crumbs": [("File des demandes", reverse("admin:crc_queue")), ("Mes filtres", reverse(LIST))],
        "saved": saved,
    }
    return render(request, "crc/desk/filter.html", context)


@desk_page(
    "demandes-filtres/<int:pk>/supprimer/",
    name="crc_filter_delete",
    label="Supprimer un filtre",
    section=SECTION,
    permission="crc.answer_ticket",
    in_menu=False,
)
@require_POST
def delete(request, pk):
    saved = _find(request, pk)
    delete_filter(saved, acting_user=request.user)
    messages.success(request, f"Filtre « {saved.name} » supprimé.")
    return redirect(LIST)


def _find(request, pk):
    return get_object_or_404(SavedFilter.objects.managed_by(request.user).select_related("owner", "shared_with"), pk=pk)


def _context(request, title, form):
    return {
        **admin.site.each_context(request),
        "title": f"Erreur : {title}" if form and form.errors else title,
        "form": form,
    }
