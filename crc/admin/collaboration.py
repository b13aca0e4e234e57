"""What agents do around a ticket: merge, split, link, tag, follow, keep a draft, be seen."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cned_portal.common.backoffice import desk_page
from crc.admin.actions import action, done, refused
from crc.admin.desk import SECTION, bulk_colleagues, queue_page, ticket_page
from crc.admin.panels import thread_of
from crc.domain import access, drafts, merging, presence, relations, splitting
from crc.domain.bulk import LIMIT, act_on_tickets
from crc.domain.clocks import asks_meaning
from crc.domain.queries.queue import QueueFilter
from crc.domain.refusals import Refusal
from crc.forms import AnswerForm
from crc.forms.desk import BulkForm, DraftForm, LinkForm, MergeForm, SplitForm, TagForm
from crc.models import Tag, Ticket
from crc.validators import is_reference


@action("regrouper", name="merge", label="Regrouper", permission="crc.merge_ticket", allowed=access.can_merge_ticket)
def merge(request, ticket):
    form = MergeForm(request.POST, user=request.user)
    if not form.is_valid():
        return ticket_page(request, ticket, merge=form)
    data = form.cleaned_data
    into = data["reference"]
    try:
        merging.merge_tickets(
            ticket, into=into, reason=data["reason"], version=data["version"], acting_user=request.user
        )
    except Refusal as refusal:
        return refused(request, ticket, refusal, merge=_fresh(form, request, ticket, user=request.user))
    return done(request, into, f"La demande {ticket.reference} est regroupée avec celle-ci.")


@action(
    "annuler-le-regroupement",
    name="unmerge",
    label="Annuler le regroupement",
    permission="crc.merge_ticket",
    allowed=access.can_merge_ticket,
)
def unmerge(request, ticket):
    try:
        merging.undo_merge(ticket, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal)
    return done(request, ticket, "Le regroupement est annulé.")


@action("scinder", name="split", label="Scinder", permission="crc.merge_ticket", allowed=access.can_merge_ticket)
def split(request, ticket):
    received = [
        message for message in thread_of(ticket) if message.ticket_id == ticket.pk and message.is_from_requester
    ]
    form = SplitForm(request.POST, received=received)
    if not form.is_valid():
        return ticket_page(request, ticket, split=form)
    try:
        new = splitting.split_ticket(ticket, acting_user=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return refused(request, ticket, refusal, split=_fresh(form, request, ticket, received=received))
    text = f"La demande {new.reference} est créée. Son demandeur en est prévenu."
    # It may have gone to a service that the person does not work in.
    readable = Ticket.objects.visible_to(request.user).filter(pk=new.pk).exists()
    return done(request, new if readable else ticket, text)


@action(
    "annuler-la-scission",
    name="unsplit",
    label="Annuler la scission",
    permission="crc.merge_ticket",
    allowed=access.can_merge_ticket,
)
def unsplit(request, ticket):
    try:
        splitting.undo_split(ticket, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal)
    return done(request, ticket, "La scission est annulée : cette demande est close.")


def _fresh(form, request, ticket, **kwargs):
    """The same form with the ticket's version of now: the page below shows what changed."""
    version = Ticket.objects.values_list("version", flat=True).get(pk=ticket.pk)
    data = request.POST.copy()
    data["version"] = version
    return type(form)(data, **kwargs)


