"""Quotes at the desk: drafted line by line, sent, accepted in the organisation's name, closed."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.files import download_stored
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.progress import RunState
from learners.admin.desk import act_page
from learners.admin.organisations_desk import PERMISSION, SECTION
from learners.domain.organisations import quotes as verbs
from learners.domain.organisations.seats import vouchers
from learners.domain.refusals import Refusal
from learners.enums import QuoteState
from learners.forms.organisations import CancelQuoteForm, LineForm, OrderForm, TermsForm, offered_sessions
from learners.models import Organisation, Quote, QuoteDocument

SESSIONS_SHOWN = 30


@desk_page("devis/", name="learners_quotes", label="Devis", section=SECTION, permission=PERMISSION)
@never_cache
@require_safe
def quotes(request):
    """Every quote, by state, the latest first."""
    state = request.GET.get("etat", "")
    rows = Quote.objects.visible_to(request.user).select_related("organisation")
    if state in QuoteState.values:
        rows = rows.filter(state=state)
    try:
        page = page_after(rows, ["-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Devis",
        "crumbs": [],
        "page": page,
        "state": state if state in QuoteState.values else "",
        "states": [("", "Tous"), *QuoteState.choices],
    }
    return render(request, "learners/desk/quotes.html", context)


@desk_page(
    "organisations/<int:pk>/devis/nouveau/",
    name="learners_quote_new",
    label="Nouveau devis",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@require_POST
def new(request, pk):
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    return redirect(verbs.draft_quote(organisation, acting_user=request.user).desk_url)


def _quote(request, pk):
    rows = Quote.objects.visible_to(request.user).select_related("organisation", "document", "requested_by")
    return get_object_or_404(rows, pk=pk)


@desk_page(
    "devis/<int:pk>/",
    name="learners_quote",
    label="Devis",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request, pk):
    """One quote: its terms and its lines while it is a draft, what was sent afterwards."""
    found = _quote(request, pk)
    query = request.GET.get("q", "").replace("\0", "")[:100]
    sessions = offered_sessions(query, timezone.localdate())
    act = request.POST.get("act", "")
    terms = TermsForm(request.POST if act == "terms" else None, initial=_terms(found))
    line = LineForm(request.POST if act == "line" else None, sessions=sessions)
    refusal = None
    if request.method == "POST":
        try:
            if _done(found, act, terms, line, request):
                address = found.desk_url if act != "line" else f"{found.desk_url}#lignes"
                return redirect(address)
        except Refusal as error:
            refusal = str(error)
    shown = sessions[:SESSIONS_SHOWN]
    line.fields["session"].queryset = shown
    context = {
        **admin.site.each_context(request),
        "title": f"Devis {found.reference}",
        "crumbs": [
            ("Organisations", reverse("admin:learners_orgs")),
            (found.organisation.name, found.organisation.desk_url),
        ],
        "quote": found,
        "content": found.content,
        "document": getattr(found, "document", None),
        "lines": list(found.lines.select_related("session__action__training").order_by("pk")),
        "terms": terms,
        "form": line if line.is_bound else terms,
        "line": line if line.is_bound or shown else None,
        "query": query,
        "refusal": refusal,
        "vouchers": list(vouchers().filter(line__quote=found).order_by("pk")),
        "papers": list(found.files.order_by("pk")),
    }
    return render(request, "learners/desk/quote.html", context, status=409 if refusal else 200)


def _terms(quote):
    return {"valid_until": quote.valid_until, "vat_rate": quote.vat_rate, "vat_mention": quote.vat_mention}


def _done(quote, act, terms, line, request):
    """Call the verb that a button names; False when its form is to be corrected."""
    user = request.user
    if act == "terms":
        if not terms.is_valid():
            return False
        verbs.set_quote_terms(quote, acting_user=user, **terms.cleaned_data)
    elif act == "line":
        if not line.is_valid():
            return False
        verbs.add_quote_line(quote, acting_user=user, **line.cleaned_data)
    elif act.startswith("remove-") and act.removeprefix("remove-").isdecimal():
        verbs.remove_quote_line(get_object_or_404(quote.lines, pk=act.removeprefix("remove-")), acting_user=user)
    elif act == "send":
        verbs.send_quote(quote, acting_user=user)
        messages.success(request, "Le devis est envoyé. Son PDF est en préparation.")
    elif act == "retry":
        document = get_object_or_404(QuoteDocument, quote=quote)
        verbs.retry_quote_document(document, acting_user=user)
    else:
        raise Http404
    return True


@desk_page(
    "devis/<int:pk>/bon-de-commande/",
    name="learners_quote_order",
    label="Bon de commande",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request, pk):
    """A purchase order that came another way: its number and its file."""
    found = _quote(request, pk)
    return act_page(
        request,
        OrderForm(request.POST or None, request.FILES or None),
        act=lambda data: verbs.order_quote(
            found,
            number=data["number"],
            file_name=data["file"].name,
            content=data["file"].read(),
            acting_user=request.user,
        ),
        done="Le bon de commande est enregistré : les places sont ouvertes.",
        title="Enregistrer un bon de commande",
        about=f"{found.organisation.name} : devis {found.reference}",
        back=found.desk_url,
        back_label=f"Devis {found.reference}",
    )


@desk_page(
    "devis/<int:pk>/annuler/",
    name="learners_quote_cancel",
    label="Annuler un devis",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request, pk):
    """Give a quote up, with the reason."""
    found = _quote(request, pk)
    return act_page(
        request,
        CancelQuoteForm(request.POST or None),
        act=lambda data: verbs.cancel_quote(found, acting_user=request.user, **data),
        done="Le devis est annulé.",
        title="Annuler un devis",
        about=f"{found.organisation.name} : devis {found.reference}",
        back=found.desk_url,
        back_label=f"Devis {found.reference}",
    )


@desk_page(
    "devis/<int:pk>/devis.pdf",
    name="learners_quote_pdf",
    label="PDF d’un devis",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_safe
def pdf(request, pk):
    visible = Quote.objects.visible_to(request.user)
    found = get_object_or_404(QuoteDocument, quote__in=visible, quote=pk, state=RunState.DONE)
    return download_stored(found.file, name=found.download_name, content_type="application/pdf")
