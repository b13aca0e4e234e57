"""A seat that an organisation offers: taken with a code, or answered once it was given by a list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.throttle import allow
from learners.domain.organisations.campaigns import refuse_messages, refusing_address
from learners.domain.organisations.seats import (
    TRIES_PER_HOUR,
    UNKNOWN_CODE,
    agree_to_seat,
    decline_seat,
    find_voucher,
    seats_to_answer,
    use_voucher,
)
from learners.domain.refusals import AlreadyEnrolled, Refusal
from learners.forms.organisations import VoucherForm
from learners.views.space import space_crumb

HOUR = 3600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def voucher(request):
    """Type a code, read what it opens, take the seat. The code stays out of the address."""
    form, found, refusal = VoucherForm(request.POST or None), None, None
    status = 200
    if request.method == "POST" and form.is_valid():
        if not allow("learners.voucher", request.user.pk, limit=TRIES_PER_HOUR, seconds=HOUR):
            refusal, status = "Trop d’essais : attendez une heure, puis recommencez.", 429
        elif (found := find_voucher(form.cleaned_data["code"])) is None:
            form.add_error("code", UNKNOWN_CODE)
        elif "take" in request.POST:
            try:
                return redirect(use_voucher(found, acting_user=request.user))
            except AlreadyEnrolled as twin:
                messages.info(request, str(twin))
                return redirect(twin.enrolment)
            except Refusal as error:
                refusal, found = str(error), None
    context = {
        "title": "Utiliser un bon d’inscription",
        "crumbs": [space_crumb()],
        "form": form,
        "voucher": found,
        "refusal": refusal,
    }
    return render(request, "learners/voucher.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request, pk):
    """Say yes or no to the enrolment that an organisation asked for."""
    found = get_object_or_404(seats_to_answer(request.user), pk=pk)
    if request.method == "POST":
        try:
            if "decline" in request.POST:
                decline_seat(found, acting_user=request.user)
                messages.success(request, "L’inscription est annulée. L’organisation n’en verra rien de plus.")
            elif "agree" in request.POST:
                agree_to_seat(found, acting_user=request.user)
                messages.success(request, "Votre accord est enregistré.")
            else:
                raise Http404
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("learners:space")
    context = {"title": "Inscription par une organisation", "crumbs": [space_crumb()], "seat": found}
    return render(request, "learners/seat.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_refuse(request, token):
    """Want no more messages of campaigns; the button does it, so that a robot that opens links does not."""
    email = refusing_address(token)
    if email is None:
        raise Http404
    if request.method == "POST":
        refuse_messages(email, acting_user=None)
    context = {"title": "Ne plus recevoir nos messages", "crumbs": [], "done": request.method == "POST"}
    return render(request, "learners/campaign_refuse.html", context)