@action("lier", name="link", label="Lier", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def link(request, ticket):
    form = LinkForm(request.POST, user=request.user)
    if not form.is_valid():
        return ticket_page(request, ticket, link=form)
    other = form.cleaned_data["reference"]
    try:
        relations.link_tickets(ticket, other=other, kind=form.cleaned_data["kind"], acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal, link=form)
    return done(request, ticket, f"Demande liée à {other.reference}.")


@action("delier", name="unlink", label="Délier", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def unlink(request, ticket):
    reference = request.POST.get("reference", "")
    other = None
    if is_reference(reference):
        other = Ticket.objects.visible_to(request.user).filter(reference=reference).first()
    if other is None:
        raise Http404
    relations.unlink_tickets(ticket, other=other, acting_user=request.user)
    return done(request, ticket, f"Lien avec {other.reference} retiré.")


@action("etiqueter", name="tag", label="Étiqueter", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def tag(request, ticket):
    form = TagForm(request.POST)
    if not form.is_valid():
        return ticket_page(request, ticket, tag=form)
    chosen = form.cleaned_data["tag"]
    relations.tag_ticket(ticket, tag=chosen, acting_user=request.user)
    return done(request, ticket, f"Étiquette « {chosen.label} » ajoutée.")


@action(
    "retirer-l-etiquette",
    name="untag",
    label="Retirer une étiquette",
    permission="crc.answer_ticket",
    allowed=access.can_answer_ticket,
)
def untag(request, ticket):
    chosen = Tag.objects.filter(code=request.POST.get("tag", "").replace("\0", "")[:40]).first()
    if chosen is None:
        raise Http404
    relations.untag_ticket(ticket, tag=chosen, acting_user=request.user)
    return done(request, ticket, f"Étiquette « {chosen.label} » retirée.")


@action("suivre", name="follow", label="Suivre", permission="crc.answer_ticket", allowed=access.can_follow_ticket)
def follow(request, ticket):
    relations.follow_ticket(ticket, acting_user=request.user)
    return done(request, ticket, "Vous suivez cette demande.")


@action(
    "ne-plus-suivre",
    name="unfollow",
    label="Ne plus suivre",
    permission="crc.answer_ticket",
    allowed=access.can_follow_ticket,
)
def unfollow(request, ticket):
    relations.unfollow_ticket(ticket, acting_user=request.user)
    return done(request, ticket, "Vous ne suivez plus cette demande.")


@action("vue", name="seen", label="J’ai vu", permission="crc.answer_ticket", allowed=access.can_follow_ticket)
def seen(request, ticket):
    """For who has no script: the page cannot say by itself that it was opened."""
    relations.mark_ticket_seen(ticket, acting_user=request.user)
    return done(request, ticket, "C’est noté.")


@action(
    "brouillon",
    name="draft",
    label="Garder pour plus tard",
    permission="crc.answer_ticket",
    allowed=access.can_answer_ticket,
)
def draft(request, ticket):
    form = DraftForm(request.POST)
    if not form.is_valid():
        if request.htmx:
            return render(request, "crc/desk/_draft_state.html", {"too_long": True})
        return ticket_page(request, ticket, answer=AnswerForm(request.POST, asks_meaning=asks_meaning(ticket)))
    kept = drafts.save_draft(
        ticket,
        body=form.cleaned_data["body"],
        last_seen=form.cleaned_data["last_seen"] or 0,
        acting_user=request.user,
    )
    if request.htmx:
        return render(request, "crc/desk/_draft_state.html", {"draft": kept})
    return done(request, ticket, "Votre texte est gardé." if kept else "Aucun texte n’est gardé.")


@action("presence", name="presence", label="Présence", permission="crc.answer_ticket", allowed=access.can_follow_ticket)
def tell_presence(request, ticket):
    """The page says that it is open, and learns who else has it; the first time, what waited for the person is seen."""
    presence.tell_presence(ticket, request.user)
    relations.mark_ticket_seen(ticket, acting_user=request.user)
    present = presence.others_on(ticket, request.user)
    if not request.htmx or request.POST.get("present", "") == presence.summary(present):
        return HttpResponse(status=204)  # nothing changed: nothing is read aloud again
    return render(request, "crc/desk/_present.html", {"present": present, "summary": presence.summary(present)})


@desk_page(
    "demandes/lot/appliquer/",
    name="crc_bulk",
    label="Agir sur plusieurs demandes",
    section=SECTION,
    permission="crc.answer_ticket",
    in_menu=False,
)
@never_cache
@require_POST
def bulk(request):
    """One act on the tickets that were ticked in the queue; back to the same queue, with what was done."""
    params = QueueFilter.params(request.POST.get("retour", ""))
    references = request.POST.getlist("demande")
    form = BulkForm(request.POST, colleagues=bulk_colleagues(request.user))
    if not references:
        form.add_error(None, "Cochez au moins une demande.")
    if len(references) > LIMIT:
        form.add_error(None, f"Cochez {LIMIT} demandes au plus.")
    if not form.is_valid():
        return queue_page(request, params, bulk=form, checked=set(references))
    outcome = act_on_tickets(references, form.act(), acting_user=request.user)
    if outcome.done:
        messages.success(request, f"{outcome.done} demandes traitées." if outcome.done > 1 else "1 demande traitée.")
    if outcome.refused:
        messages.warning(request, _refusals(outcome.refused))
    return redirect(QueueFilter.read(params).address(apres=params.get("apres", "")[:200]))


def _refusals(refused):
    """« 2 demandes refusées : 2026-…, 2026-… (pourquoi). »: references grouped by their reason."""
    reasons: dict[str, list[str]] = {}
    for reference, reason in refused:
        reasons.setdefault(reason, []).append(reference if is_reference(reference) else "référence inconnue")
    count = f"{len(refused)} demandes refusées" if len(refused) > 1 else "1 demande refusée"
    return f"{count} – " + " ; ".join(f"{', '.join(names)} : {reason}" for reason, names in reasons.items())
