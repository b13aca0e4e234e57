from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalogue.enums import Perimeter
from catalogue.models import Training
from learners.domain.enrolments import enrol as enrol_learner
from learners.domain.enrolments import open_sessions
from learners.domain.refusals import AlreadyEnrolled, Refusal
from learners.forms import EnrolForm
from learners.models import Enrolment, LearnerProfile


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request, slug):
    """Ask for a place in a training, once signed in."""
    training = get_object_or_404(Training.objects.published().select_related("unit").defer("search_vector"), slug=slug)
    sessions = open_sessions(training)
    live = Enrolment.objects.of_user(request.user).live().filter(training=training).first()
    if live is not None:
        return _already(request, live)
    profile = LearnerProfile.objects.filter(user=request.user).first()
    form = EnrolForm(
        request.POST if request.method == "POST" else None, sessions=sessions, user=request.user, profile=profile
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            enrolment = enrol_learner(
                user=request.user,
                training=training,
                session=form.cleaned_data["session"],
                identity=form.identity,
                acting_user=request.user,
            )
        except AlreadyEnrolled as twin:
            return _already(request, twin.enrolment)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, "Votre demande d’inscription est enregistrée. Nous vous écrirons.")
            return redirect(enrolment)
    context = {
        "title": "Demander une inscription",
        "crumbs": [("Formations", reverse("catalogue:search")), (training.title, training.get_absolute_url())],
        "training": training,
        "is_regulated": training.perimeter == Perimeter.REGULATED,
        "is_open": sessions.exists(),
        "form": form,
        "refusal": refusal,
    }
    return render(request, "learners/enrol.html", context)


def _already(request, enrolment):
    messages.info(request, "Vous avez déjà une inscription à cette formation.")
    return redirect(enrolment)
