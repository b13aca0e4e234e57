"""Results of the satisfaction survey, and its questions."""

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import PortalModelAdmin, desk_page
from cned_portal.common.charts import bar_chart
from cned_portal.common.keyset import InvalidCursor, page_after
from crc.domain.queries.periods import month_bounds
from quality.admin.referentials import SECTION
from quality.domain.queries.satisfaction import HIDDEN_UNDER, satisfaction, satisfaction_by_service, verbatims
from quality.exports import satisfaction_csv
from quality.forms import MonthForm, months_offered
from quality.models import Survey, SurveyQuestion

VERBATIMS_SHOWN = 20


def _asked(request):
    """The month and the service of the address; the current month where it says nothing that is known."""
    form = MonthForm(request.GET if "mois" in request.GET else {"mois": f"{months_offered()[0]:%Y-%m}"})
    if not form.is_valid():
        return form, months_offered()[0], None
    return form, form.cleaned_data["mois"], form.cleaned_data["service"]


@desk_page(
    "qualite/satisfaction/",
    name="quality_satisfaction",
    label="Satisfaction",
    section=SECTION,
    permission="quality.view_surveyinvitation",
)
@require_safe
def results(request):
    """Scores of the invitations of a month, by service, and what people wrote."""
    form, month, service = _asked(request)
    period = month_bounds(month)
    whole = satisfaction(period, service)
    may_read = request.user.has_perm("quality.view_surveyanswer")
    written = verbatims(request.user) if may_read else verbatims(request.user).none()
    if service:
        written = written.filter(service=service)
    try:
        page = page_after(written, ["-answered_at", "-id"], request.GET.get("apres", ""), size=VERBATIMS_SHOWN)
    except InvalidCursor:
        raise Http404 from None
    query = {"mois": f"{month:%Y-%m}", **({"service": service.code} if service else {})}
    context = {
        **admin.site.each_context(request),
        "title": "Satisfaction",
        "crumbs": [],
        "form": form,
        "month": month,
        "whole": whole,
        "services": [] if service else satisfaction_by_service(period),
        "chart": bar_chart(
            title="Répartition des notes",
            bars=[(f"{score} sur 5", float(number)) for score, number in whole.distribution],
            label_header="Note",
            value_header="Réponses",
        ),
        "page": page,
        "may_read": may_read,
        "next_url": f"?{urlencode({**query, 'apres': page.next_cursor})}" if page.next_cursor else "",
        "csv_url": f"{reverse('admin:quality_satisfaction_csv')}?{urlencode(query)}",
        "hidden_under": HIDDEN_UNDER,
    }
    return render(request, "quality/desk/satisfaction.html", context)


@desk_page(
    "qualite/satisfaction/tableau.csv",
    name="quality_satisfaction_csv",
    label="Satisfaction (tableau)",
    section=SECTION,
    permission="quality.view_surveyinvitation",
    in_menu=False,
)
@require_safe
def results_csv(request):
    """The table of the services, for a spreadsheet."""
    _, month, _ = _asked(request)
    period = month_bounds(month)
    rows = [satisfaction(period), *satisfaction_by_service(period)]
    response = HttpResponse(satisfaction_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="satisfaction-{month:%Y-%m}.csv"'
    return response


class QuestionInline(admin.TabularInline):
    model = SurveyQuestion
    extra = 0

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.invitations.exists())

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not (obj and obj.invitations.exists())

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.invitations.exists())


@admin.register(Survey)
class SurveyAdmin(PortalModelAdmin):
    """A survey that somebody received keeps its questions; only its rhythm and whether it is sent still change."""

    list_display = ("title", "is_active", "delay_hours", "cooldown_days", "created_at")
    inlines = (QuestionInline,)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ("title", "introduction") if obj and obj.invitations.exists() else ()
