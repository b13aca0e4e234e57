"""The candidates of the Cned: those to confirm, one of them, and the results that academies send."""

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, Todo, desk_page, todo
from cned_portal.common.history import history_of
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.refusals import Refusal
from cned_portal.common.spreadsheets import UnreadableFile
from cned_portal.common.uploads import MEGABYTE, limits_uploads, oversized_files
from exams.domain.importing import HEADINGS, ImportRefused, import_results
from exams.domain.outcomes import confirm_result, may_have_result
from exams.domain.queries.candidates import counted
from exams.domain.registrations import cancel_registration, confirm_registration
from exams.enums import RegistrationState
from exams.forms.candidates import ConfirmForm, ConfirmResultForm, ImportForm
from exams.models import BacRegistration, ExamSession
from learners.admin.accesses import note_opening
from learners.enums import FileKind

SECTION = "Examens"
PERMISSION = "exams.handle_candidates"
LIST = "admin:exams_candidates"
IMPORT_MAX = 5 * MEGABYTE


@todo
def registrations_to_confirm(user):
    """What candidates say that they made. The count stops at a cap."""
    if not user.has_perm(PERMISSION):
        return []
    count = BacRegistration.objects.filter(state=RegistrationState.DECLARED).order_by()[:LIST_CAP].count()
    return [Todo("Inscriptions au bac à confirmer", count, reverse(LIST))] if count else []


@desk_page(
    "examens/candidats/",
    name="exams_candidates",
    label="Candidats au baccalauréat",
    section=SECTION,
    permission=PERMISSION,
)
@never_cache
@require_safe
def candidates(request):
    """Registrations by state and session, the oldest first, with the counts of the session in DEPP's columns."""
    state = request.GET.get("etat", RegistrationState.DECLARED)
    state = state if state in RegistrationState.values else RegistrationState.DECLARED
    sessions = list(ExamSession.objects.order_by("-year"))
    session = next((item for item in sessions if str(item.year) == request.GET.get("session")), None)
    rows = BacRegistration.objects.filter(state=state).with_parts()
    if session:
        rows = rows.filter(session=session)
    try:
        page = page_after(rows, ["created_at", "id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Candidats au baccalauréat",
        "crumbs": [],
        "page": page,
        "state": state,
        "states": RegistrationState.choices,
        "session": session,
        "sessions": sessions,
        "counted": counted(session) if session else None,
    }
    return render(request, "exams/desk/candidates.html", context)


@desk_page(
    "examens/candidats/<int:pk>/",
    name="exams_candidate",
    label="Candidat au baccalauréat",
    section=SECTION,
    permission=PERMISSION,
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def candidate(request, pk):
    """One registration: confirm it, confirm its result, cancel it, and its history."""
    found = get_object_or_404(BacRegistration.objects.with_parts(), pk=pk)
    note_opening(request, found.learner_id, FileKind.PROFILE)
    act = request.POST.get("acte", "") if request.method == "POST" else ""
    confirm = ConfirmForm(request.POST if act == "confirmer" else None, initial={"academy": found.academy})
    # What the person said is shown above the form, not put in it: the academy's word is typed from its paper.
    held = found.result if found.result and found.result.is_confirmed else None
    result = ConfirmResultForm(
        request.POST if act == "resultat" else None,
        initial={"academy": found.academy, **ConfirmResultForm.initial_of(held)},
    )
    form = {"confirmer": confirm, "resultat": result}.get(act)
    status = 200 if request.method != "POST" else 422
    if act == "annuler" or (form and form.is_valid()):
        try:
            done = _do(act, found, form, request.user)
        except Refusal as refusal:
            status = 409
            if form:
                form.add_error(None, str(refusal))
            else:
                messages.error(request, str(refusal))
        else:
            messages.success(request, done)
            return redirect(request.path)
    try:
        history = history_of(found, cursor=request.GET.get("apres", ""))
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": f"Candidat n° {found.learner.number}, {found.session}",
        "crumbs": [("Candidats au baccalauréat", reverse(LIST))],
        "item": found,
        "may_confirm": found.state in (RegistrationState.INTENDED, RegistrationState.DECLARED),
        "may_confirm_result": found.is_live and may_have_result(found),
        "may_cancel": found.is_live and found.result is None,
        "confirm": confirm,
        "result": result,
        "failed": form if form and form.errors else None,
        "history": history,
    }
    return render(request, "exams/desk/candidate.html", context, status=status)


def _do(act, registration, form, user):
    """What the desk does to a registration; what is said of it once done."""
    if act == "annuler":
        cancel_registration(registration, acting_user=user)
        return "L’inscription est annulée."
    academy = form.cleaned_data["academy"]
    if act == "confirmer":
        confirm_registration(registration, academy=academy, acting_user=user)
        return "L’inscription est confirmée."
    source = form.cleaned_data["source"]
    confirm_result(registration, form.verdict, source=source, academy=academy, acting_user=user)
    return "Le résultat est confirmé."


@desk_page(
    "examens/candidats/importer/",
    name="exams_import",
    label="Importer des résultats",
    section=SECTION,
    permission=PERMISSION,
)
@never_cache
@limits_uploads(lambda: IMPORT_MAX)
@require_http_methods(["GET", "HEAD", "POST"])
def importer(request):
    """A table of confirmed results: checked first, written when no line is refused."""
    form = ImportForm(request.POST or None, request.FILES or None)
    report, status = None, 200
    if request.method == "POST":
        status = 422
        if oversized_files(request, "file"):
            form.add_error("file", "Ce fichier dépasse 5 Mo.")
        elif form.is_valid():
            is_trial = form.cleaned_data["act"] == "verifier"
            try:
                report = import_results(
                    form.cleaned_data["file"].read(),
                    source=form.cleaned_data["source"],
                    dry_run=is_trial,
                    acting_user=request.user,
                )
            except UnreadableFile as error:
                form.add_error("file", str(error))
            except ImportRefused as refusal:
                report = refusal.report
                form.add_error(None, str(refusal))
            else:
                status = 200
                if not is_trial:
                    messages.success(
                        request, f"Résultats confirmés : {report.confirmed}. Déjà enregistrés : {report.unchanged}."
                    )
                    return redirect("admin:exams_import")
    context = {
        **admin.site.each_context(request),
        "title": "Importer des résultats",
        "crumbs": [("Candidats au baccalauréat", reverse(LIST))],
        "form": form,
        "report": report,
        "headings": HEADINGS,
    }
    return render(request, "exams/desk/import.html", context, status=status)
