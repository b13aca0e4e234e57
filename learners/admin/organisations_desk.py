"""The desk of organisations (guichet unique): the list, each organisation's file, and what is added to it."""

from django.contrib import admin, messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, Todo, desk_page, todo
from cned_portal.common.files import download_stored
from cned_portal.common.history import history_of
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.text import sort_key
from learners.admin.desk import act_page
from learners.domain.organisations import members as member_verbs
from learners.domain.organisations import relations
from learners.domain.organisations.panels import panels_of
from learners.domain.organisations.seats import vouchers
from learners.domain.refusals import Refusal
from learners.enums import ContactSide, OrganisationFileKind, OrganisationKind, QuoteState
from learners.forms.organisations import (
    AgreementForm,
    InviteForm,
    OurContactForm,
    PaperForm,
    PointForm,
    ResolveForm,
    TheirContactForm,
)
from learners.models import (
    MemberInvitation,
    OpenPoint,
    Organisation,
    OrganisationContact,
    OrganisationFile,
    Quote,
)
from learners.validators import compact

SECTION = "Organisations"
PERMISSION = "learners.work_organisations"
SHOWN = 30
FILTERS = [("", "Toutes"), ("a-moi", "Les miennes"), ("points", "Avec un point ouvert"), ("devis", "Devis à préparer")]


