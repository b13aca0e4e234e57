from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from exams.domain.queries.results import bac_results
from exams.domain.queries.statistics import HIDDEN_UNDER, NO_RATE_UNDER, WARNING_UNDER
from exams.enums import Pathway
from exams.exports import displayed, results_csv
from exams.forms.results import ResultsFilterForm


@login_not_required
@require_safe
def results(request):
    """Success rates at the baccalauréat with their counts and intervals, by session, voie and status."""
    found = bac_results()
    form = ResultsFilterForm(request.GET, years=found.years)
    rows = found.table(year=form.year, pathway=form.pathway, status=form.status)
    pathways = [form.pathway] if form.pathway else Pathway.values
    shown = {row.status for row in rows}
    context = {
        "title": "Résultats du baccalauréat",
        "crumbs": [],
        "form": form,
        "rows": [displayed(row) for row in rows],
        "has_notes": any(row.rate.note or row.is_partial for row in rows),
        "charts": [chart for value in pathways if (chart := found.chart(pathway=value, status=form.status))],
        "breaks": found.explained_breaks(pathways, shown),
        "load": found.load,
        "csv_url": f"{reverse('exams:results_csv')}?{urlencode(form.query)}",
        "thresholds": {"hidden": HIDDEN_UNDER, "no_rate": NO_RATE_UNDER, "warning": WARNING_UNDER},
    }
    return render(request, "exams/results.html", context)


@login_not_required
@require_safe
def results_csv_file(request):
    """The table of the page, for a spreadsheet."""
    found = bac_results()
    form = ResultsFilterForm(request.GET, years=found.years)
    rows = found.table(year=form.year, pathway=form.pathway, status=form.status)
    response = HttpResponse(results_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="resultats-du-bac.csv"'
    return response
