"""Mails received: what was put aside or left out, what a person may make of it, their layout and their original."""

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, Todo, desk_page, todo
from cned_portal.common.files import download
from cned_portal.common.keyset import InvalidCursor, page_after
from crc.admin.desk import SECTION
from crc.domain.attachments import open_attachment
from crc.domain.mail import ingestion
from crc.domain.privacy.access_log import record_access
from crc.domain.refusals import Refusal
from crc.enums import AccessKind, MailKind, MailStep
from crc.models import InboundMail, Ticket

LIST = "admin:crc_mails"
ASIDE, LEFT_OUT, EVERY = "de-cote", "ecartes", "tous"
VIEWS = [(ASIDE, "Mis de côté"), (LEFT_OUT, "Écartés"), (EVERY, "Tous")]
_POLICY = "sandbox; default-src 'none'; style-src 'none'; form-action 'none'; frame-ancestors 'none'"


def chosen_mails(view):
    """Mails of a view of the list."""
    mails = InboundMail.objects.all()
    if view == ASIDE:
        return mails.filter(step=MailStep.PARKED)
    if view == LEFT_OUT:
        return mails.filter(step=MailStep.DONE, ticket=None).exclude(kind=MailKind.OWN)
    return mails


@desk_page("courriels/", name="crc_mails", label="Courriels reçus", section=SECTION, permission="crc.view_inboundmail")
@never_cache
@require_safe
def mails(request):
    """Newest first, what waits for a decision by default."""
    view = request.GET.get("vue", ASIDE)
    view = view if view in dict(VIEWS) else ASIDE
    rows = chosen_mails(view).select_related("mailbox", "ticket__service").defer("html")
    try:
        page = page_after(rows, ["-received_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Courriels reçus",
        "crumbs": [],
        "page": page,
        "view": view,
        "views": VIEWS,
    }
    return render(request, "crc/desk/mails.html", context)


@desk_page(
    "courriels/<int:pk>/",
    name="crc_mail",
    label="Courriel",
    section=SECTION,
    permission="crc.view_inboundmail",
    in_menu=False,
)
@never_cache
@require_safe
def mail(request, pk):
    """One mail, as text, and what can be done with it."""
    found = _readable_mail(request, pk, "mailbox", "suspected", "raw")
    context = {
        **admin.site.each_context(request),
        "title": str(found).capitalize(),
        "crumbs": [("Courriels reçus", reverse(LIST))],
        "mail": found,
        "parsed": ingestion.parsed_or_empty(found),
        "may_settle": request.user.has_perm("crc.settle_inboundmail"),
    }
    return render(request, "crc/desk/mail.html", context)


@desk_page(
    "courriels/<int:pk>/decision/",
    name="crc_mail_settle",
    label="Décider",
    section=SECTION,
    permission="crc.settle_inboundmail",
    in_menu=False,
)
@require_POST
def settle(request, pk):
    """Make a request of a mail, read it again, or leave it out."""
    found = get_object_or_404(InboundMail, pk=pk)
    acts = {"demande": ingestion.make_request, "relire": ingestion.retry_mail, "ecarter": ingestion.leave_out}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        ticket = act(found, acting_user=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:crc_mail", pk)
    if isinstance(ticket, Ticket):
        messages.success(request, f"La demande {ticket.reference} est créée.")
        return redirect(LIST)
    messages.success(request, "C’est fait.")
    return redirect(LIST)


def _readable_mail(request, pk, *related):
    """A mail of a ticket that the person may read, or any for who looks after the mails."""
    found = get_object_or_404(InboundMail.objects.select_related("ticket__service", *related), pk=pk)
    if request.user.has_perm("crc.view_inboundmail") and found.ticket_id is None:
        return found
    if found.ticket_id is None or not Ticket.objects.visible_to(request.user).filter(pk=found.ticket_id).exists():
        raise Http404
    record_access(request.user, found.ticket, AccessKind.MAIL)
    return found


@desk_page(
    "courriels/<int:pk>/mise-en-forme/",
    name="crc_mail_html",
    label="Mise en forme",
    section=SECTION,
    permission="crc.view_ticket",
    in_menu=False,
)
@never_cache
@require_safe
def layout(request, pk):
    """The mail's own layout, cleaned, alone in a page where nothing runs and nothing is fetched."""
    found = _readable_mail(request, pk)
    body = found.html or "<p>Ce courriel n’a pas de mise en forme.</p>"
    title = escape(found.subject or "Courriel")
    page = (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    response = HttpResponse(page)
    response["Content-Security-Policy"] = _POLICY
    return response


@desk_page(
    "courriels/<int:pk>/original/",
    name="crc_mail_raw",
    label="Original",
    section=SECTION,
    permission="crc.read_raw_mail",
    in_menu=False,
)
@never_cache
@require_safe
def original(request, pk):
    """The bytes as they arrived, to be looked at elsewhere."""
    found = _readable_mail(request, pk)
    response = HttpResponse(bytes(found.raw.content), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="courriel-{pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@desk_page(
    "demandes/<str:reference>/pieces/<int:pk>/",
    name="crc_attachment",
    label="Pièce jointe",
    section=SECTION,
    permission="crc.view_ticket",
    in_menu=False,
)
@never_cache
@require_safe
def attachment(request, reference, pk):
    """A file of a ticket that the person may read."""
    tickets = Ticket.objects.visible_to(request.user).select_related("service")
    ticket = get_object_or_404(tickets, reference=reference)
    found = open_attachment(ticket.messages.all(), pk)
    if found is None:
        raise Http404
    record_access(request.user, ticket, AccessKind.FILE)
    row, file = found
    return download(file, name=row.name, content_type=row.content_type)


@todo
def mails_put_aside(user):
    """Mails that could not be read."""
    if not user.has_perm("crc.settle_inboundmail"):
        return []
    count = chosen_mails(ASIDE).order_by()[:LIST_CAP].count()
    return [Todo("Courriels mis de côté", count, reverse(LIST), urgent=True)] if count else []
