"""The law on the desk: nature, pieces, decision, the register of complaints and its second look."""

from django.contrib import admin
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, PortalModelAdmin, Todo, desk_page, todo
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.spreadsheets import table_response
from crc.admin.actions import action, done, refused
from crc.admin.desk import SECTION, ticket_page
from crc.domain import access, complaints, decisions
from crc.domain.clocks import clocks_elapsed, clocks_to_watch
from crc.domain.queries import complaints as queries
from crc.domain.refusals import Refusal
from crc.forms.legal import DecisionForm, InstructForm, PiecesForm, RequalifyForm, ResumeForm, ReviewForm
from crc.models import Complaint, ComplaintCause, Ticket

REGISTER = "admin:crc_complaints"
VIEWS = [("ouvertes", "À instruire"), ("a-relire", "À relire"), ("toutes", "Toutes")]


def _acted(request, ticket, form, name, act, said):
    """Run the act of a valid form, and show the page again with what was typed when it is refused."""
    if not form.is_valid():
        return ticket_page(request, ticket, **{name: form})
    try:
        act(form.cleaned_data)
    except Refusal as refusal:
        return refused(request, ticket, refusal, **{name: form})
    return done(request, ticket, said)


@action(
    "nature",
    name="requalify",
    label="Corriger la nature",
    permission="crc.close_ticket",
    allowed=access.can_close_ticket,
)
def requalify(request, ticket):
    def act(data):
        decisions.requalify_ticket(ticket, **data, acting_user=request.user)

    return _acted(request, ticket, RequalifyForm(request.POST), "requalify", act, "La nature est corrigée.")


@action(
    "pieces-manquantes",
    name="pieces",
    label="Demander des pièces",
    permission="crc.answer_ticket",
    allowed=access.can_answer_ticket,
)
def pieces(request, ticket):
    def act(data):
        decisions.ask_missing_pieces(ticket, **data, acting_user=request.user)

    return _acted(request, ticket, PiecesForm(request.POST), "pieces", act, "Les pièces sont demandées.")


@action(
    "pieces-recues",
    name="pieces_received",
    label="Pièces reçues",
    permission="crc.answer_ticket",
    allowed=access.can_answer_ticket,
)
def pieces_received(request, ticket):
    try:
        decisions.receive_pieces(ticket, acting_user=request.user)
    except Refusal as refusal:
        return refused(request, ticket, refusal)
    return done(request, ticket, "Réception notée : le délai repart aujourd’hui.")


@action(
    "delai-repris",
    name="resume",
    label="Reprendre le délai",
    permission="crc.close_ticket",
    allowed=access.can_close_ticket,
)
def resume(request, ticket):
    def act(data):
        decisions.resume_clock(ticket, **data, acting_user=request.user)

    return _acted(request, ticket, ResumeForm(request.POST), "resume", act, "Le délai court à nouveau.")


@action("decision", name="decide", label="Décider", permission="crc.answer_ticket", allowed=access.can_answer_ticket)
def decide(request, ticket):
    def act(data):
        decisions.decide_ticket(ticket, **data, acting_user=request.user)

    return _acted(request, ticket, DecisionForm(request.POST), "decision", act, "La décision est partie.")


@action(
    "instruction",
    name="instruct",
    label="Instruire",
    permission="crc.decide_complaint",
    allowed=access.can_decide_complaint,
)
def instruct(request, ticket):
    def act(data):
        complaints.instruct_complaint(ticket, **data, acting_user=request.user)

    return _acted(request, ticket, InstructForm(request.POST), "instruct", act, "L’instruction attend sa relecture.")


@action(
    "relecture", name="review", label="Relire", permission="crc.review_complaint", allowed=access.can_review_complaint
)
def review(request, ticket):
    def act(data):
        agrees = data["agrees"] == "oui"
        complaints.review_complaint(ticket, agrees=agrees, comment=data["comment"], acting_user=request.user)

    return _acted(request, ticket, ReviewForm(request.POST), "review", act, "Votre relecture est enregistrée.")


@desk_page(
    "reclamations/",
    name="crc_complaints",
    label="Registre des réclamations",
    section=SECTION,
    permission="crc.view_complaint",
)
@never_cache
@require_safe
def register(request):
    """The register, newest first."""
    view = request.GET.get("vue", "toutes")
    view = view if view in dict(VIEWS) else "toutes"
    mine = queries.register(request.user)
    rows = mine
    if view == "ouvertes":
        rows = mine.filter(outcome="")
    elif view == "a-relire":
        rows = mine.exclude(outcome="").filter(second_look_at=None)
    try:
        page = page_after(rows, ["-opened_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Registre des réclamations",
        "crumbs": [],
        "page": page,
        "view": view,
        "views": VIEWS,
        "counts": [(min(count, LIST_CAP), count > LIST_CAP) for count in queries.counts(mine, LIST_CAP)],
    }
    return render(request, "crc/desk/complaints.html", context)


@desk_page(
    "reclamations/registre.<str:extension>",
    name="crc_complaints_table",
    label="Registre à télécharger",
    section=SECTION,
    permission="crc.view_complaint",
    in_menu=False,
)
@never_cache
@require_safe
def register_table(request, extension):
    """The whole register as a spreadsheet, without a name or an address."""
    rows = queries.register_rows(queries.register(request.user).order_by("opened_at", "pk"))
    return table_response("registre-reclamations", extension, "Réclamations", queries.HEADER, rows)


@todo
def complaints_and_silences(user):
    """Complaints to look at again, and silences that will soon decide."""
    if not user.has_perm("crc.review_complaint"):
        return []
    visible = Ticket.objects.visible_to(user)
    to_review = Complaint.objects.filter(ticket__in=visible, second_look_at=None).exclude(outcome="")
    found = [
        Todo(
            "Le silence décide dans moins de quinze jours",
            clocks_to_watch(visible).order_by()[:LIST_CAP].count(),
            f"{reverse('admin:crc_queue')}?etat=silence",
            urgent=True,
        ),
        Todo(
            "Le silence a décidé",
            clocks_elapsed(visible).order_by()[:LIST_CAP].count(),
            f"{reverse('admin:crc_queue')}?etat=silence-acquis",
        ),
        Todo("Réclamations à relire", to_review.order_by()[:LIST_CAP].count(), f"{reverse(REGISTER)}?vue=a-relire"),
    ]
    return [item for item in found if item.count]


@admin.register(ComplaintCause)
class ComplaintCauseAdmin(PortalModelAdmin):
    list_display = ["label", "is_active"]
