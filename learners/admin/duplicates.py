"""Files that may be one person's: the worklist, the comparison, the judgement."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from learners.admin.accesses import note_opening
from learners.admin.desk import SECTION
from learners.domain.duplicates import both_in_use, dismiss_duplicate, merge_hindrances, merge_learners
from learners.domain.holdings import all_of
from learners.domain.refusals import Refusal
from learners.enums import FileKind
from learners.forms.data_desk import DismissForm, MergeForm
from learners.models import DuplicateCandidate, LearnerProfile

LIST = "admin:learners_duplicates"


def _visible(user):
    files = LearnerProfile.objects.visible_to(user).values("pk")
    rows = DuplicateCandidate.objects.to_judge().filter(first__in=files, second__in=files)
    return rows.select_related("first__user", "second__user")


@desk_page(
    "doublons/",
    name="learners_duplicates",
    label="Doublons d’apprenants",
    section=SECTION,
    permission="learners.merge_learners",
)
@never_cache
@require_safe
def duplicates(request):
    """Pairs to judge, the oldest first: numbers and the rule, no name."""
    try:
        page = page_after(_visible(request.user), ["found_at", "id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {**admin.site.each_context(request), "title": "Doublons d’apprenants", "crumbs": [], "page": page}
    return render(request, "learners/desk/duplicates.html", context)


@desk_page(
    "doublons/<int:pk>/",
    name="learners_duplicate",
    label="Comparer deux dossiers",
    section=SECTION,
    permission="learners.merge_learners",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request, pk):
    """The two files side by side, what would move, and the two answers."""
    candidate = get_object_or_404(_visible(request.user), pk=pk)
    for learner in (candidate.first, candidate.second):
        note_opening(request, learner.pk, FileKind.DUPLICATE)
    act = request.POST.get("act") if request.method == "POST" else None
    merge = MergeForm(request.POST if act == "reunir" else None, candidate=candidate)
    dismiss = DismissForm(request.POST if act == "ecarter" else None)
    status = 200
    if act == "ecarter" and dismiss.is_valid():
        try:
            dismiss_duplicate(candidate, reason=dismiss.cleaned_data["reason"], acting_user=request.user)
        except Refusal as refusal:
            dismiss.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, "C’est noté : ce rapprochement ne sera plus proposé.")
            return redirect(LIST)
    if act == "reunir" and merge.is_valid():
        first, second = candidate.first, candidate.second
        winner, loser = (first, second) if merge.cleaned_data["keep"] == str(first.pk) else (second, first)
        try:
            merge_learners(loser, winner, confirmed=merge.cleaned_data["confirmed"], acting_user=request.user)
        except Refusal as refusal:
            merge.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, f"Les dossiers sont réunis sous le n° {winner.number}.")
            return redirect(LIST)
    context = {
        **admin.site.each_context(request),
        "title": "Comparer deux dossiers",
        "crumbs": [("Doublons d’apprenants", reverse(LIST))],
        "candidate": candidate,
        "rows": _side_by_side(candidate),
        "hindrances": merge_hindrances(candidate.first, candidate.second),
        "both_in_use": both_in_use(candidate.first, candidate.second),
        "merge": merge,
        "dismiss": dismiss,
    }
    return render(request, "learners/desk/duplicate.html", context, status=status)


def _side_by_side(candidate):
    """(label, first, second): what each file says, then what each holds in every app."""
    both = (candidate.first, candidate.second)
    yield "N° d’apprenant", *(item.number for item in both)
    yield "Prénom et nom", *(item.user.get_full_name() for item in both)
    yield "Adresse électronique", *(item.user.email for item in both)
    yield "Date de naissance", *(item.date_of_birth or "" for item in both)
    yield "Téléphone", *(item.phone for item in both)
    yield "Adresse", *(", ".join(item.address_lines) for item in both)
    yield "Dernière connexion", *(item.user.last_login or "" for item in both)
    counts = [dict(all_of("count", item.user)) for item in both]
    for label in counts[0]:
        yield label, counts[0][label], counts[1].get(label, 0)
