"""The queue of copies to mark: take the oldest, mark it, take the next."""

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, Todo, desk_page, todo
from cned_portal.common.files import download_stored
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.uploads import limits_uploads, oversized_files
from learners.domain.copies import mark_copy, release_copy, take_copy, take_next_copy
from learners.domain.refusals import Refusal
from learners.enums import READABLE_SCANS
from learners.forms.courses import MarkForm
from learners.models import Copy, CopyFile, Correction

SECTION = "Suivi des apprenants"


@desk_page(
    "corrections/",
    name="learners_marking",
    label="Devoirs à corriger",
    section=SECTION,
    permission="learners.mark_copy",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def marking(request):
    """Copies that wait, the oldest first, and those one has taken."""
    copies = Copy.objects.visible_to(request.user)
    if request.method == "POST":
        return _take(request, copies)
    waiting = copies.to_mark().select_related("devoir__module", "enrolment__learner__user", "enrolment__training")
    try:
        page = page_after(waiting, ["handed_in_at", "pk"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Devoirs à corriger",
        "page": page,
        "taken": _taken(request.user).order_by("taken_at", "pk")[:20],
    }
    return render(request, "learners/desk/marking.html", context)


def _take(request, copies):
    pk = request.POST.get("copy", "")
    try:
        if pk:
            chosen = get_object_or_404(copies, pk=pk if pk.isdecimal() and len(pk) < 19 else 0)
            correction = take_copy(chosen, acting_user=request.user)
        else:
            correction = take_next_copy(copies, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
        return redirect("admin:learners_marking")
    if correction is None:
        messages.success(request, "Aucune copie n’attend de correction.")
        return redirect("admin:learners_marking")
    return redirect("admin:learners_mark", correction.pk)


@desk_page(
    "corrections/<int:pk>/",
    name="learners_mark",
    label="Corriger un devoir",
    section=SECTION,
    permission="learners.mark_copy",
    in_menu=False,
)
@limits_uploads(lambda: settings.HOMEWORK_MAX_BYTES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request, pk):
    """One copy in the marker's hands: its files, the grade, what to say."""
    correction = get_object_or_404(_taken(request.user), pk=pk)
    form, status = MarkForm(), 200
    if request.method == "POST" and request.POST.get("act") == "release":
        release_copy(correction, acting_user=request.user)
        messages.success(request, "La copie est remise dans la file.")
        return redirect("admin:learners_marking")
    if request.method == "POST":
        oversized = oversized_files(request, "files")
        form = MarkForm(request.POST, request.FILES, oversized=oversized)
        status = 413 if oversized else 422
        if form.is_valid():
            try:
                mark_copy(correction, acting_user=request.user, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, "La correction est rendue à l’apprenant.")
                if request.POST.get("act") == "next":
                    return _take_next(request)
                return redirect("admin:learners_marking")
    context = {
        **admin.site.each_context(request),
        "title": "Corriger un devoir",
        "crumbs": [("Devoirs à corriger", reverse("admin:learners_marking"))],
        "correction": correction,
        "copy": correction.copy,
        "files": correction.copy.files.all(),
        "form": form,
    }
    return render(request, "learners/desk/mark.html", context, status=status)


def _take_next(request):
    correction = take_next_copy(Copy.objects.visible_to(request.user), acting_user=request.user)
    return redirect("admin:learners_mark", correction.pk) if correction else redirect("admin:learners_marking")


@desk_page(
    "corrections/fichiers/<int:pk>/",
    name="learners_marking_file",
    label="Fichier d’une copie",
    section=SECTION,
    permission="learners.mark_copy",
    in_menu=False,
)
@never_cache
@require_safe
def copy_file(request, pk):
    """A file of a copy of those one may see."""
    rows = CopyFile.objects.filter(copy__in=Copy.objects.visible_to(request.user), scan__in=READABLE_SCANS)
    row = get_object_or_404(rows, pk=pk)
    return download_stored(row.file, name=row.name, content_type=row.content_type)


def _taken(user):
    rows = Correction.objects.filter(marker=user, marked_at__isnull=True)
    return rows.select_related("copy__devoir__module", "copy__enrolment__learner__user", "copy__enrolment__training")


@todo
def copies_to_mark(user):
    """Copies that wait among those of the enrolments one may see. The count stops at a cap."""
    if not user.has_perm("learners.mark_copy"):
        return []
    count = Copy.objects.visible_to(user).to_mark().order_by()[:LIST_CAP].count()
    return [Todo("Devoirs à corriger", count, reverse("admin:learners_marking"))] if count else []
