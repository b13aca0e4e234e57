"""« Mon baccalauréat »: a person says where they stand. A guardian reads; a stranger gets 404."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.refusals import Refusal
from exams.domain.outcomes import declare_result
from exams.domain.queries.candidates import Standing, own_registrations, standings
from exams.domain.registrations import change_registration, declare_registration, say_made, withdraw_registration
from exams.forms.candidates import CandidacyForm, ResultForm
from learners.models import LearnerProfile
from learners.views.profile import own_profile
from learners.views.space import space_crumb

TITLE = "Mon baccalauréat"


def _crumbs():
    return [space_crumb(), (TITLE, reverse("exams:bac"))]


def _own(request, pk):
    return get_object_or_404(own_registrations(request.user), pk=pk)


@never_cache
@require_safe
def bac(request):
    """Registrations, dates, what to do next, results."""
    context = {
        "title": TITLE,
        "crumbs": [space_crumb()],
        "standings": standings(request.user),
        "has_file": LearnerProfile.objects.filter(user=request.user, anonymised_at=None).exists(),
    }
    return render(request, "exams/bac.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request):
    """Say that one sits papers of a session."""
    learner = own_profile(request.user)
    if learner is None:
        return redirect("exams:bac")
    form = CandidacyForm(request.POST if request.method == "POST" else None)

    def act():
        declare_registration(learner, **form.said, acting_user=request.user)

    return _form_page(request, form, act, title="Annoncer mes épreuves", done="C’est noté.", button="Enregistrer")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request, pk):
    """Correct what one said, until it is confirmed."""
    found = _own(request, pk)
    if not Standing(found, is_own=True).may_change:
        raise Http404
    form = CandidacyForm(request.POST if request.method == "POST" else None, initial=CandidacyForm.initial_of(found))

    def act():
        change_registration(found, **form.said, acting_user=request.user)

    return _form_page(request, form, act, title="Corriger mes épreuves", done="C’est enregistré.", button="Enregistrer")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def result(request, pk):
    """Say what became of one."""
    found = _own(request, pk)
    if not Standing(found, is_own=True).may_tell_result:
        raise Http404
    form = ResultForm(request.POST if request.method == "POST" else None, initial=ResultForm.initial_of(found.result))

    def act():
        declare_result(found, form.verdict, acting_user=request.user)

    return _form_page(
        request,
        form,
        act,
        title=f"Mon résultat, {found.session}",
        done="Votre résultat est enregistré.",
        button="Enregistrer mon résultat",
    )


def _form_page(request, form, act, *, title, done, button):
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refusal as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, done)
            return redirect("exams:bac")
    context = {"title": title, "crumbs": _crumbs(), "form": form, "button": button}
    return render(request, "exams/bac_form.html", context, status=status)


@never_cache
@require_POST
def made(request, pk):
    """The registration is made with the academy."""
    return _answer(request, say_made, pk, "C’est noté : nous la confirmerons quand l’académie nous l’aura dite.")


@never_cache
@require_POST
def withdraw(request, pk):
    """Give up these papers, as far as the portal knows."""
    return _answer(request, withdraw_registration, pk, "C’est noté : ces épreuves ne sont plus annoncées ici.")


def _answer(request, verb, pk, done):
    try:
        verb(_own(request, pk), acting_user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("exams:bac")
