"""The agents' desk: the queue and the ticket page."""

from django.contrib import admin
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor
from cned_portal.users.models import User
from crc.admin import panels
from crc.admin.legal_panel import legal_panel
from crc.domain import access
from crc.domain.clocks import asks_decision, asks_meaning
from crc.domain.privacy.access_log import record_access
from crc.domain.queries.context import brought_context, enrolments_of, past_tickets
from crc.domain.queries.help import articles_for_ticket
from crc.domain.queries.queue import EVERY, LATE, SIGNALLED, SILENCE, SILENCE_PAST, TO_ANSWER, QueueFilter
from crc.domain.queries.search import REACH
from crc.enums import AccessKind, Decision, State
from crc.forms import AnswerForm, AssignForm, CloseForm, ReasonForm, RerouteForm
from crc.forms.desk import BulkForm, MentioningNoteForm, SaveFilterForm
from crc.models import LegalClock, SavedFilter, Service, Tag, Ticket
from crc.validators import is_reference

SECTION = "Demandes"
FILTERS_SHOWN = 50
VIEWS = [
    (TO_ANSWER, "À répondre"),
    (LATE, "En retard"),
    (SIGNALLED, "Signalées"),
    (SILENCE, "Silence proche"),
    (SILENCE_PAST, "Silence acquis"),
    (State.WAITING, "En attente du demandeur"),
    (State.ANSWERED, "Répondues"),
    (State.CLOSED, "Closes"),
    (EVERY, "Toutes"),
]


def capped(tickets):
    """Number of tickets up to the cap, and whether there are more."""
    found = tickets.order_by()[: LIST_CAP + 1].count()
    return {"count": min(found, LIST_CAP), "more": found > LIST_CAP}


@desk_page("demandes/", name="crc_queue", label="File des demandes", section=SECTION, permission="crc.view_ticket")
@never_cache
@require_safe
def queue(request):
    """Tickets that the person may read, the most pressing first."""
    return queue_page(request, request.GET)


