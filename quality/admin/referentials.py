"""Reading the referential: what applies on a date, and what changed."""

from itertools import groupby

from django.contrib import admin
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from quality.domain.queries.improvements import evidence_for
from quality.domain.queries.referentials import applicability, version_at, versions_of
from quality.enums import Category, Condition
from quality.forms import ApplicabilityForm

SECTION = "Qualité"


@desk_page(
    "qualite/referentiel/",
    name="quality_referential",
    label="Référentiel Qualiopi",
    section=SECTION,
    permission="quality.view_indicator",
)
@require_safe
def referential(request):
    """The indicators of an audit date, by criterion, with the reason why each applies or not."""
    asked = {
        "date": timezone.localdate().isoformat(),
        "categories": [Category.TRAINING, Category.VAE],
        "conditions": [Condition.CERTIFICATION],
    }
    form = ApplicabilityForm(request.GET if "date" in request.GET else asked)
    criteria, version = [], None
    if form.is_valid():
        version = version_at(form.cleaned_data["date"])
        found = applicability(version, form.cleaned_data["categories"], form.cleaned_data["conditions"])
        by_criterion = groupby(found, key=lambda one: one.indicator.criterion)
        criteria = [(criterion, list(indicators)) for criterion, indicators in by_criterion]
    every = [one for _, indicators in criteria for one in indicators]
    context = {
        **admin.site.each_context(request),
        "title": "Référentiel Qualiopi",
        "crumbs": [],
        "form": form,
        "version": version,
        "criteria": criteria,
        "total": len(every),
        "applicable": sum(one.applies for one in every),
    }
    return render(request, "quality/desk/referential.html", context)


@desk_page(
    "qualite/referentiel/<int:number>/",
    name="quality_indicator",
    label="Indicateur",
    section=SECTION,
    permission="quality.view_indicator",
    in_menu=False,
)
@require_safe
def indicator(request, number):
    """One indicator: its wordings side by side, and the evidence that the portal dated by itself."""
    wordings = versions_of(number)
    if not wordings:
        raise Http404
    try:
        evidence = page_after(
            evidence_for(wordings[0], request.user), ["-at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE
        )
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": f"Indicateur {number}",
        "crumbs": [("Référentiel Qualiopi", reverse("admin:quality_referential"))],
        "wordings": wordings,
        "latest": wordings[0],
        "evidence": evidence,
        "has_evidence": wordings[0].fed_by and request.user.has_perm("quality.view_improvement"),
    }
    return render(request, "quality/desk/indicator.html", context)
