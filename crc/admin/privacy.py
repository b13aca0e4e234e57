"""Personal data: durations, what is held about a person, the log of accesses. An address is never in a URL."""

from django import forms
from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from dsfr.forms import DsfrBaseForm

from cned_portal.common.backoffice import PAGE_SIZE, FixedRowsModelAdmin, ReadOnlyModelAdmin, desk_page
from cned_portal.common.files import download
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.progress import RunState
from cned_portal.users.models import User
from crc.domain.privacy.erasure import OpenTickets, erase_person
from crc.domain.privacy.exports import KEPT_FOR, export_person, retry_export
from crc.domain.privacy.people import MOST_COUNTED, find_person, unread_mails
from crc.domain.refusals import Refusal
from crc.enums import State
from crc.models import AccessLog, PersonErasure, PersonExport, RetentionRule, RetentionRun
from crc.validators import is_reference

SECTION = "Données personnelles"
PERSON = "admin:crc_person"
SHOWN = 20


@admin.register(RetentionRule)
class RetentionRuleAdmin(FixedRowsModelAdmin):  # `load_retention_rules` adds those that are missing
    list_display = ["subject", "days", "is_active", "reason"]
    readonly_fields = ["subject"]
    fields = ["subject", "days", "is_active", "reason"]


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyModelAdmin):
    list_display = ["day", "rule", "rows", "skipped", "started_at", "finished_at"]
    ordering = ["-day", "-pk"]


@admin.register(PersonErasure)
class PersonErasureAdmin(ReadOnlyModelAdmin):
    list_display = ["at", "acting_user", "tickets", "mails", "sent", "kept_open", "kept_complaints", "reason"]
    ordering = ["-at", "-pk"]


class PersonForm(DsfrBaseForm):
    """Who is looked for: exactly, and never by a part of a name."""

    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        max_length=254,
        help_text="En entier.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    account = forms.IntegerField(label="Numéro de compte", required=False, min_value=1, max_value=2**63 - 1)

    def clean_account(self):
        number = self.cleaned_data["account"]
        account = User.objects.filter(pk=number).first() if number else None
        if number and account is None:
            raise forms.ValidationError("Aucun compte n’a ce numéro.")
        return account

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("email") and not data.get("account"):
            raise forms.ValidationError("Donnez une adresse ou un numéro de compte.")
        return data

    def person(self):
        return find_person(email=self.cleaned_data["email"], account=self.cleaned_data["account"])


class EraseForm(DsfrBaseForm):
    """The last word before an erasure."""

    reason = forms.CharField(
        label="Pourquoi effacer sans attendre la clôture",
        required=False,
        max_length=300,
        help_text="À remplir seulement si des demandes sont ouvertes : elles restent. Ne nommez pas la personne.",
    )
    confirmed = forms.BooleanField(
        label="J’ai vérifié l’identité de la personne et je confirme l’effacement, qui est définitif",
        error_messages={"required": "Cochez cette case pour confirmer."},
    )


@desk_page(
    "personnes/",
    name="crc_person",
    label="Données d’une personne",
    section=SECTION,
    permission="crc.add_personexport",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request):
    """Look for a person, see how much is held about them, have it exported or erased."""
    if request.method != "POST":
        return _person_page(request, PersonForm())
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _person_page(request, form)
    act = request.POST.get("act")
    found = form.person()
    if act == "extraire":
        run = export_person(found, with_notes=request.POST.get("with_notes") == "on", acting_user=request.user)
        return redirect(run)
    if act in {"confirmer", "effacer"} and request.user.has_perm("crc.erase_person"):
        return _erase(request, form, found, sent=act == "effacer")
    return _person_page(request, form, found)


def _erase(request, form, found, *, sent):
    erase = EraseForm(request.POST if sent else None)
    status = 200
    if sent and erase.is_valid():
        try:
            done = erase_person(found, reason=erase.cleaned_data["reason"], acting_user=request.user)
        except OpenTickets as refusal:
            erase.add_error("reason", str(refusal))
            status = 409
        except Refusal as refusal:
            erase.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _told(done))
            return redirect(PERSON)
    return _person_page(request, form, found, erase=erase, status=status)


