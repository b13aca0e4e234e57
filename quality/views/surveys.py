"""The survey as its recipient sees it: opened from the mail, without an account. A GET records nothing."""

from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cned_portal.common.throttle import allow, client_address
from crc.domain.tracking import tracking_token
from quality.domain.surveys import AlreadyAnswered, answer_survey, find_invitation, find_invited, refuse_surveys
from quality.enums import QuestionKind
from quality.forms import SurveyForm

TRIES_PER_HOUR = 60


def _is_allowed(request):
    return allow("quality.survey", client_address(request), limit=TRIES_PER_HOUR, seconds=3600)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request, token):
    """Questions, then thanks: mail scanners open the link too, so that only the sent form answers."""
    invitation = find_invitation(token) if _is_allowed(request) else None
    if invitation is None:
        return render(request, "quality/survey_unknown.html", {"title": "Lien inconnu", "crumbs": []}, status=404)
    context = {"title": invitation.survey.title, "crumbs": [], "invitation": invitation, "token": token}
    if invitation.answered_at:
        return render(request, "quality/survey_answered.html", context | _follow_up(invitation))
    if invitation.expires_at < timezone.now():
        return render(request, "quality/survey_expired.html", context, status=410)
    form = SurveyForm(request.POST or None, questions=invitation.survey.questions.all())
    if request.method == "POST" and form.is_valid():
        with suppress(AlreadyAnswered):  # sent twice, or expired in between: the next page says which
            answer_survey(invitation, form.answers(), acting_user=None)
        return redirect("quality:survey", token=token)
    return render(request, "quality/survey.html", context | {"form": form})


def _follow_up(invitation):
    """Whether to offer to write again: the person was not satisfied, or the request is not settled for them."""
    answers = invitation.answers.select_related("question")
    unhappy = any(
        (answer.question.kind == QuestionKind.SCORE and answer.score <= 2)
        or (answer.question.kind == QuestionKind.YES_NO and answer.yes is False)
        for answer in answers
    )
    address = reverse("crc:tracking", args=[tracking_token(invitation.ticket)]) if unhappy else ""
    return {"write_again_url": address}


@csrf_exempt  # RFC 8058: mail programs post here themselves; the signed token is the proof
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refuse(request, token):
    """« Ne plus recevoir d’enquête »: the mail program posts by itself, a person confirms."""
    invitation = find_invited(token) if _is_allowed(request) else None
    if invitation is None:
        raise Http404
    if request.method == "POST":
        refuse_surveys(invitation, acting_user=None)
    context = {"title": "Ne plus recevoir d’enquête", "crumbs": [], "done": request.method == "POST"}
    return render(request, "quality/survey_refused.html", context)
