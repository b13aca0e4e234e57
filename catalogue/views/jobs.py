from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalogue.domain.queries.jobs import job_page, jobs_by_domain


@login_not_required
@require_safe
def index(request):
    """Jobs to which a training leads, by domain."""
    return render(request, "catalogue/jobs.html", {"title": "Métiers", "crumbs": [], "domains": jobs_by_domain()})


@login_not_required
@require_safe
def job(request, code):
    """A job: its names, what awaits it by 2030, the trainings that lead to it."""
    page = job_page(code) if len(code) == 5 else None
    if page is None:
        raise Http404
    address = page.occupation.get_absolute_url()
    if request.path != address:
        return redirect(address, permanent=True)
    context = {
        "title": page.occupation.label,
        "crumbs": [("Métiers", reverse("catalogue:jobs"))],
        "page": page,
        "job": page.occupation,
        "canonical": request.build_absolute_uri(address),
    }
    return render(request, "catalogue/job.html", context)
