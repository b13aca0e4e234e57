"""A request that an agent writes down: a telephone call, a letter."""

from django.contrib import admin, messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.backoffice import desk_page
from crc.admin.desk import SECTION
from crc.desk_forms import NewTicketForm
from crc.domain.tickets import receive_request
from crc.models import Ticket


@desk_page(
    "demandes-nouvelle/",
    name="crc_new_ticket",
    label="Noter une demande",
    section=SECTION,
    permission="crc.answer_ticket",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_ticket(request):
    """Write down a request: routed, promised and acknowledged like any other."""
    form = NewTicketForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        ticket = receive_request(
            channel=data["channel"],
            public=data["public"],
            topic=data["topic"],
            subject=data["subject"],
            body=data["body"],
            requester_name=data["name"],
            requester_email=data["email"],
            requester_phone=data["phone"],
            submission_key=data["submission"],
            acting_user=request.user,
        )
        where = f"La demande {ticket.reference} est confiée au service « {ticket.service.name} »."
        messages.success(request, where)
        readable = Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists()
        return redirect("admin:crc_ticket", ticket.reference) if readable else redirect("admin:crc_queue")
    context = {
        **admin.site.each_context(request),
        "title": "Noter une demande",
        "crumbs": [("File des demandes", reverse("admin:crc_queue"))],
        "form": form,
    }
    return render(request, "crc/desk/new_ticket.html", context)
