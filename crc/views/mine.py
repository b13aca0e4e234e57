"""The requests of a signed-in person, in « Mon espace »."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.keyset import InvalidCursor, page_after
from crc.models import Ticket
from crc.validators import is_reference
from crc.views.public import follow, served

PAGE_SIZE = 20


@never_cache
@require_safe
def mine(request):
    """The person's own requests, newest first."""
    tickets = Ticket.objects.of_requester(request.user).select_related("service")
    try:
        page = page_after(tickets, ["-received_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {"title": "Mes demandes", "crumbs": [space_crumb()], "page": page}
    return render(request, "crc/mine.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine_ticket(request, reference):
    """One of them, to read and to reply to."""
    if not is_reference(reference):
        raise Http404
    tickets = Ticket.objects.of_requester(request.user).select_related("service", "topic", "training")
    ticket = get_object_or_404(tickets, reference=reference)
    crumbs = [space_crumb(), ("Mes demandes", reverse("crc:mine"))]
    url = reverse("crc:mine_ticket", args=[ticket.reference])
    return follow(request, ticket, url=url, crumbs=crumbs, user=request.user)


@never_cache
@require_safe
def mine_file(request, reference, pk):
    """A file of the exchanges of one of the person's requests."""
    if not is_reference(reference):
        raise Http404
    return served(get_object_or_404(Ticket.objects.of_requester(request.user), reference=reference), pk)


def space_crumb():
    return "Mon espace", reverse("learners:space")
