"""A guardian opens the link they were sent."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from learners.domain.guardians import accept_guardianship
from learners.domain.refusals import Refusal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request, token):
    """Say what the link does; the button does it. The page names nobody: the link may have gone astray."""
    refusal = None
    if request.method == "POST":
        try:
            accept_guardianship(token, acting_user=request.user)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, "Vous suivez désormais cet apprenant dans votre espace.")
            return redirect("learners:space")
    context = {"title": "Suivre un apprenant mineur", "crumbs": [], "refusal": refusal}
    return render(request, "learners/guardian_accept.html", context, status=409 if refusal else 200)
