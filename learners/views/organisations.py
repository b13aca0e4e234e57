"""« Mon organisation »: what its members see and do, by role. Another organisation gets 404: access is in the query."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.files import download_stored
from cned_portal.common.keyset import InvalidCursor
from cned_portal.common.spreadsheets import table_response
from learners.domain.organisations import members as verbs
from learners.domain.organisations.follow_up import WAITING, follow_up_headings, follow_up_page, follow_up_rows
from learners.domain.organisations.relations import add_file
from learners.domain.organisations.seats import vouchers
from learners.domain.refusals import Refusal
from learners.enums import ENROLLING_ROLES, EnrolmentState, MemberRole, OrganisationFileKind, QuoteState
from learners.forms.organisations import InviteForm, PaperForm
from learners.models import MemberInvitation, Organisation, OrganisationFile, OrganisationMember
from learners.views.space import space_crumb

MANAGERS = (MemberRole.MANAGER,)
FOLLOWED_SHOWN = 50
LISTED = 200


def own_membership(request, organisation, roles=MemberRole.values):
    """The person's membership in an active organisation, in one of the roles; 404 otherwise."""
    return get_object_or_404(OrganisationMember.objects.of_user(request.user, roles), organisation=organisation)


def page(request, template, membership, *, title, status=200, **context):
    """A page of the organisation, with its own menu by role."""
    organisation = membership.organisation
    home = organisation.get_absolute_url()
    entries = [
        ("Accueil", "learners:organisation"),
        ("Devis", "learners:organisation_quotes"),
        ("Inscrire", "learners:organisation_groups"),
        ("Suivi", "learners:organisation_follow_up"),
        ("Documents", "learners:organisation_papers"),
        ("Membres", "learners:organisation_members"),
    ]
    context = {
        "title": title,
        "crumbs": [space_crumb(), *([] if request.path == home else [(organisation.name, home)])],
        "organisation": organisation,
        "membership": membership,
        "may_enrol": membership.role in ENROLLING_ROLES,
        "may_manage": membership.role in MANAGERS,
        "tabs": [(label, reverse(name, kwargs={"organisation": organisation.pk})) for label, name in entries],
        **context,
    }
    return render(request, template, context, status=status)


@never_cache
@require_safe
def organisations(request):
    """The organisations for which the person acts; the only one at once."""
    found = list(Organisation.objects.of_member(request.user).order_by("sort_key", "pk")[:LISTED])
    if len(found) == 1:
        return redirect(found[0])
    context = {"title": "Mon organisation", "crumbs": [space_crumb()], "organisations": found}
    return render(request, "learners/organisations.html", context)


@never_cache
@require_safe
def organisation(request, organisation):
    """Where the organisation stands: what waits, its seats, whom to ask."""
    membership = own_membership(request, organisation)
    found = membership.organisation
    contacts = found.contacts.filter(ended_at=None).select_related("user").order_by("side", "pk")[:LISTED]
    return page(
        request,
        "learners/organisation.html",
        membership,
        title=found.name,
        offered=list(found.quotes.filter(state=QuoteState.SENT).order_by("-pk")[:LISTED]),
        vouchers=list(vouchers().filter(line__quote__organisation=found).order_by("-pk")[:LISTED]),
        contacts=list(contacts),
        agreements=list(found.agreements.in_force().order_by("-pk")[:LISTED]),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def members(request, organisation):
    """Who acts for the organisation; a manager invites."""
    membership = own_membership(request, organisation, MANAGERS if request.method == "POST" else MemberRole.values)
    found = membership.organisation
    form, refusal = InviteForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            verbs.invite_member(found, **form.cleaned_data, acting_user=request.user)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, "L’invitation est partie.")
            return redirect("learners:organisation_members", organisation=found.pk)
    manages = membership.role in MANAGERS
    return page(
        request,
        "learners/organisation_members.html",
        membership,
        title="Membres",
        form=form if manages else None,
        refusal=refusal,
        members=list(found.members.select_related("user").order_by("pk")[:LISTED]),
        invitations=list(found.invitations.open().order_by("-pk")[:LISTED]) if manages else [],
        roles=MemberRole.choices,
    )