@desk_page("organisations/", name="learners_orgs", label="Organisations", section=SECTION, permission=PERMISSION)
@never_cache
@require_safe
def organisations(request):
    """Organisations by kind, name, identifier, and what waits for the desk."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    kind, view = request.GET.get("nature", ""), request.GET.get("vue", "")
    rows = Organisation.objects.visible_to(request.user)
    if kind in OrganisationKind.values:
        rows = rows.filter(kind=kind)
    if query:
        number = compact(query)
        rows = rows.filter(
            Q(sort_key__contains=sort_key(query) or query) | Q(siret=number) | Q(uai=number) | Q(rna=number)
        )
    rows = _of_view(rows, view, request.user)
    open_points = Count("points", filter=Q(points__resolved_at=None))
    try:
        page = page_after(rows, ["-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    counts = Organisation.objects.filter(pk__in=[row.pk for row in page.rows]).annotate(number=open_points)
    numbers = dict(counts.values_list("pk", "number"))
    following = request.GET.copy()
    following["apres"] = page.next_cursor
    context = {
        **admin.site.each_context(request),
        "title": "Organisations",
        "crumbs": [],
        "rows": [(row, numbers.get(row.pk, 0)) for row in page.rows],
        "next_query": following.urlencode() if page.next_cursor else "",
        "query": query,
        "kind": kind,
        "kinds": OrganisationKind.choices,
        "view": view,
        "views": FILTERS,
    }
    return render(request, "learners/desk/organisations.html", context)


def _of_view(rows, view, user):
    if view == "a-moi":
        return rows.filter(
            Exists(OrganisationContact.objects.filter(organisation=OuterRef("pk"), user=user, ended_at=None))
        )
    if view == "points":
        return rows.filter(Exists(OpenPoint.objects.open().filter(organisation=OuterRef("pk"))))
    if view == "devis":
        asked = Quote.objects.filter(organisation=OuterRef("pk"), state=QuoteState.REQUESTED)
        return rows.filter(Exists(asked))
    return rows


def _organisation(request, pk):
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)


@desk_page(
    "organisations/<int:pk>/",
    name="learners_org",
    label="Organisation",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_safe
def organisation(request, pk):
    """The file: who is who, what is open, quotes and seats, papers, requests, history."""
    found = _organisation(request, pk)
    try:
        history = history_of(found, cursor=request.GET.get("apres", ""), size=10)
    except InvalidCursor:
        raise Http404 from None
    points = found.points.select_related("owner")
    context = {
        **admin.site.each_context(request),
        "title": found.name,
        "crumbs": [("Organisations", reverse("admin:learners_orgs"))],
        "organisation": found,
        "contacts": list(found.contacts.filter(ended_at=None).select_related("user").order_by("side", "pk")[:SHOWN]),
        "open_points": list(points.open().order_by("due_on", "pk")[:SHOWN]),
        "settled_points": list(points.filter(resolved_at__isnull=False).order_by("-resolved_at", "-pk")[:SHOWN]),
        "quotes": list(found.quotes.order_by("-pk")[:SHOWN]),
        "vouchers": list(vouchers().filter(line__quote__organisation=found).order_by("-pk")[:SHOWN]),
        "groups": list(found.groups.order_by("-pk")[:SHOWN]),
        "agreements": list(found.agreements.select_related("paper").order_by("-starts_on", "-pk")[:SHOWN]),
        "papers": list(found.files.order_by("-pk")[:SHOWN]),
        "members": list(found.members.select_related("user").order_by("pk")[:SHOWN]),
        "invitations": list(found.invitations.open().order_by("-pk")[:SHOWN]),
        "panels": panels_of(found, request.user),
        "history": history,
    }
    return render(request, "learners/desk/organisation.html", context)


def _add_our_contact(organisation, data, user):
    relations.add_contact(organisation, side=ContactSide.CNED, acting_user=user, **data)


def _add_their_contact(organisation, data, user):
    relations.add_contact(organisation, side=ContactSide.ORGANISATION, acting_user=user, **data)


def _add_point(organisation, data, user):
    relations.open_point(organisation, acting_user=user, **data)


def _add_paper(organisation, data, user):
    file = data["file"]
    relations.add_file(
        organisation,
        kind=OrganisationFileKind(data["kind"]),
        title=data["title"],
        name=file.name,
        content=file.read(),
        acting_user=user,
    )


def _add_agreement(organisation, data, user):
    relations.add_agreement(organisation, acting_user=user, **data)


def _invite(organisation, data, user):
    member_verbs.invite_member(organisation, acting_user=user, **data)


# What may be added to a file: the page's title, its form, what it calls, what it says afterwards.
ADDED = {
    "contact-cned": ("Ajouter un contact au Cned", OurContactForm, _add_our_contact, "Le contact est ajouté."),
    "contact": ("Ajouter un contact de l’organisation", TheirContactForm, _add_their_contact, "Le contact est ajouté."),
    "point": ("Ouvrir un point", PointForm, _add_point, "Le point est ouvert."),
    "document": ("Ajouter un document", PaperForm, _add_paper, "Le document est ajouté."),
    "convention": ("Enregistrer une convention", AgreementForm, _add_agreement, "La convention est enregistrée."),
    "membre": ("Inviter un membre", InviteForm, _invite, "L’invitation est partie."),
}


@desk_page(
    "organisations/<int:pk>/ajouter/<slug:what>/",
    name="learners_org_add",
    label="Ajouter au dossier",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request, pk, what):
    """A contact, a point, a paper, an agreement, a member."""
    found = _organisation(request, pk)
    if what not in ADDED:
        raise Http404
    title, form, act, done = ADDED[what]
    extra = {"organisation": found} if form is AgreementForm else {}
    return act_page(
        request,
        form(request.POST or None, request.FILES or None, **extra),
        act=lambda data: act(found, data, request.user),
        done=done,
        title=title,
        about=found.name,
        back=found.desk_url,
        back_label=found.name,
    )


@desk_page(
    "organisations/points/<int:pk>/",
    name="learners_org_point",
    label="Régler un point",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def point(request, pk):
    """How a point is settled."""
    visible = Organisation.objects.visible_to(request.user)
    found = get_object_or_404(OpenPoint.objects.filter(organisation__in=visible).select_related("organisation"), pk=pk)
    return act_page(
        request,
        ResolveForm(request.POST or None),
        act=lambda data: relations.resolve_point(found, acting_user=request.user, **data),
        done="Le point est réglé.",
        title="Régler un point",
        about=f"{found.organisation.name} : {found.title}",
        back=found.organisation.desk_url,
        back_label=found.organisation.name,
    )


@desk_page(
    "organisations/contacts/<int:pk>/terminer/",
    name="learners_org_contact_end",
    label="Terminer un contact",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@require_POST
def end_contact(request, pk):
    visible = Organisation.objects.visible_to(request.user)
    found = get_object_or_404(
        OrganisationContact.objects.filter(organisation__in=visible).select_related("organisation"), pk=pk
    )
    relations.end_contact(found, acting_user=request.user)
    messages.success(request, "Le contact est terminé.")
    return redirect(found.organisation.desk_url)


@desk_page(
    "organisations/invitations/<int:pk>/",
    name="learners_org_invitation",
    label="Invitation",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@require_POST
def invitation(request, pk):
    """Send an invitation again, or take it back."""
    visible = Organisation.objects.visible_to(request.user)
    rows = MemberInvitation.objects.filter(organisation__in=visible).select_related("organisation")
    found = get_object_or_404(rows, pk=pk)
    try:
        if "revoke" in request.POST:
            member_verbs.revoke_invitation(found, acting_user=request.user)
            messages.success(request, "L’invitation est retirée.")
        else:
            member_verbs.resend_invitation(found, acting_user=request.user)
            messages.success(request, "L’invitation est repartie.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect(found.organisation.desk_url)


@desk_page(
    "organisations/documents/<int:pk>/",
    name="learners_org_paper",
    label="Document d’une organisation",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_safe
def paper(request, pk):
    visible = Organisation.objects.visible_to(request.user)
    found = get_object_or_404(OrganisationFile, organisation__in=visible, pk=pk)
    return download_stored(found.file, name=found.download_name, content_type=found.content_type)


@todo
def organisations_to_follow(user):
    """Quotes that wait to be drafted, points that are the person's and late."""
    if not user.has_perm(PERMISSION):
        return []
    asked = Quote.objects.visible_to(user).filter(state=QuoteState.REQUESTED).order_by()[:LIST_CAP].count()
    late = OpenPoint.objects.open().filter(owner=user, due_on__lt=timezone.localdate()).order_by()[:LIST_CAP].count()
    return [
        Todo("Devis à préparer", asked, f"{reverse('admin:learners_quotes')}?etat={QuoteState.REQUESTED}"),
        Todo("Points ouverts en retard", late, f"{reverse('admin:learners_orgs')}?vue=points", urgent=True),
    ]