def _told(done):
    row = done.erasure
    parts = [
        f"Effacement fait : {row.tickets} demande(s) anonymisée(s), {row.mails} courriel(s) reçu(s) et "
        f"{row.sent} envoyé(s) vidés."
    ]
    if done.kept_complaints:
        parts.append(f"Réclamations gardées cinq ans : {', '.join(done.kept_complaints)}.")
    if done.kept_open:
        parts.append(f"Demandes ouvertes, laissées telles quelles : {', '.join(done.kept_open)}.")
    return " ".join(parts)


def _person_page(request, form, found=None, *, erase=None, status=200):
    context = {
        **admin.site.each_context(request),
        "title": "Données d’une personne",
        "crumbs": [],
        "form": form,
        "person": found,
        "erase": erase,
        "may_erase": request.user.has_perm("crc.erase_person"),
        "days": KEPT_FOR.days,
    }
    if found is not None:
        open_tickets = found.tickets().exclude(state=State.CLOSED).order_by("received_at", "pk")
        context |= {
            "counts": found.counts(),
            "open_references": list(open_tickets.values_list("reference", flat=True)[:SHOWN]),
            "erasures": found.erasures()[:SHOWN],
            "exports": PersonExport.objects.filter(person=found.hash).order_by("-created_at", "-pk")[:SHOWN],
            "unread": unread_mails().order_by()[:MOST_COUNTED].count(),
        }
    return render(request, "crc/desk/person.html", context, status=status)


@desk_page(
    "personnes/extractions/<int:pk>/",
    name="crc_person_export",
    label="Extraction",
    section=SECTION,
    permission="crc.view_personexport",
    in_menu=False,
)
@never_cache
@require_safe
def export(request, pk):
    """Where an export stands; htmx gets the progress alone."""
    run = get_object_or_404(PersonExport, pk=pk)
    context = {
        "run": run,
        "progress_url": run.get_absolute_url(),
        "retry_url": "" if run.erased_at else reverse("admin:crc_person_export_retry", args=[pk]),
        "days": KEPT_FOR.days,
        "erased_on": timezone.localtime(run.created_at + KEPT_FOR),
    }
    if request.htmx:
        return render(request, "crc/desk/_person_export_state.html", context)
    context |= {
        **admin.site.each_context(request),
        "title": str(run).capitalize(),
        "crumbs": [("Données d’une personne", reverse(PERSON))],
    }
    return render(request, "crc/desk/person_export.html", context)


@desk_page(
    "personnes/extractions/<int:pk>/recommencer/",
    name="crc_person_export_retry",
    label="Recommencer",
    section=SECTION,
    permission="crc.add_personexport",
    in_menu=False,
)
@require_POST
def retry(request, pk):
    """Ask again for an export that failed."""
    run = get_object_or_404(PersonExport, pk=pk)
    try:
        retry_export(run, acting_user=request.user)
    except Refusal as refusal:
        messages.info(request, str(refusal))
    return redirect(run)


@desk_page(
    "personnes/extractions/<int:pk>/fichier/",
    name="crc_person_export_file",
    label="Télécharger",
    section=SECTION,
    permission="crc.view_personexport",
    in_menu=False,
)
@never_cache
@require_safe
def export_file(request, pk):
    """The file, while it is kept."""
    run = get_object_or_404(PersonExport, pk=pk, state=RunState.DONE, erased_at=None)
    try:
        file = run.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return download(file, name=f"extraction-{pk}.zip", content_type="application/zip")


@desk_page(
    "journal-des-acces/",
    name="crc_access_log",
    label="Journal des accès",
    section=SECTION,
    permission="crc.view_accesslog",
)
@never_cache
@require_safe
def access_log(request):
    """Who opened what of the restricted services, the latest first; of one ticket by its reference."""
    asked = request.GET.get("reference", "").replace("\0", "").strip().upper()[:20]
    lines = AccessLog.objects.visible_to(request.user).select_related("ticket__service", "user")
    if asked:
        lines = lines.filter(ticket__reference=asked) if is_reference(asked) else lines.none()
    try:
        page = page_after(lines, ["-at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Journal des accès",
        "crumbs": [],
        "page": page,
        "asked": asked,
        "sees_every_service": request.user.has_perm("crc.view_every_access"),
    }
    return render(request, "crc/desk/access_log.html", context)
