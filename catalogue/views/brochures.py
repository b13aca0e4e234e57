"""« Demander une documentation »: the page as a PDF, at once when it was already made, else by a page that waits."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalogue.domain.brochures import request_brochure
from catalogue.models import Brochure, Training
from catalogue.views.limits import HOUR, too_many
from cned_portal.common.progress import RunState
from cned_portal.common.throttle import allow, client_address

ASKED_PER_HOUR = 60  # an address is often a whole school


def _visible():
    return Brochure.objects.filter(training__in=Training.objects.published()).select_related("training")


@login_not_required
@never_cache
@require_POST
def ask(request, slug):
    training = get_object_or_404(Training.objects.published(), slug=slug)
    if not allow("catalogue.brochure", client_address(request), limit=ASKED_PER_HOUR, seconds=HOUR):
        return too_many(request, "Trop de demandes", [(training.title, training.get_absolute_url())])
    brochure = request_brochure(training, acting_user=request.user if request.user.is_authenticated else None)
    if brochure is None:
        raise Http404
    if brochure.state == RunState.DONE:
        return HttpResponseRedirect(reverse("catalogue:brochure_file", args=[brochure.pk]))
    return redirect("catalogue:brochure", brochure.pk)


@login_not_required
@never_cache
@require_safe
def progress(request, pk):
    """Where the document stands; htmx gets the progress alone."""
    brochure = get_object_or_404(_visible(), pk=pk)
    training = brochure.training
    context = {
        "title": "Documentation",
        "crumbs": [("Formations", reverse("catalogue:search")), (training.title, training.get_absolute_url())],
        "run": brochure,
        "training": training,
        "progress_url": reverse("catalogue:brochure", args=[pk]),
        "retry_url": reverse("catalogue:brochure_ask", args=[training.slug]),
    }
    template = "catalogue/_brochure_state.html" if request.htmx else "catalogue/brochure.html"
    return render(request, template, context)


@login_not_required
@require_safe
def download(request, pk):
    brochure = get_object_or_404(_visible(), pk=pk, state=RunState.DONE)
    try:
        file = brochure.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    filename = f"cned-{brochure.training.slug[:100]}.pdf"
    return FileResponse(file, as_attachment=True, filename=filename, content_type="application/pdf")
