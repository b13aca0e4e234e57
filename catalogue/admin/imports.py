"""Imports of trainings: deposit a file, read what it would change, accept it."""

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.admin.publication import SECTION
from catalogue.domain.imports.runs import Refusal, accept_import, request_import, retry_import
from catalogue.enums import ImportMode, LineOutcome
from catalogue.exports.table import HEADER, table_rows
from catalogue.forms import ImportForm
from catalogue.models import CatalogueImport
from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.spreadsheets import table_response

LIST = "admin:catalogue_imports"


@desk_page(
    "catalogue/imports/",
    name="catalogue_imports",
    label="Imports de formations",
    section=SECTION,
    permission="catalogue.view_catalogueimport",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request):
    """The imports so far, and the form that deposits a file."""
    may_import = request.user.has_perm("catalogue.add_catalogueimport")
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and may_import and form.is_valid():
        file = form.cleaned_data["file"]
        unit = form.cleaned_data["unit"]
        return redirect(request_import(name=file.name, content=file.read(), unit=unit, acting_user=request.user))
    try:
        rows = CatalogueImport.objects.select_related("requested_by")
        page = page_after(rows, ["-created_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Imports de formations",
        "crumbs": [],
        "form": form if may_import else None,
        "page": page,
    }
    status = 403 if request.method == "POST" and not may_import else 200
    return render(request, "catalogue/desk/imports.html", context, status=status)


@desk_page(
    "catalogue/imports/<int:pk>/",
    name="catalogue_import",
    label="Import",
    section=SECTION,
    permission="catalogue.view_catalogueimport",
    in_menu=False,
)
@never_cache
@require_safe
def one(request, pk):
    """What an import changes, refused lines first; htmx gets the progress alone while it runs."""
    run = get_object_or_404(CatalogueImport.objects.select_related("unit"), pk=pk)
    may_import = request.user.has_perm("catalogue.add_catalogueimport")
    context = {
        "run": run,
        "progress_url": run.get_absolute_url(),
        "retry_url": reverse("admin:catalogue_import_retry", args=[pk]) if may_import else "",
        "may_import": may_import,
    }
    if request.htmx:
        if run.is_finished:  # the whole page has something new to say
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            return response
        return render(request, "components/progress.html", context)
    shown = request.GET.get("effet", "")
    lines = run.lines.select_related("training")
    if shown in LineOutcome.values:
        lines = lines.filter(outcome=shown)
    try:
        page = page_after(lines, ["id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    counts = [(kind, getattr(run, f"{kind.value}_count")) for kind in LineOutcome]
    context |= {
        **admin.site.each_context(request),
        "title": f"Import de {run}",
        "crumbs": [("Imports de formations", reverse(LIST))],
        "page": page,
        "counts": counts,
        "shown": shown if shown in LineOutcome.values else "",
        "nothing_written": run.waits_for_decision and run.mode == ImportMode.ALL,
    }
    return render(request, "catalogue/desk/import.html", context)


@desk_page(
    "catalogue/imports/<int:pk>/accepter/",
    name="catalogue_import_accept",
    label="Accepter",
    section=SECTION,
    permission="catalogue.add_catalogueimport",
    in_menu=False,
)
@require_POST
def accept(request, pk):
    """Write the file: everything or nothing, or its good lines."""
    run = get_object_or_404(CatalogueImport, pk=pk)
    mode = request.POST.get("mode", "")
    if mode not in ImportMode.values:
        raise Http404
    try:
        accept_import(run, mode=mode, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@desk_page(
    "catalogue/imports/<int:pk>/recommencer/",
    name="catalogue_import_retry",
    label="Recommencer",
    section=SECTION,
    permission="catalogue.add_catalogueimport",
    in_menu=False,
)
@require_POST
def retry(request, pk):
    """Take up again an import that was interrupted."""
    run = get_object_or_404(CatalogueImport, pk=pk)
    try:
        retry_import(run, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@desk_page(
    "catalogue/imports/<int:pk>/refus.csv",
    name="catalogue_import_refusals",
    label="Lignes refusées",
    section=SECTION,
    permission="catalogue.view_catalogueimport",
    in_menu=False,
)
@never_cache
@require_safe
def refusals(request, pk):
    """Every refusal of the file: line, reference, field, reason."""
    run = get_object_or_404(CatalogueImport, pk=pk)
    refused = run.lines.filter(outcome=LineOutcome.REFUSED).order_by("line", "pk")
    rows = [(line, item.reference, name, reason) for item in refused for line, name, reason in item.problems]
    return table_response(f"refus-import-{pk}", "csv", "Refus", ["ligne", "référence", "champ", "raison"], rows)


@desk_page(
    "catalogue/tableau.<str:extension>",
    name="catalogue_table",
    label="Tableau des formations",
    section=SECTION,
    permission="catalogue.view_every_training",
    in_menu=False,
)
@never_cache
@require_safe
def table(request, extension):
    """The catalogue in the columns that an import reads; `vide` gives the columns alone."""
    rows = [] if "vide" in request.GET else table_rows()
    return table_response("formations", extension, "Formations", HEADER, rows)
