"""« Mes données »: a copy, corrections, who opened my file, closing my account."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.files import download_stored
from cned_portal.common.progress import RunState
from learners.domain.holdings import all_of, everything_kept
from learners.domain.privacy.access_log import services_that_opened
from learners.domain.privacy.closure import COOLING_DAYS, request_closure
from learners.domain.privacy.exports import KEPT_FOR, request_export, retry_export
from learners.domain.privacy.requests import ask_right
from learners.domain.refusals import Refusal
from learners.enums import FileKind
from learners.forms.profile import CloseForm, RightForm
from learners.models import AccountClosure, DataExport, RightRequest
from learners.views.profile import own_profile
from learners.views.space import space_crumb

SHOWN = 20


def _crumbs():
    return [space_crumb(), ("Mes données", reverse("learners:data"))]


@never_cache
@require_safe
def data(request):
    """What a person may ask, and where each thing they asked stands."""
    learner = own_profile(request.user)
    closure = AccountClosure.objects.waiting().filter(user=request.user).select_related("user").first()
    context = {
        "title": "Mes données",
        "crumbs": [space_crumb()],
        "learner": learner,
        "exports": DataExport.objects.of_user(request.user).kept().order_by("-created_at", "-pk")[:5],
        "days": KEPT_FOR.days,
        "requests": RightRequest.objects.of_user(request.user).order_by("-asked_at", "-pk")[:SHOWN],
        "closure": closure,
        "services": [{**line, "kind": FileKind(line["kind"]).label} for line in services_that_opened(learner)]
        if learner
        else [],
    }
    return render(request, "learners/data.html", context)


@never_cache
@require_POST
@reauthentication_required
def export_ask(request):
    """Ask for a copy, once the person has signed in lately: whoever finds a session open gets nothing."""
    return redirect(request_export(acting_user=request.user))


@never_cache
@require_safe
def export(request, pk):
    """Where a copy stands; htmx gets the progress alone."""
    run = get_object_or_404(DataExport.objects.of_user(request.user), pk=pk)
    context = {
        "title": "Copie de mes données",
        "crumbs": _crumbs(),
        "run": run,
        "progress_url": run.get_absolute_url(),
        "retry_url": "" if run.erased_at else reverse("learners:data_export_retry", kwargs={"pk": pk}),
        "erased_on": timezone.localtime(run.created_at + KEPT_FOR),
    }
    template = "learners/_data_export_state.html" if request.htmx else "learners/data_export.html"
    return render(request, template, context)


@never_cache
@require_POST
def export_retry(request, pk):
    """Ask again for a copy that failed."""
    run = get_object_or_404(DataExport.objects.of_user(request.user), pk=pk)
    try:
        retry_export(run, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@never_cache
@require_safe
def export_file(request, pk):
    """The file, to its owner alone, while it is kept."""
    week = timezone.now() - KEPT_FOR
    rows = DataExport.objects.of_user(request.user).kept().filter(state=RunState.DONE, created_at__gt=week)
    return _send(request, get_object_or_404(rows, pk=pk))


@reauthentication_required
def _send(request, run):
    return download_stored(run.file, name="mes-donnees.zip", content_type="application/zip")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request):
    """Ask staff to change what the profile does not let one change."""
    learner = own_profile(request.user)
    if learner is None:
        raise Http404
    form = RightForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_right(learner, acting_user=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("wanted", str(refusal))
        else:
            messages.success(request, "Votre demande est enregistrée. Nous vous répondrons dans le mois.")
            return redirect("learners:data")
    context = {"title": "Demander une correction", "crumbs": _crumbs(), "form": form, "learner": learner}
    return render(request, "learners/data_ask.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request):
    """What closing the account does, and the button. GET is open: one reads before one signs in again."""
    return _close(request) if request.method == "POST" else _close_page(request, CloseForm())


@reauthentication_required
def _close(request):
    form = CloseForm(request.POST)
    if form.is_valid():
        try:
            request_closure(request.user, acting_user=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            return _close_page(request, form, status=409)
        logout(request)
        messages.success(
            request,
            f"Votre compte sera fermé dans {COOLING_DAYS} jours. Pour y renoncer, reconnectez-vous d’ici là.",
        )
        return redirect("home:home")
    return _close_page(request, form)


def _close_page(request, form, *, status=200):
    context = {
        "title": "Fermer mon compte",
        "crumbs": _crumbs(),
        "form": form,
        "days": COOLING_DAYS,
        "kept": everything_kept(),
        "hindrances": all_of("hinder_closure", request.user),
    }
    return render(request, "learners/data_close.html", context, status=status)
