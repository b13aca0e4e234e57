"""What agents do to a ticket: one POST for each act, one verb behind it."""

import functools

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cned_portal.common.backoffice import desk_page
from crc.admin.desk import SECTION, colleagues, find_ticket, ticket_page
from crc.domain import access, mentions, tickets
from crc.domain.clocks import asks_decision, asks_meaning
from crc.domain.refusals import Refusal, StaleTicket
from crc.forms import AnswerForm, AssignForm, CloseForm, ReasonForm, RerouteForm
from crc.forms.desk import MentioningNoteForm


def action(route, *, name, label, permission, allowed):
    """Register a POST page on one ticket: found among those the person may read, then allowed by the predicate."""

    def register(view):
        @desk_page(
            f"demandes/<str:reference>/{route}/",
            name=f"crc_ticket_{name}",
            label=label,
            section=SECTION,
            permission=permission,
            in_menu=False,
        )
        @require_POST
        @functools.wraps(view)
        def wrapper(request, reference):
            ticket = find_ticket(request, reference)
            if not allowed(request.user, ticket):
                raise PermissionDenied
            return view(request, ticket)

        return wrapper

    return register


def done(request, ticket, text):
    """Back to the ticket, with what was done."""
    messages.success(request, text)
    return redirect("admin:crc_ticket", ticket.reference)


def refused(request, ticket, refusal, **bound):
    """The page again, with what was typed and the reason."""
    return ticket_page(request, find_ticket(request, ticket.reference), status=409, refusal=str(refusal), **bound)


@action("repondre", name="answer", label="Répondre", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def answer(request, ticket):
    form = AnswerForm(request.POST, request.FILES, asks_meaning=asks_meaning(ticket))
    if not form.is_valid():
        return ticket_page(request, ticket, answer=form)
    data = form.cleaned_data
    try:
        tickets.answer_ticket(
            ticket,
            body=data["body"],
            version=data["version"],
            last_seen=data["last_seen"],
            then=data["then"],
            meaning=data.get("meaning"),
            files=data["files"],
            acting_user=request.user,
        )
    except StaleTicket as refusal:
        # The page below shows what is new: the next sending answers it.
        ticket.refresh_from_db(fields=["version"])
        latest = ticket.messages.order_by("-pk").values_list("pk", flat=True).first()
        fresh = AnswerForm(
            {**request.POST.dict(), "version": ticket.version, "last_seen": latest}, asks_meaning=asks_meaning(ticket)
        )
        return refused(request, ticket, refusal, answer=fresh)
    except Refusal as refusal:
        return refused(request, ticket, refusal, answer=form)
    return done(request, ticket, "Votre réponse est partie.")


@action("note", name="note", label="Ajouter une note", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def note(request, ticket):
    form = MentioningNoteForm(request.POST, colleagues=colleagues(ticket))
    if not form.is_valid():
        return ticket_page(request, ticket, note=form)
    told = form.cleaned_data["mentioned"]
    try:
        mentions.write_note(
            ticket, body=form.cleaned_data["note"], mentioned=[told] if told else [], acting_user=request.user
        )
    except Refusal as refusal:
        form.add_error("note", str(refusal))
        return ticket_page(request, ticket, note=form)
    return done(request, ticket, "Note interne ajoutée.")


@action("attribuer", name="assign", label="Attribuer", permission="crc.assign_ticket", allowed=access.can_assign_ticket)
def assign(request, ticket):
    form = AssignForm(request.POST, colleagues=colleagues(ticket))
    if not form.is_valid():
        return ticket_page(request, ticket, assign=form)
    assignee = form.cleaned_data["assignee"]
    try:
        tickets.assign_ticket(ticket, assignee=assignee, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal, assign=form)
    return done(request, ticket, f"Demande attribuée à {assignee.get_full_name()}." if assignee else "Demande libérée.")


@action("prendre", name="take", label="Prendre", permission="crc.assign_ticket", allowed=access.can_assign_ticket)
def take(request, ticket):
    try:
        tickets.assign_ticket(ticket, assignee=request.user, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal)
    return done(request, ticket, "Cette demande est à vous.")


@action(
    "transmettre",
    name="reroute",
    label="Transmettre",
    permission="crc.reroute_ticket",
    allowed=access.can_reroute_ticket,
)
def reroute(request, ticket):
    form = RerouteForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return ticket_page(request, ticket, reroute=form)
    service = form.cleaned_data["service"]
    try:
        tickets.reroute_ticket(ticket, service=service, reason=form.cleaned_data["reason"], acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal, reroute=form)
    messages.success(request, f"Demande transmise au service « {service.name} ».")
    # The person may not read it any more.
    return redirect("admin:crc_queue")


@action("clore", name="close", label="Clore", permission="crc.close_ticket", allowed=access.can_close_ticket)
def close(request, ticket):
    form = CloseForm(request.POST, asks_decision=asks_decision(ticket))
    if not form.is_valid():
        return ticket_page(request, ticket, close=form)
    try:
        tickets.close_ticket(ticket, **form.cleaned_data, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal, close=form)
    return done(request, ticket, "Demande close. Le demandeur est prévenu.")


@action("rouvrir", name="reopen", label="Rouvrir", permission="crc.close_ticket", allowed=access.can_close_ticket)
def reopen(request, ticket):
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return ticket_page(request, ticket, close=form)
    try:
        tickets.reopen_ticket(ticket, reason=form.cleaned_data["reason"], acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal, close=form)
    return done(request, ticket, "Demande rouverte.")


@action("lue", name="read", label="Marquer comme lue", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def read(request, ticket):
    tickets.mark_ticket_read(ticket, acting_user=request.user)
    return done(request, ticket, "Demande marquée comme lue.")


@action(
    "annuler-les-liens",
    name="revoke",
    label="Annuler les liens de suivi",
    permission="crc.close_ticket",
    allowed=access.can_close_ticket,
)
def revoke(request, ticket):
    tickets.revoke_tracking_links(ticket, acting_user=request.user)
    return done(request, ticket, "Les liens de suivi envoyés jusqu’ici ne fonctionnent plus.")
