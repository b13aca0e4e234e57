"""« Mon profil »: what a learner says of themselves."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from learners.domain.profile import ADDRESS_FIELDS, consent_lines, move_in, record_consent, update_profile
from learners.domain.refusals import Refusal
from learners.enums import AddressKind, ConsentPurpose
from learners.forms.profile import AddressForm, ProfileForm
from learners.models import Address, LearnerProfile
from learners.views.space import space_crumb

KINDS = {"postale": AddressKind.POSTAL, "livraison": AddressKind.DELIVERY}


def own_profile(user):
    return LearnerProfile.objects.filter(user=user, anonymised_at=None).select_related("user").first()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """Situation, telephone, accommodations; then addresses and consents, each with its own page or button."""
    learner = own_profile(request.user)
    if learner is None:
        context = {"title": "Mon profil", "crumbs": [space_crumb()]}
        return render(request, "learners/profile_none.html", context)
    addresses = {item.kind: item for item in Address.objects.current().filter(learner=learner)}
    initial = {
        "public": learner.public,
        "situation": learner.situation,
        "phone": learner.phone,
        "accommodations": list(learner.accommodations.values_list("kind", flat=True)),
    }
    form = ProfileForm(request.POST if request.method == "POST" else None, learner=learner, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            update_profile(learner, acting_user=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Votre profil est enregistré.")
            return redirect("learners:profile")
    context = {
        "title": "Mon profil",
        "crumbs": [space_crumb()],
        "learner": learner,
        "form": form,
        "addresses": [(AddressKind(kind).label, slug, addresses.get(kind)) for slug, kind in KINDS.items()],
        "consents": consent_lines(learner),
    }
    return render(request, "learners/profile.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def address(request, kind):
    """One address: change it, or say that there is none any more."""
    learner = own_profile(request.user)
    if learner is None or kind not in KINDS:
        raise Http404
    current = Address.objects.current().filter(learner=learner, kind=KINDS[kind]).first()
    initial = {name: getattr(current, name) for name in ADDRESS_FIELDS} if current else {}
    removing = request.method == "POST" and "retirer" in request.POST
    form = AddressForm(request.POST if request.method == "POST" and not removing else None, initial=initial)
    if removing or (request.method == "POST" and form.is_valid()):
        try:
            move_in(learner, kind=KINDS[kind], acting_user=request.user, **({} if removing else form.cleaned_data))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Votre adresse est retirée." if removing else "Votre adresse est enregistrée.")
        return redirect("learners:profile")
    context = {
        "title": KINDS[kind].label,
        "crumbs": [space_crumb(), ("Mon profil", reverse("learners:profile"))],
        "form": form,
        "current": current,
    }
    return render(request, "learners/address.html", context)


@never_cache
@require_POST
def consent(request):
    """Give or withdraw a consent."""
    learner = get_object_or_404(LearnerProfile, user=request.user)
    say_consent(request, learner)
    return redirect(f"{reverse('learners:profile')}#consentements")


def say_consent(request, learner):
    """The gesture that a learner and their guardian share."""
    purpose = request.POST.get("finalite", "")
    if purpose not in ConsentPurpose.values:
        raise Http404
    given = request.POST.get("accord") == "oui"
    try:
        record_consent(learner, purpose=purpose, given=given, acting_user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Votre accord est enregistré." if given else "Votre accord est retiré.")
