"""Reports: ask for one, follow its making, fetch it."""

from django.contrib import admin, messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.progress import RunState
from crc.domain.queries.periods import previous_month
from quality.admin.referentials import SECTION
from quality.domain.reports import Refusal, request_report, retry_report
from quality.forms import MonthForm, months_offered
from quality.models import ReportRun

LIST = "admin:quality_reports"


@desk_page(
    "qualite/rapports/", name="quality_reports", label="Rapports", section=SECTION, permission="quality.view_reportrun"
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reports(request):
    """The reports made so far, and the form that asks for one."""
    may_ask = request.user.has_perm("quality.add_reportrun")
    form = MonthForm(request.POST or None, initial={"mois": f"{previous_month(months_offered()[0]):%Y-%m}"})
    if request.method == "POST" and may_ask and form.is_valid():
        asked = form.cleaned_data
        try:
            run = request_report(month=asked["mois"], service=asked["service"], acting_user=request.user)
        except Refusal as refusal:
            form.add_error("mois", str(refusal))
        else:
            return redirect(run)
    rows = ReportRun.objects.select_related("service", "requested_by")
    try:
        page = page_after(rows, ["-created_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Rapports",
        "crumbs": [],
        "form": form if may_ask else None,
        "page": page,
    }
    status = 403 if request.method == "POST" and not may_ask else 200
    return render(request, "quality/desk/reports.html", context, status=status)


@desk_page(
    "qualite/rapports/<int:pk>/",
    name="quality_report",
    label="Rapport",
    section=SECTION,
    permission="quality.view_reportrun",
    in_menu=False,
)
@never_cache
@require_safe
def report(request, pk):
    """Where a report stands; htmx gets the progress alone."""
    run = get_object_or_404(ReportRun.objects.select_related("service"), pk=pk)
    may_retry = request.user.has_perm("quality.add_reportrun")
    context = {
        "run": run,
        "progress_url": run.get_absolute_url(),
        "retry_url": reverse("admin:quality_report_retry", args=[pk]) if may_retry else "",
    }
    if request.htmx:
        return render(request, "quality/desk/_report_state.html", context)
    context |= {
        **admin.site.each_context(request),
        "title": str(run),
        "crumbs": [("Rapports", reverse(LIST))],
    }
    return render(request, "quality/desk/report.html", context)


@desk_page(
    "qualite/rapports/<int:pk>/recommencer/",
    name="quality_report_retry",
    label="Recommencer",
    section=SECTION,
    permission="quality.add_reportrun",
    in_menu=False,
)
@require_POST
def retry(request, pk):
    """Ask again for a report that failed."""
    run = get_object_or_404(ReportRun, pk=pk)
    try:
        retry_report(run, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@desk_page(
    "qualite/rapports/<int:pk>/telecharger/",
    name="quality_report_download",
    label="Télécharger",
    section=SECTION,
    permission="quality.view_reportrun",
    in_menu=False,
)
@never_cache
@require_safe
def download(request, pk):
    """The file of a report, as an attachment."""
    run = get_object_or_404(ReportRun, pk=pk, state=RunState.DONE)
    try:
        file = run.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"demandes-{run.month:%Y-%m}{'-' + run.service.code if run.service else ''}.pdf"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")
