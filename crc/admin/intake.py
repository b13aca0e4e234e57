"""How requests come in: one that an agent writes down, and the trial of the rules that route them."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import desk_page
from crc.admin.desk import SECTION
from crc.domain.queries.rules import try_rule
from crc.domain.tickets import receive_request
from crc.forms.desk import NewTicketForm
from crc.models import RoutingRule, Ticket


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


@desk_page(
    "regles/<int:pk>/essai/",
    name="crc_rule_trial",
    label="Essayer une règle",
    section=SECTION,
    permission="crc.change_routingrule",
    in_menu=False,
)
@never_cache
@require_safe
def rule_trial(request, pk):
    """What a rule, active or not, would have done to the newest requests."""
    rule = get_object_or_404(RoutingRule.objects.select_related("service", "topic", "unit", "mailbox"), pk=pk)
    context = {
        **admin.site.each_context(request),
        "title": f"Essai de la règle « {rule} »",
        "crumbs": [("Règles d’orientation", reverse("admin:crc_routingrule_changelist"))],
        "rule": rule,
        "trial": try_rule(rule, Ticket.objects.visible_to(request.user)),
    }
    return render(request, "crc/desk/rule_trial.html", context)
