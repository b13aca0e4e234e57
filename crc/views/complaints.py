"""« Ce n’est pas satisfaisant » : anything becomes a complaint in one step, with an account or by a signed link."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.addresses import secret_address
from cned_portal.common.throttle import allow
from crc.domain.complaints import complain
from crc.domain.refusals import Refusal
from crc.domain.tracking import find_tracked, tracking_token
from crc.forms.legal import ComplainForm
from crc.models import Ticket
from crc.validators import is_reference
from crc.views.public import HOUR, dead_link, too_many

COMPLAINTS_PER_HOUR = 5


@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def complain_tracked(request, token):
    """About the request of a tracking link."""
    ticket = find_tracked(token)
    if ticket is None:
        return dead_link(request)
    return _complain(request, ticket, back=reverse("crc:tracking", args=[token]), user=None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complain_mine(request, reference):
    """About one of the person's own requests."""
    if not is_reference(reference):
        raise Http404
    ticket = get_object_or_404(Ticket.objects.of_requester(request.user), reference=reference)
    back = reverse("crc:mine_ticket", args=[reference])
    return _complain(request, ticket, back=back, user=request.user)


def _complain(request, ticket, *, back, user):
    form = ComplainForm(request.POST, request.FILES) if request.method == "POST" else ComplainForm()
    if request.method == "POST":
        if not allow("crc.complain", ticket.pk, limit=COMPLAINTS_PER_HOUR, seconds=HOUR):
            return too_many(request)
        if form.is_valid():
            try:
                complaint = complain(
                    ticket,
                    body=form.text(),
                    files=form.cleaned_data["files"],
                    submission_key=form.submission_key,
                    acting_user=user,
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("crc:received", tracking_token(complaint))
    context = {
        "title": "Faire une réclamation",
        "crumbs": [],
        "ticket": ticket,
        "form": form,
        "form_url": f"{back}reclamation/",
        "back": back,
    }
    return render(request, "crc/complain.html", context)