@never_cache
@require_POST
def member(request, organisation, pk):
    """Give another role, or let go."""
    membership = own_membership(request, organisation, MANAGERS)
    found = get_object_or_404(OrganisationMember, organisation=membership.organisation_id, pk=pk)
    role = request.POST.get("role", "")
    try:
        if "remove" in request.POST:
            verbs.remove_member(found, acting_user=request.user)
        elif role in MemberRole.values:
            verbs.change_member_role(found, role=role, acting_user=request.user)
        else:
            raise Http404
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "C’est enregistré.")
    if found.user_id == request.user.pk:  # they may not be a manager, or a member, any more
        return redirect("learners:organisations")
    return redirect("learners:organisation_members", organisation=membership.organisation_id)


@never_cache
@require_POST
def invitation(request, organisation, pk):
    """Send an invitation again, or take it back."""
    membership = own_membership(request, organisation, MANAGERS)
    found = get_object_or_404(MemberInvitation, organisation=membership.organisation_id, pk=pk)
    try:
        if "revoke" in request.POST:
            verbs.revoke_invitation(found, acting_user=request.user)
            messages.success(request, "L’invitation est retirée.")
        else:
            verbs.resend_invitation(found, acting_user=request.user)
            messages.success(request, "L’invitation est repartie.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("learners:organisation_members", organisation=membership.organisation_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request, token):
    """Say what the link does; the button does it. The page names nobody: the link may have gone astray."""
    refusal = None
    if request.method == "POST":
        try:
            joined = verbs.accept_invitation(token, acting_user=request.user)
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, f"Vous agissez désormais pour {joined.name}.")
            return redirect(joined)
    context = {"title": "Rejoindre une organisation", "crumbs": [], "refusal": refusal}
    return render(request, "learners/member_accept.html", context, status=409 if refusal else 200)


@never_cache
@require_safe
def follow_up(request, organisation):
    """The learners whom the organisation enrolled, as far as it may see."""
    membership = own_membership(request, organisation)
    state = request.GET.get("etat", "")
    state = state if state in {WAITING, *EnrolmentState.values} else ""
    try:
        found = follow_up_page(
            membership.organisation, state=state, cursor=request.GET.get("apres", ""), size=FOLLOWED_SHOWN
        )
    except InvalidCursor:
        raise Http404 from None
    states = [("", "Toutes"), (WAITING, "En attente de la personne"), *EnrolmentState.choices]
    return page(
        request,
        "learners/organisation_follow_up.html",
        membership,
        title="Suivi",
        page=found,
        state=state,
        states=states,
    )


@never_cache
@require_safe
def follow_up_table(request, organisation, extension):
    """The same rows, for a spreadsheet."""
    found = own_membership(request, organisation).organisation
    return table_response("suivi", extension, "Suivi", follow_up_headings(found), follow_up_rows(found))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def papers(request, organisation):
    """The organisation's documents; those who enrol add some."""
    roles = ENROLLING_ROLES if request.method == "POST" else MemberRole.values
    membership = own_membership(request, organisation, roles)
    form, refusal = PaperForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            add_file(
                membership.organisation,
                kind=OrganisationFileKind(data["kind"]),
                title=data["title"],
                name=data["file"].name,
                content=data["file"].read(),
                acting_user=request.user,
            )
        except Refusal as error:
            refusal = str(error)
        else:
            messages.success(request, "Le document est déposé.")
            return redirect("learners:organisation_papers", organisation=membership.organisation_id)
    return page(
        request,
        "learners/organisation_papers.html",
        membership,
        title="Documents",
        form=form if membership.role in ENROLLING_ROLES else None,
        refusal=refusal,
        papers=list(membership.organisation.files.order_by("-pk")[:LISTED]),
        agreements=list(membership.organisation.agreements.order_by("-starts_on", "-pk")[:LISTED]),
    )


@never_cache
@require_safe
def paper(request, organisation, pk):
    """One document, as a download."""
    membership = own_membership(request, organisation)
    found = get_object_or_404(OrganisationFile, organisation=membership.organisation_id, pk=pk)
    return download_stored(found.file, name=found.download_name, content_type=found.content_type)
