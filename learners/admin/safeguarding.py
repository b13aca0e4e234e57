"""The restricted register: its list, a report, and, for who oversees it, the log of accesses."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from learners.domain.refusals import Refusal
from learners.domain.safeguarding import HELPLINES, add_to_report, open_register, open_report
from learners.forms.safeguarding import EntryForm
from learners.models import ReportAccess

SECTION = "Registre restreint"


@desk_page(
    "signalements/",
    name="learners_reports",
    label="Signalements",
    section=SECTION,
    permission="learners.view_safeguardingreport",
)
@never_cache
@require_safe
def reports(request):
    """The reports, newest first, without a word of their facts."""
    try:
        page = page_after(
            open_register(request.user), ["-received_at", "-pk"], request.GET.get("apres", ""), size=PAGE_SIZE
        )
    except InvalidCursor:
        raise Http404 from None
    context = {**admin.site.each_context(request), "title": "Registre des signalements", "page": page}
    return render(request, "learners/desk/reports.html", context)


@desk_page(
    "signalements/<int:pk>/",
    name="learners_report",
    label="Signalement",
    section=SECTION,
    permission="learners.handle_safeguardingreport",
    in_menu=False,
)
@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, pk):
    """A report, what was done of it, what to add."""
    found = open_report(request.user, pk)
    if found is None:
        raise Http404
    form, status = EntryForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                add_to_report(found, acting_user=request.user, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, "L’entrée est ajoutée.")
                return redirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": f"Signalement {found.reference}",
        "crumbs": [("Registre des signalements", reverse("admin:learners_reports"))],
        "report": found,
        "entries": found.entries.select_related("by"),
        "form": form,
        "helplines": HELPLINES,
    }
    return render(request, "learners/desk/report.html", context, status=status)


@desk_page(
    "signalements/acces/",
    name="learners_report_accesses",
    label="Accès au registre des signalements",
    section=SECTION,
    permission="learners.view_reportaccess",
)
@never_cache
@require_safe
def accesses(request):
    """Who opened the register, what, when: nothing of the reports but their reference."""
    rows = ReportAccess.objects.select_related("user", "report").defer("report__facts", "report__contact")
    try:
        page = page_after(rows, ["-at", "-pk"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {**admin.site.each_context(request), "title": "Accès au registre des signalements", "page": page}
    return render(request, "learners/desk/report_accesses.html", context)
