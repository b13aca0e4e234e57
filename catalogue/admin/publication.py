"""The life of a public page: what its draft changes, what it lacks, its versions; publish, restore, close."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from catalogue.admin.trainings import visible_trainings
from catalogue.domain import drafts
from catalogue.domain.publishing import close_training, faults, missing_items
from catalogue.domain.queries.pages import entry_page, training_page
from catalogue.forms import CloseForm
from catalogue.models import Entry, Training
from cned_portal.common.backoffice import desk_page

SECTION = "Catalogue"
VERSIONS_SHOWN = 50
TRAINING, ENTRY = "formation", "entree"


def find_page(user, kind, pk):
    """The page, among those the person may see in the back-office."""
    if kind == TRAINING:
        return get_object_or_404(visible_trainings(user, Training.objects.select_related("successor")), pk=pk)
    if kind == ENTRY and user.has_perm("catalogue.view_entry"):
        return get_object_or_404(Entry, pk=pk)
    raise Http404


def can_edit(user, page):
    return user.has_perm(f"catalogue.change_{page._meta.model_name}")


def can_publish(user):
    return user.has_perm("catalogue.publish_training")


@desk_page(
    "pages/<str:kind>/<int:pk>/publication/",
    name="catalogue_publication",
    label="Publication",
    section=SECTION,
    permission="catalogue.view_training",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def publication(request, kind, pk):
    """What publishing would change, and the versions that were; the acts are sent here."""
    page = find_page(request.user, kind, pk)
    if request.method == "POST":
        try:
            messages.success(request, _act(request, page))
        except ValidationError as refusal:
            for sentence in refusal.messages:
                messages.error(request, sentence)
        return redirect("admin:catalogue_publication", kind, pk)
    live, content = drafts.content_of(page), drafts.draft_content(page)
    with drafts.applied(page, content) as prepared:
        missing = missing_items(prepared) if kind == TRAINING else []
        wrong = faults(prepared) if kind == TRAINING else []
    context = {
        **admin.site.each_context(request),
        "title": f"Publication : {page}",
        "crumbs": [(page._meta.verbose_name_plural.capitalize(), _list_url(page)), (str(page), _edit_url(page))],
        "page": page,
        "kind": kind,
        "is_public": drafts.is_public(page),
        "is_training": kind == TRAINING,
        "is_closed": kind == TRAINING and page.state == "closed",
        "draft": drafts.draft_of(page),
        "changes": drafts.changes_between(live, content, type(page)),
        "missing": missing,
        "faults": wrong,
        "versions": page.versions.select_related("published_by").defer("content").order_by("-number")[:VERSIONS_SHOWN],
        "edit_url": _edit_url(page),
        "can_edit": can_edit(request.user, page),
        "can_publish": can_publish(request.user),
    }
    return render(request, "catalogue/desk/publication.html", context)


def _act(request, page):
    """Do what the button says; what was done, in French."""
    act, user = request.POST.get("act", ""), request.user
    if (act in {"publier", "retirer"} and not can_publish(user)) or not can_edit(user, page):
        raise PermissionDenied
    if act == "publier":
        drafts.publish_page(page, acting_user=user)
        return "La page publique est à jour."
    if act == "abandonner":
        drafts.discard_draft(page, acting_user=user)
        return "Le brouillon est abandonné."
    if act == "restaurer":
        number = request.POST.get("version", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 7):
            raise Http404
        drafts.restore_version(page, number=int(number), acting_user=user)
        return f"La version {number} est reprise : relisez-la, puis publiez."
    if act == "retirer" and isinstance(page, Entry):
        drafts.unpublish_entry(page, acting_user=user)
        return "La page n’est plus publique."
    raise Http404


@desk_page(
    "pages/<str:kind>/<int:pk>/apercu/",
    name="catalogue_preview",
    label="Prévisualiser",
    section=SECTION,
    permission="catalogue.view_training",
    in_menu=False,
)
@never_cache
@require_safe
def preview(request, kind, pk):
    """The page as it would be if it were published now."""
    return _shown(request, kind, find_page(request.user, kind, pk), "Prévisualisation")


@desk_page(
    "pages/<str:kind>/<int:pk>/versions/<int:number>/",
    name="catalogue_version",
    label="Version",
    section=SECTION,
    permission="catalogue.view_training",
    in_menu=False,
)
@never_cache
@require_safe
def version(request, kind, pk, number):
    """The page as it was published."""
    page = find_page(request.user, kind, pk)
    found = get_object_or_404(page.versions, number=number)
    return _shown(request, kind, page, f"Version {number} du {timezone.localtime(found.published_at):%d/%m/%Y}", found)


def _shown(request, kind, page, label, found=None):
    """Rendered inside the transaction that gives the rows the content to show, and takes it back."""
    with drafts.applied(page, found.content if found else None) as prepared:
        if kind == TRAINING:
            shown = training_page(prepared.slug, among=Training.objects.all())
            template, context = "catalogue/training.html", {"training": shown.training}
        else:
            shown = entry_page(prepared)
            template, context = "catalogue/entry.html", {"entry": prepared}
        back = reverse("admin:catalogue_publication", args=[kind, page.pk])
        context |= {"title": str(prepared), "crumbs": [], "page": shown, "preview": label, "preview_back": back}
        return render(request, template, context)


@desk_page(
    "pages/formation/<int:pk>/fermeture/",
    name="catalogue_close",
    label="Fermer la formation",
    section=SECTION,
    permission="catalogue.publish_training",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def close(request, pk):
    """Successor, end of the support of those enrolled, message: a training ends here and nowhere else."""
    training = find_page(request.user, TRAINING, pk)
    initial = {
        "successor": training.successor.slug if training.successor else "",
        "served_until": training.served_until,
        "message": training.closing_message,
    }
    form = CloseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            closed = close_training(training, acting_user=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"{training} : {closed.get_state_display().lower()}.")
            return redirect("admin:catalogue_publication", TRAINING, pk)
    context = {
        **admin.site.each_context(request),
        "title": "Fermer la formation",
        "crumbs": [("Formations", _list_url(training)), (str(training), _edit_url(training))],
        "training": training,
        "form": form,
        "back": reverse("admin:catalogue_publication", args=[TRAINING, pk]),
    }
    return render(request, "catalogue/desk/close.html", context)


def _list_url(page):
    return reverse(f"admin:catalogue_{page._meta.model_name}_changelist")


def _edit_url(page):
    return reverse(f"admin:catalogue_{page._meta.model_name}_change", args=[page.pk])
