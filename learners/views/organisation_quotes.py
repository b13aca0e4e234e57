"""Quotes of an organisation, for its members: asked for, read, accepted by a signature or a purchase order, refused."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.files import download_stored
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.progress import RunState
from learners.domain.organisations import quotes as verbs
from learners.domain.organisations.seats import vouchers
from learners.domain.refusals import Refusal
from learners.enums import ENROLLING_ROLES, MemberRole
from learners.forms.organisations import OrderForm, QuoteRequestForm, RefuseQuoteForm, SignForm
from learners.models import QuoteDocument
from learners.views.organisations import own_membership, page

SHOWN = 30
FORMS = {"sign": SignForm, "order": OrderForm, "refuse": RefuseQuoteForm}
DONE = {
    "sign": "Le devis est signé : vos places sont ouvertes.",
    "order": "Le bon de commande est enregistré : vos places sont ouvertes.",
    "refuse": "Votre refus est enregistré.",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quotes(request, organisation):
    """The organisation's quotes, and the form that asks for one."""
    roles = ENROLLING_ROLES if request.method == "POST" else MemberRole.values
    membership = own_membership(request, organisation, roles)
    form = QuoteRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        asked = verbs.request_quote(membership.organisation, **form.cleaned_data, acting_user=request.user)
        messages.success(request, "Votre demande est enregistrée. Nous vous écrirons dès que le devis sera prêt.")
        return redirect(asked)
    try:
        rows = membership.organisation.quotes.shown_to_members()
        found = page_after(rows, ["-id"], request.GET.get("apres", ""), size=SHOWN)
    except InvalidCursor:
        raise Http404 from None
    return page(
        request,
        "learners/organisation_quotes.html",
        membership,
        title="Devis",
        form=form if membership.role in ENROLLING_ROLES else None,
        page=found,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request, organisation, pk):
    """What the quote says, and the three answers to it."""
    roles = ENROLLING_ROLES if request.method == "POST" else MemberRole.values
    membership = own_membership(request, organisation, roles)
    found = get_object_or_404(membership.organisation.quotes.shown_to_members().select_related("document"), pk=pk)
    act = request.POST.get("act", "")
    if request.method == "POST" and act not in FORMS:
        raise Http404
    forms = {
        name: form(request.POST, request.FILES, prefix=name) if name == act else form(prefix=name)
        for name, form in FORMS.items()
    }
    refusal = None
    if act and forms[act].is_valid():
        try:
            _answer(found, act, forms[act].cleaned_data, request.user)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, DONE[act])
            return redirect(found)
    words = verbs.signed_text(found, name="…", position="…", on=timezone.localdate()) if found.is_offered else ""
    return page(
        request,
        "learners/organisation_quote.html",
        membership,
        title=f"Devis {found.reference}",
        quote=found,
        content=found.content,
        document=getattr(found, "document", None),
        forms=forms,
        sent=forms.get(act),
        refusal=refusal,
        words=words,
        vouchers=list(vouchers().filter(line__quote=found).order_by("pk")),
    )


def _answer(quote, act, data, user):
    if act == "sign":
        verbs.sign_quote(quote, name=data["name"], position=data["position"], acting_user=user)
    elif act == "order":
        file = data["file"]
        verbs.order_quote(quote, number=data["number"], file_name=file.name, content=file.read(), acting_user=user)
    else:
        verbs.refuse_quote(quote, reason=data["reason"], acting_user=user)


@never_cache
@require_safe
def quote_pdf(request, organisation, pk):
    """The document of a quote that was sent."""
    membership = own_membership(request, organisation)
    shown = membership.organisation.quotes.shown_to_members()
    found = get_object_or_404(QuoteDocument, quote__in=shown, quote=pk, state=RunState.DONE)
    return download_stored(found.file, name=found.download_name, content_type="application/pdf")