def queue_page(request, params, *, bulk=None, checked=frozenset()):
    """The queue that `params` ask for; `bulk` is the refused form of an act on the `checked` references."""
    chosen = QueueFilter.read(params)
    visible = Ticket.objects.visible_to(request.user)
    try:
        page = chosen.page(visible, request.user, params.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    now = timezone.now()
    if bulk is None and page.rows and request.user.has_perm("crc.answer_ticket"):
        bulk = BulkForm(colleagues=bulk_colleagues(request.user))
    context = {
        **admin.site.each_context(request),
        "title": "File des demandes",
        "crumbs": [],
        "page": page,
        "reach": REACH,
        "next_url": chosen.address(apres=page.next_cursor) if page.next_cursor else "",
        "first_url": chosen.address() if params.get("apres") else "",
        "chosen": chosen,
        "views": [
            {
                "label": label,
                "url": chosen.address(etat=value, q=""),
                "current": not chosen.query and chosen.state == value,
            }
            for value, label in VIEWS
        ],
        "services": visible_services(request.user),
        "tags": Tag.objects.active(),
        "saved_filters": [
            {"name": saved.name, "url": f"?{saved.query}", "shared": saved.owner_id != request.user.pk}
            | {"current": saved.query == chosen.encoded()}
            for saved in SavedFilter.objects.offered_to(request.user)[:FILTERS_SHOWN]
        ],
        "save_filter": _save_filter_form(request.user, chosen),
        "bulk": bulk,
        "checked": checked,
        "back": params.urlencode(),
        "glance": [
            {"label": "à répondre", "url": chosen.address(etat=TO_ANSWER, q="")} | capped(visible.to_answer()),
            {"label": "en retard", "url": chosen.address(etat=LATE, q=""), "urgent": True} | capped(visible.late(now)),
            {"label": "non lues", "url": chosen.address(etat=TO_ANSWER, q="", **{"non-lues": "1"})}
            | capped(visible.to_answer().filter(has_unread=True)),
            {"label": "à moi", "url": chosen.address(etat=TO_ANSWER, q="", **{"a-moi": "1"})}
            | capped(visible.to_answer().filter(assignee=request.user)),
        ],
    }
    return render(request, "crc/desk/queue.html", context)


def _save_filter_form(user, chosen):
    """To keep what is shown under a name; a search is not kept."""
    if chosen.query or not user.has_perm("crc.answer_ticket"):
        return None
    return SaveFilterForm(initial={"filtre": chosen.encoded()})


def visible_services(user):
    """Services offered as a filter."""
    services = Service.objects.active()
    wide = ("crc.view_all_tickets", "crc.view_establishment_tickets", "crc.view_unit_tickets")
    if not any(user.has_perm(permission) for permission in wide):
        services = services.of_agent(user)
    return services


def find_ticket(request, reference):
    """The ticket when the person may read it, else 404."""
    if not is_reference(reference):
        raise Http404
    tickets = Ticket.objects.visible_to(request.user).select_related(
        "service__calendar",
        "topic",
        "training",
        "assignee",
        "requester",
        "follows",
        "acknowledgement",
        "legal_clock",
        "complaint__cause",
        "complaint__about",
        "complaint__decided_by",
        "complaint__second_look_by",
    )
    return get_object_or_404(tickets, reference=reference)


@desk_page(
    "demandes/<str:reference>/",
    name="crc_ticket",
    label="Demande",
    section=SECTION,
    permission="crc.view_ticket",
    in_menu=False,
)
@never_cache
@require_safe
def ticket(request, reference):
    """One ticket: the thread, the requester, what can be done."""
    return ticket_page(request, find_ticket(request, reference))


def ticket_page(request, ticket, *, status=200, refusal="", **bound):
    """The ticket page; `bound` holds the form that was refused, under its name."""
    user = request.user
    record_access(user, ticket, AccessKind.TICKET)
    thread = panels.thread_of(ticket)
    answering = panels.answering(request, ticket)
    clocks = list(LegalClock.objects.open_for(ticket))
    may = {
        "answer": access.can_answer_ticket(user, ticket) and ticket.state != State.CLOSED,
        "note": access.can_answer_ticket(user, ticket),
        "assign": access.can_assign_ticket(user, ticket),
        "reroute": access.can_reroute_ticket(user, ticket) and ticket.state != State.CLOSED,
        "close": access.can_close_ticket(user, ticket),
        "follow": access.can_follow_ticket(user, ticket),
    }
    may |= {"link": may["note"], "tag": may["note"], "merge": access.can_merge_ticket(user, ticket)}
    may |= {"split": may["merge"] and ticket.merged_into_id is None}
    last_seen = max((message.pk for message in thread), default=0)
    forms = {
        "answer": lambda: AnswerForm(
            asks_meaning=asks_meaning(ticket, clocks),
            initial={"version": ticket.version, "last_seen": last_seen, **answering["initial"]},
        ),
        "note": lambda: MentioningNoteForm(colleagues=colleagues(ticket).exclude(pk=user.pk)),
        "assign": lambda: AssignForm(colleagues=colleagues(ticket), initial={"assignee": ticket.assignee_id}),
        "reroute": lambda: RerouteForm(ticket=ticket),
        "close": lambda: _close_form(ticket, clocks),
        **panels.form_makers(ticket, user, thread),
    }
    context = {
        **admin.site.each_context(request),
        "title": f"Demande {ticket.reference}",
        "crumbs": [("File des demandes", reverse("admin:crc_queue"))],
        "ticket": ticket,
        "ticket_url": reverse("admin:crc_ticket", args=[ticket.reference]),
        "thread": thread,
        "last_seen": last_seen,
        "events": ticket.log.select_related("actor").order_by("-at", "-pk"),
        "decisions": ticket.routing_decisions.select_related("rule", "service", "decided_by"),
        "past": past_tickets(ticket, user),
        "enrolments": enrolments_of(ticket),
        "known": brought_context(ticket, user),
        "articles": articles_for_ticket(ticket),
        "law": legal_panel(user, ticket, last_seen=last_seen, bound=bound),
        "related": panels.relations(ticket, user),
        "answering": answering,
        "may": may,
        "forms": {name: bound.get(name) or make() for name, make in forms.items() if may[name]},
        "bound": bound,
        "refusal": refusal,
        "failed": next((form for form in bound.values() if form.errors), None),
    }
    return render(request, "crc/desk/ticket.html", context, status=status)


def _close_form(ticket, clocks):
    """To reopen what is closed, else to close: a ticket never answered has probably lost its object."""
    if ticket.state == State.CLOSED:
        return ReasonForm()
    decision = Decision.GRANTED if ticket.first_answer_at else Decision.MOOT
    return CloseForm(asks_decision=asks_decision(ticket, clocks), initial={"decision": decision})


def colleagues(ticket):
    """People who work in the ticket's service, and the one who has the ticket now."""
    return (
        User.objects.filter(
            Q(service_memberships__service=ticket.service_id) | Q(pk=ticket.assignee_id), is_active=True
        )
        .distinct()
        .order_by("last_name", "first_name", "email")
    )


def bulk_colleagues(user):
    """People to whom the person may give several tickets at once: those of their services, or of all of them."""
    people = User.objects.filter(is_active=True, service_memberships__isnull=False)
    if not user.has_perm("crc.view_all_tickets"):
        people = people.filter(service_memberships__service__in=Service.objects.of_agent(user))
    return people.distinct().order_by("last_name", "first_name", "email")
