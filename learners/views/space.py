"""« Mon espace » : a person's own enrolments and documents. A stranger gets 404: access is in the query."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cned_portal.common.files import download_stored
from cned_portal.common.page_cache import framed_page
from learners.domain.documents import request_document, retry_document
from learners.domain.organisations.seats import seats_to_answer
from learners.domain.queries.files import file_context
from learners.domain.queries.space import DOCUMENTS_SHOWN, own_documents, own_enrolments, space_of
from learners.domain.refusals import Refusal
from learners.enums import CopyState, DocumentKind
from learners.models import Copy, EnrolmentFile


def space_crumb():
    return "Mon espace", reverse("learners:space")


@never_cache
@require_safe
def space(request):
    """What to do next, enrolments, documents."""
    found = space_of(request.user)
    content = render_to_string("learners/_space_content.html", {"space": found, "user": request.user})
    context = {"title": "Mon espace", "crumbs": [], "space_sections": found.sections}
    menu = ",".join(section.url_name for section in found.sections)
    return framed_page(request, "learners/space.html", context, content, key=menu)


@never_cache
@require_safe
def enrolment(request, pk):
    """One enrolment: where it stands, and its documents."""
    found = get_object_or_404(own_enrolments(request.user), pk=pk)
    documents = own_documents(request.user).filter(enrolment=found).order_by("-created_at", "-pk")[:DOCUMENTS_SHOWN]
    file = EnrolmentFile.objects.with_parts().filter(enrolment=found).first()
    context = {
        "title": found.training.title,
        "crumbs": [space_crumb()],
        "enrolment": found,
        "documents": list(documents),
        "may_answer": found.awaits_answer and seats_to_answer(request.user).filter(enrolment=found).exists(),
        **(file_context(file) if file else {}),
        "has_grades": Copy.objects.filter(enrolment=found, state=CopyState.MARKED).exists(),
    }
    return render(request, "learners/enrolment.html", context)


@never_cache
@require_POST
def ask_certificate(request, pk):
    """Ask for the certificate of schooling; the second click finds the first one's document."""
    return _ask(request, pk, DocumentKind.SCHOOLING)


@never_cache
@require_POST
def ask_document(request, pk, kind):
    """Ask for an attestation of attendance or a transcript."""
    if kind not in DocumentKind.values:
        raise Http404
    return _ask(request, pk, kind)


def _ask(request, pk, kind):
    found = get_object_or_404(own_enrolments(request.user), pk=pk)
    try:
        asked = request_document(found, kind=kind, acting_user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    return redirect(asked)


@never_cache
@require_safe
def document(request, pk):
    """Where a document stands; htmx gets the progress alone."""
    found = get_object_or_404(own_documents(request.user), pk=pk)
    context = {
        "title": found.get_kind_display(),
        "crumbs": [space_crumb(), (found.enrolment.training.title, found.enrolment.get_absolute_url())],
        "document": found,
        "run": found,
        "progress_url": found.get_absolute_url(),
        "retry_url": reverse("learners:document_retry", kwargs={"pk": found.pk}),
    }
    template = "learners/_document_state.html" if request.htmx else "learners/document.html"
    return render(request, template, context)


@never_cache
@require_POST
def retry(request, pk):
    """Ask again for a document that failed."""
    found = get_object_or_404(own_documents(request.user), pk=pk)
    try:
        retry_document(found, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(found)


@never_cache
@require_safe
def download(request, pk):
    """The file of an issued document, as an attachment."""
    found = get_object_or_404(own_documents(request.user).issued(), pk=pk)
    return download_stored(found.file, name=f"{found.kind_slug}.pdf", content_type="application/pdf")
