"""Asking for a place, one short step after the other; what is typed is kept at each step, right or wrong."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalogue.enums import Perimeter
from learners.domain.drafts import drop_draft
from learners.domain.refusals import AlreadyEnrolled, Refusal
from learners.forms.enrolment_path import ALREADY, CHANGED, LABELS, SEND, UNFINISHED, YOU, Path, trainings_to_ask
from learners.models import Enrolment


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request, slug, step=YOU):
    """One step of the request, once signed in. Each step is kept as soon as it is sent, right or wrong."""
    path = _path(request, slug)
    live = Enrolment.objects.of_user(request.user).live().filter(training=path.training).first()
    if live is not None:
        return _already(request, live)
    if step != YOU and path.you is None:
        return redirect(path.url(YOU))
    form, refusal = path.blank(step), None
    if request.method == "POST":
        if step == SEND:
            form = path.form(SEND, request.POST)
        else:
            path, form = path.keep(step, request.POST)
        if form.is_valid():
            following = path.after(step)
            if following is not None:
                return redirect(path.url(following))
            if step == SEND and form.cleaned_data["version"] != (path.draft.version if path.draft else 0):
                form, refusal = path.blank(SEND), CHANGED
            elif wrong := path.first_wrong():
                messages.info(request, UNFINISHED)
                return redirect(path.url(wrong))
            else:
                try:
                    enrolment = path.send(early_start=form.cleaned_data.get("early_start", False))
                except AlreadyEnrolled as twin:
                    return _already(request, twin.enrolment)
                except Refusal as error:
                    refusal = str(error)
                else:
                    messages.success(request, "Votre demande d’inscription est enregistrée. Nous vous écrirons.")
                    return redirect(enrolment)
    elif step == SEND and (wrong := path.first_wrong()):
        messages.info(request, UNFINISHED)
        return redirect(path.url(wrong))
    return _page(request, path, step, form, refusal)


@require_POST
def enrol_save(request, slug, step):
    """Keep what is being typed, without judging it."""
    path = _path(request, slug)
    if step not in path.steps or step == SEND:
        raise Http404
    path.keep(step, request.POST)
    return HttpResponse(status=204)


@require_POST
def enrol_drop(request, slug):
    """Erase what was typed."""
    path = _path(request, slug)
    drop_draft(user=request.user, training=path.training, acting_user=request.user)
    messages.success(request, "Votre saisie est effacée.")
    return redirect(path.training)


def _path(request, slug):
    return Path.of(request.user, get_object_or_404(trainings_to_ask(), slug=slug))


def _page(request, path, step, form, refusal):
    training = path.training
    context = {
        "title": "Demander une inscription",
        "crumbs": [("Formations", reverse("catalogue:search")), (training.title, training.get_absolute_url())],
        "training": training,
        "is_regulated": training.perimeter == Perimeter.REGULATED,
        "is_open": path.sessions.exists(),
        "form": form,
        "refusal": refusal,
        "path": path,
        "step": step,
        "step_label": LABELS[step],
        "number": path.steps.index(step) + 1,
        "count": len(path.steps),
        "next_label": LABELS.get(path.after(step)),
        "back_url": path.url(path.before(step)) if path.before(step) else "",
        "told": path.told() if step == SEND else [],
    }
    return render(request, "learners/enrol.html", context)


def _already(request, enrolment):
    messages.info(request, ALREADY)
    return redirect(enrolment)
