"""Group enrolment: deposit a list, read what would become of each line, accept it, see it done."""

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.spreadsheets import table_response
from learners.domain.organisations.group_lines import EXAMPLE, HEADINGS, correction_rows
from learners.domain.organisations.groups import accept_group, request_group, retry_group
from learners.domain.organisations.seats import vouchers
from learners.domain.refusals import Refusal
from learners.enums import ENROLLING_ROLES, GroupMode, GroupOutcome, MemberRole
from learners.forms.organisations import GroupForm
from learners.views.organisations import own_membership, page

SHOWN = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request, organisation):
    """The lists so far, and the form that deposits one."""
    roles = ENROLLING_ROLES if request.method == "POST" else MemberRole.values
    membership = own_membership(request, organisation, roles)
    usable = vouchers().filter(line__quote__organisation=membership.organisation, used__lt=F("seats")).order_by("-pk")
    form, refusal = GroupForm(request.POST or None, request.FILES or None, vouchers=usable), None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = request_group(
                form.cleaned_data["voucher"], name=file.name, content=file.read(), acting_user=request.user
            )
        except Refusal as error:
            refusal = str(error)
        else:
            return redirect(run)
    try:
        rows = membership.organisation.groups.select_related("voucher__line__session__action__training")
        found = page_after(rows, ["-id"], request.GET.get("apres", ""), size=SHOWN)
    except InvalidCursor:
        raise Http404 from None
    return page(
        request,
        "learners/organisation_groups.html",
        membership,
        title="Inscrire",
        form=form if membership.role in ENROLLING_ROLES else None,
        refusal=refusal,
        has_seats=usable.exists(),
        page=found,
    )


def _own_group(request, organisation, pk, roles=MemberRole.values):
    membership = own_membership(request, organisation, roles)
    rows = membership.organisation.groups.select_related("voucher__line__session__action__training")
    return membership, get_object_or_404(rows, pk=pk)


@never_cache
@require_safe
def group(request, organisation, pk):
    """What becomes of each line, those to correct first; htmx gets the progress alone while it runs."""
    membership, run = _own_group(request, organisation, pk)
    may_enrol = membership.role in ENROLLING_ROLES
    keys = {"organisation": organisation, "pk": pk}
    context = {
        "run": run,
        "progress_url": run.get_absolute_url(),
        "retry_url": reverse("learners:organisation_group_retry", kwargs=keys) if may_enrol else "",
    }
    if request.htmx:
        if run.is_finished:  # the whole page has something new to say
            response = HttpResponse()
            response["HX-Refresh"] = "true"
            return response
        return render(request, "components/progress.html", context)
    shown = request.GET.get("effet", "")
    shown = shown if shown in GroupOutcome.values else ""
    lines = run.lines.filter(outcome=shown) if shown else run.lines.all()
    try:
        found = page_after(lines, ["id"], request.GET.get("apres", ""), size=SHOWN)
    except InvalidCursor:
        raise Http404 from None
    labels = dict(GroupOutcome.choices) | ({GroupOutcome.CREATED: "Inscrites"} if run.is_written else {})
    return page(
        request,
        "learners/organisation_group.html",
        membership,
        title=f"Liste {run}",
        page=found,
        shown=shown,
        counts=[(kind, labels[kind], getattr(run, f"{kind}_count")) for kind in GroupOutcome.values],
        **context,
    )


@never_cache
@require_POST
def accept(request, organisation, pk):
    """Enrol: everyone or nobody, or the good lines."""
    _, run = _own_group(request, organisation, pk, ENROLLING_ROLES)
    mode = request.POST.get("mode", "")
    if mode not in GroupMode.values:
        raise Http404
    try:
        accept_group(run, mode=mode, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@never_cache
@require_POST
def retry(request, organisation, pk):
    """Take up again what was interrupted."""
    _, run = _own_group(request, organisation, pk, ENROLLING_ROLES)
    try:
        retry_group(run, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@never_cache
@require_safe
def refusals(request, organisation, pk):
    """The lines to correct, as they were, with the reasons: once corrected, this file is deposited as it is."""
    _, run = _own_group(request, organisation, pk)
    headings, rows = correction_rows(run)
    return table_response(f"a-corriger-{pk}", "csv", "À corriger", headings, rows)


@never_cache
@require_safe
def template(request, organisation, extension):
    """The columns that the list has, with an example to replace."""
    own_membership(request, organisation)
    return table_response("modele-inscriptions", extension, "Inscriptions", HEADINGS, [EXAMPLE])
