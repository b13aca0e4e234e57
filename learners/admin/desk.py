"""Acts that ask for a reason: one form, one verb behind it."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.backoffice import desk_page
from learners.admin.accesses import note_opening
from learners.domain.documents import revoke_document
from learners.domain.enrolments import abandon_enrolment
from learners.domain.refusals import Refusal
from learners.enums import FileKind
from learners.forms.documents import RevokeForm
from learners.forms.enrolment_desk import AbandonForm
from learners.models import Document, Enrolment

SECTION = "Apprenants"


@desk_page(
    "inscriptions/<int:pk>/abandon/",
    name="learners_abandon",
    label="Enregistrer un abandon",
    section=SECTION,
    permission="learners.abandon_enrolment",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def abandon(request, pk):
    """Date and reason of a drop-out."""
    rows = Enrolment.objects.visible_to(request.user).select_related("learner__user", "training")
    enrolment = get_object_or_404(rows, pk=pk)
    note_opening(request, enrolment.learner_id, FileKind.ENROLMENT)
    form = AbandonForm(request.POST or None, initial={"on": timezone.localdate()})
    return act_page(
        request,
        form,
        act=lambda data: abandon_enrolment(enrolment, reason=data["reason"], on=data["on"], acting_user=request.user),
        done="L’abandon est enregistré.",
        title="Enregistrer un abandon",
        about=str(enrolment),
        back=reverse("admin:learners_enrolment_changelist"),
        back_label="Inscriptions",
    )


@desk_page(
    "documents/<int:pk>/revocation/",
    name="learners_revoke",
    label="Révoquer un document",
    section=SECTION,
    permission="learners.revoke_document",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request, pk):
    """Reason why a document is not valid any more."""
    visible = Enrolment.objects.visible_to(request.user)
    rows = Document.objects.filter(enrolment__in=visible).select_related("enrolment__learner__user")
    document = get_object_or_404(rows, pk=pk)
    note_opening(request, document.enrolment.learner_id, FileKind.DOCUMENT)
    return act_page(
        request,
        RevokeForm(request.POST or None),
        act=lambda data: revoke_document(document, reason=data["reason"], acting_user=request.user),
        done="Le document est révoqué.",
        title="Révoquer un document",
        about=f"{document}, {document.enrolment.learner}",
        back=reverse("admin:learners_document_changelist"),
        back_label="Documents",
    )


def act_page(request, form, *, act, done, title, about, back, back_label, button=""):
    """One form, one verb: `act(cleaned_data)`, whose Refusal is said above the form."""
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, done)
            return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": title,
        "crumbs": [(back_label, back)],
        "about": about,
        "button": button or title,
        "back": back,
        "form": form,
        "refusal": refusal,
    }
    return render(request, "learners/desk/act.html", context)
