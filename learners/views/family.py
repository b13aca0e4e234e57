"""Minors and the adults who follow them, each from their own space."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.files import download_stored
from cned_portal.common.throttle import allow
from learners.domain.guardian_rules import Subject, seen_by, sees
from learners.domain.guardians import (
    INVITATIONS_A_DAY,
    LASTING,
    end_guardianship,
    invite_guardian,
    learner_may_end,
    resend_invitation,
)
from learners.domain.profile import consent_lines
from learners.domain.queries.family import followed_documents, guardians_of, guardianships_of
from learners.domain.refusals import Refusal
from learners.enums import EndReason
from learners.forms.profile import InviteForm
from learners.models import Guardianship
from learners.views.profile import own_profile, say_consent
from learners.views.space import space_crumb

DAY = 86_400
SHOWN = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guardians(request):
    """A minor sees who follows them and what these see, and invites."""
    learner = own_profile(request.user)
    is_minor = learner is not None and learner.is_minor
    form = InviteForm(request.POST if request.method == "POST" and is_minor else None)
    status = 200
    if request.method == "POST" and is_minor and form.is_valid():
        if not allow("learners.invite", request.user.pk, limit=INVITATIONS_A_DAY, seconds=DAY):
            form.add_error(None, "Vous avez déjà envoyé assez d’invitations aujourd’hui : recommencez demain.")
            status = 429
        else:
            try:
                invite_guardian(learner, acting_user=request.user, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(request, "L’invitation est envoyée.")
                return redirect("learners:guardians")
    rows = guardians_of(learner) if is_minor else []
    context = {
        "title": "Mes responsables",
        "crumbs": [space_crumb()],
        "is_minor": is_minor,
        "form": form,
        "guardians": [
            {
                "bond": bond,
                "sees": seen_by(bond),
                "may_end": learner_may_end(bond),
            }
            for bond in rows
        ],
    }
    return render(request, "learners/guardians.html", context, status=status)


def _own_bond(request, pk):
    rows = Guardianship.objects.filter(learner__user=request.user, ended_at=None).select_related("learner__user")
    return get_object_or_404(rows, pk=pk)


@never_cache
@require_POST
def guardian_resend(request, pk):
    """Send the link again."""
    bond = _own_bond(request, pk)
    try:
        resend_invitation(bond, acting_user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "L’invitation est renvoyée ; l’ancien lien ne vaut plus rien.")
    return redirect("learners:guardians")


@never_cache
@require_POST
def guardian_end(request, pk):
    """A minor takes back an invitation, or their trust in an adult who does not sign for them."""
    bond = _own_bond(request, pk)
    if learner_may_end(bond):
        end_guardianship(bond, reason=EndReason.LEARNER, acting_user=request.user)
        messages.success(request, "C’est fait : cette personne ne vous suit plus.")
    else:
        messages.error(request, LASTING)
    return redirect("learners:guardians")


@never_cache
@require_safe
def wards(request):
    """The minors whom the person follows, with their enrolments."""
    context = {
        "title": "Apprenants dont je suis responsable",
        "crumbs": [space_crumb()],
        "bonds": list(guardianships_of(request.user)),
    }
    return render(request, "learners/wards.html", context)


@never_cache
@require_safe
def ward(request, pk):
    """One minor, as far as the rules let this adult see."""
    bond = get_object_or_404(guardianships_of(request.user), pk=pk)
    learner = bond.learner
    documents = _documents(request.user).filter(enrolment__learner=learner).order_by("-issued_at", "-pk")
    context = {
        "title": learner.user.get_full_name() if learner.user.first_name else f"Apprenant n° {learner.number}",
        "crumbs": [space_crumb(), ("Apprenants dont je suis responsable", reverse("learners:wards"))],
        "bond": bond,
        "learner": learner,
        "enrolments": list(learner.enrolments.all()),
        "seen": seen_by(bond),
        "hidden": [subject for subject in Subject if not sees(bond, subject)],
        "shows_documents": sees(bond, Subject.DOCUMENTS),
        "documents": list(documents[:SHOWN]),
        "shows_profile": sees(bond, Subject.PROFILE),
        "accommodations": list(learner.accommodations.all()) if sees(bond, Subject.PROFILE) else [],
        "consents": consent_lines(learner, by_guardian=True) if sees(bond, Subject.CONSENTS) else [],
    }
    return render(request, "learners/ward.html", context)


def _documents(user):
    return followed_documents(user).issued()


@never_cache
@require_POST
def ward_consent(request, pk):
    """The guardian of a child under 15 consents with them."""
    bond = get_object_or_404(guardianships_of(request.user), pk=pk)
    if not sees(bond, Subject.CONSENTS):
        raise Http404
    say_consent(request, bond.learner)
    return redirect("learners:ward", pk=pk)


@never_cache
@require_POST
def ward_end(request, pk):
    """The adult follows the minor no more."""
    bond = get_object_or_404(guardianships_of(request.user), pk=pk)
    end_guardianship(bond, reason=EndReason.GUARDIAN, acting_user=request.user)
    messages.success(request, "Vous ne suivez plus cet apprenant.")
    return redirect("learners:wards")


@never_cache
@require_safe
def ward_document(request, pk):
    """The file of a document of a minor whom the person follows."""
    found = get_object_or_404(_documents(request.user), pk=pk)
    return download_stored(found.file, name=f"{found.kind_slug}.pdf", content_type="application/pdf")
