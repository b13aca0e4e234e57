"""Following a request, without an account."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.files import download
from cned_portal.common.throttle import allow
from crc.domain.attachments import open_attachment
from crc.domain.limits import HOUR, REPLIES_PER_HOUR
from crc.domain.merged import answering_reference
from crc.domain.queries.steps import steps
from crc.domain.tickets import follow_up_request, requester_reply
from crc.domain.tracking import find_tracked, tracking_token
from crc.forms import ReplyForm
from crc.views.addresses import secret_address


@secret_address
@require_safe
def received(request, token):
    """The request is written: what comes next, and when."""
    ticket = find_tracked(token)
    if ticket is None:
        return dead_link(request)
    context = {"title": "Votre demande est enregistrée", "crumbs": [], "ticket": ticket, "token": token}
    return render(request, "crc/received.html", context)


@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def tracking(request, token):
    """Where the request stands, what was said, and a place to reply."""
    ticket = find_tracked(token)
    if ticket is None:
        return dead_link(request)
    return follow(request, ticket, url=reverse("crc:tracking", args=[token]), crumbs=[])


@secret_address
@require_safe
def tracking_file(request, token, pk):
    """A file of the exchanges."""
    ticket = find_tracked(token)
    if ticket is None:
        return dead_link(request)
    return served(ticket, pk)


def served(ticket, pk):
    """A file joined to what the requester may read, else 404."""
    found = open_attachment(ticket.public_messages(), pk)
    if found is None:
        raise Http404
    attachment, file = found
    return download(file, name=attachment.name, content_type=attachment.content_type)


def follow(request, ticket, *, url, crumbs, user=None):
    """The requester's view of a ticket they were found to own, and their reply."""
    form = ReplyForm(request.POST, request.FILES) if request.method == "POST" else ReplyForm()
    merged_reference = answering_reference(ticket)
    if request.method == "POST":
        if not allow("crc.reply", ticket.pk, limit=REPLIES_PER_HOUR, seconds=HOUR):
            return too_many(request)
        if form.is_valid():
            said = {
                "body": form.cleaned_data["body"],
                "files": form.cleaned_data["files"],
                "submission_key": form.submission_key,
                "acting_user": user,
            }
            if not ticket.may_reopen:
                return redirect("crc:received", tracking_token(follow_up_request(ticket, **said)))
            requester_reply(ticket, **said)
            joined = f" Il est joint à la demande {merged_reference}." if merged_reference else ""
            messages.success(request, f"Votre message est bien reçu.{joined} Le service vous répondra.")
            return redirect(url)
    context = {
        "title": f"Suivi de la demande {ticket.reference}",
        "crumbs": crumbs,
        "ticket": ticket,
        "thread": ticket.public_messages().with_files(),
        "steps": steps(ticket),
        "form": form,
        "offline_url": reverse("crc_api:reply", args=[ticket.reference]) if user else "",
        "form_url": url,
        "merged_reference": merged_reference,
    }
    return render(request, "crc/tracking.html", context)


def dead_link(request):
    """The same answer for a link that is forged, too old or revoked."""
    return render(request, "crc/dead_link.html", {"title": "Lien de suivi non valable", "crumbs": []}, status=404)


def too_many(request):
    response = render(request, "crc/too_many.html", {"title": "Trop d’envois"}, status=429)
    response["Retry-After"] = str(HOUR)
    return response
