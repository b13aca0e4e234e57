"""The supervisors' pages: the live board, the indicators, the telephone counts."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import desk_page
from cned_portal.common.spreadsheets import UnreadableFile, table_response
from crc.admin.desk import SECTION
from crc.domain.calls import COLUMNS, OPTIONAL, CallsRefused, import_calls
from crc.domain.queries.board import AGE_LABELS, AGENTS_SHOWN, KEEP_SECONDS, REROUTES_DAYS, REROUTES_TARGET, kept_board
from crc.domain.queries.indicators import DEFINITIONS, indicator_lines, kept_figures
from crc.exports import indicators_table
from crc.forms import CallsForm, IndicatorsForm
from crc.models import CallCount

REFUSED_SHOWN = 200
COUNTS_SHOWN = 60


@desk_page("demandes-tableau/", name="crc_board", label="Tableau de bord", section=SECTION, permission="crc.view_board")
@never_cache
@require_safe
def board(request):
    """What waits now, in the services whose tickets the person may read; htmx gets the figures alone."""
    context = {
        "board": kept_board(request.user),
        "age_labels": AGE_LABELS,
        "agents_shown": AGENTS_SHOWN,
        "reroutes_days": REROUTES_DAYS,
        "reroutes_target": REROUTES_TARGET,
        "paused": "pause" in request.GET,
    }
    if request.htmx:
        return render(request, "crc/desk/_board.html", context)
    context |= {
        **admin.site.each_context(request),
        "title": "Tableau de bord",
        "crumbs": [],
        "keep_seconds": KEEP_SECONDS,
    }
    return render(request, "crc/desk/board.html", context)


@desk_page(
    "demandes-indicateurs/",
    name="crc_indicators",
    label="Indicateurs",
    section=SECTION,
    permission="crc.view_indicators",
)
@never_cache
@require_safe
def figures(request):
    """The indicators of a period beside those of the one before."""
    form = IndicatorsForm.asked(request.GET)
    asked = form.choices()
    period, filters = asked.pop("period"), asked
    at, found, before, charts = kept_figures(period, **filters)
    query = urlencode(form.address())
    context = {
        **admin.site.each_context(request),
        "title": "Erreur : Indicateurs" if form.errors else "Indicateurs",
        "crumbs": [],
        "form": form,
        "period": period,
        "at": at,
        "lines": indicator_lines(found, before),
        "calls": found.calls,
        "charts": charts,
        "tables": [
            (label, f"{reverse('admin:crc_indicators_table', args=[extension])}?{query}")
            for extension, label in (("xlsx", "XLSX"), ("csv", "CSV"))
        ],
        "satisfaction_url": (
            reverse("admin:quality_satisfaction") if request.user.has_perm("quality.view_surveyinvitation") else ""
        ),
    }
    return render(request, "crc/desk/indicators.html", context)


@desk_page(
    "demandes-indicateurs/tableau.<str:extension>",
    name="crc_indicators_table",
    label="Indicateurs (tableau)",
    section=SECTION,
    permission="crc.view_indicators",
    in_menu=False,
)
@never_cache
@require_safe
def figures_table(request, extension):
    """The same figures, with their definitions, for a spreadsheet."""
    if extension not in {"csv", "xlsx"}:
        raise Http404
    asked = IndicatorsForm.asked(request.GET).choices()
    period = asked.pop("period")
    _, found, before, _ = kept_figures(period, **asked)
    lines = indicator_lines(found, before)
    name = f"indicateurs-{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"
    return table_response(name, extension, "Indicateurs", *indicators_table(lines, period))


@desk_page("demandes-appels/", name="crc_calls", label="Téléphone", section=SECTION, permission="crc.view_callcount")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calls(request):
    """The latest telephone counts, and the form that imports a file of them."""
    may_import = request.user.has_perm("crc.add_callcount")
    form = CallsForm(request.POST, request.FILES) if request.method == "POST" else CallsForm()
    refused, status = [], 200
    if request.method == "POST" and not may_import:
        status = 403
    elif request.method == "POST" and form.is_valid():
        try:
            report = import_calls(form.cleaned_data["file"].read(), acting_user=request.user)
        except UnreadableFile as error:
            form.add_error("file", str(error))
        except CallsRefused as refusal:
            form.add_error("file", str(refusal))
            refused = refusal.lines
        else:
            messages.success(
                request,
                f"Comptages enregistrés : {report.added} ajoutés, {report.changed} mis à jour, "
                f"{report.unchanged} déjà connus.",
            )
            return redirect("admin:crc_calls")
    context = {
        **admin.site.each_context(request),
        "title": "Erreur : Téléphone" if form.errors and may_import else "Téléphone",
        "crumbs": [],
        "form": form if may_import else None,
        "columns": [(heading, field in OPTIONAL) for heading, field in COLUMNS.items()],
        "refused": refused[:REFUSED_SHOWN],
        "refused_more": max(0, len(refused) - REFUSED_SHOWN),
        "counts": CallCount.objects.order_by("-day", "line")[:COUNTS_SHOWN],
        "definitions": [one for one in DEFINITIONS if one.path.startswith("calls.")],
    }
    return render(request, "crc/desk/calls.html", context, status=status)
