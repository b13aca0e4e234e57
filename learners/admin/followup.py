"""The tutor's worklist: signals with their reasons, contacts and what came of them, « suivi vérifié »."""

import uuid

from django.contrib import admin, messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalogue.models import Training
from cned_portal.common.backoffice import LIST_CAP, PAGE_SIZE, Todo, desk_page, todo
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.templatetags.french import after_de
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.admin.desk import act_page
from learners.domain.followup import assign_tutor, attest_followup, record_contact, remind, settle_contact
from learners.domain.refusals import Refusal
from learners.enums import EnrolmentState, SignalKind
from learners.forms.followup import SETTLED, AttestForm, ContactForm, SettleForm, TutorForm
from learners.models import Contact, Enrolment, FollowUpAttestation, Signal

SECTION = "Suivi des apprenants"
SHOWN = 50


@desk_page(
    "suivi/", name="learners_followup", label="Suivi à faire", section=SECTION, permission="learners.follow_enrolment"
)
@never_cache
@require_safe
def worklist(request):
    """Open signals of the enrolments one follows, the oldest first, each with its reason."""
    signals = Signal.objects.visible_to(request.user).open()
    kind = request.GET.get("regle", "")
    if kind in SignalKind.values:
        signals = signals.filter(kind=kind)
    signals = signals.select_related("enrolment__learner__user", "enrolment__training", "devoir")
    try:
        page = page_after(signals, ["opened_at", "pk"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Suivi à faire",
        "page": page,
        "kinds": SignalKind.choices,
        "kind": kind,
    }
    return render(request, "learners/desk/followup.html", context)


@desk_page(
    "suivi/<int:pk>/",
    name="learners_followup_enrolment",
    label="Suivi d’un apprenant",
    section=SECTION,
    permission="learners.follow_enrolment",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enrolment(request, pk):
    """Where a learner stands, what was done, what to do: note a contact, remind, record an abandonment."""
    visible = Enrolment.objects.visible_to(request.user)
    found = get_object_or_404(visible.select_related("learner__user", "training", "progress"), pk=pk)
    form, status = ContactForm(), 200
    if request.method == "POST":
        try:
            if request.POST.get("act") == "remind":
                remind(found, client_key=_key(request.POST.get("client_key")), acting_user=request.user)
                messages.success(request, "La relance est partie.")
                return redirect(request.path)
            form = ContactForm(request.POST)
            status = 422
            if form.is_valid():
                record_contact(found, acting_user=request.user, **form.cleaned_data)
                messages.success(request, "Le contact est noté.")
                return redirect(request.path)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            status = 409
    context = {
        **admin.site.each_context(request),
        "title": f"Suivi {after_de(found.learner.user.get_full_name())}",
        "crumbs": [("Suivi à faire", reverse("admin:learners_followup"))],
        "enrolment": found,
        "progress": getattr(found, "progress", None),
        "signals": found.signals.select_related("devoir").order_by("-opened_at", "-pk")[:SHOWN],
        "contacts": found.contacts.select_related("by").order_by("-at", "-pk")[:SHOWN],
        "form": form,
        "settled": SETTLED,
        "reminder_key": uuid.uuid4(),
        "may_act": found.state == EnrolmentState.ACTIVE,
    }
    return render(request, "learners/desk/followup_enrolment.html", context, status=status)


def _key(text):
    try:
        return uuid.UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise Refusal("Rechargez la page, puis recommencez.") from None


@desk_page(
    "inscriptions/<int:pk>/tuteur/",
    name="learners_tutor",
    label="Confier à un tuteur",
    section=SECTION,
    permission="learners.assign_tutor",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tutor(request, pk):
    """Give an enrolment to a tutor."""
    rows = Enrolment.objects.visible_to(request.user).select_related("learner__user", "training")
    found = get_object_or_404(rows, pk=pk)
    tutors = User.objects.with_role(Role.TUTOR).filter(is_active=True).order_by("last_name", "pk")
    current = found.tutoring.filter(ended_at__isnull=True).first()
    form = TutorForm(request.POST or None, tutors=tutors, initial={"tutor": current and current.tutor_id})
    return act_page(
        request,
        form,
        act=lambda data: assign_tutor(found, data["tutor"], acting_user=request.user),
        done="L’inscription est confiée.",
        title="Confier à un tuteur",
        about=str(found),
        back=reverse("admin:learners_enrolment_changelist"),
        back_label="Inscriptions",
    )


@desk_page(
    "suivi/contacts/<int:pk>/",
    name="learners_followup_settle",
    label="Suite d’un contact",
    section=SECTION,
    permission="learners.follow_enrolment",
    in_menu=False,
)
@never_cache
@require_POST
def settle(request, pk):
    """Say what came of a contact."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user), pk=pk)
    form = SettleForm(request.POST)
    try:
        if not form.is_valid():
            raise Refusal("Choisissez la suite donnée.")
        settle_contact(contact, outcome=form.cleaned_data["outcome"], acting_user=request.user)
        messages.success(request, "La suite est notée.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:learners_followup_enrolment", contact.enrolment_id)


@desk_page(
    "suivi/attestations/",
    name="learners_attestations",
    label="Suivi vérifié",
    section=SECTION,
    permission="learners.view_followupattestation",
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attestations(request):
    """Attest that the follow-up was checked; who did, for which period, with which figures."""
    may_attest = request.user.has_perm("learners.follow_enrolment")
    visible = Enrolment.objects.visible_to(request.user)
    trainings = Training.objects.filter(pk__in=visible.values("training")).defer("search_vector").order_by("sort_key")
    form, status = AttestForm(request.POST or None, trainings=trainings), 200
    if request.method == "POST":
        if not may_attest:
            raise Http404
        status = 422
        if form.is_valid():
            try:
                attest_followup(visible, acting_user=request.user, **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, "Le suivi est attesté.")
                return redirect(request.path)
    try:
        rows = FollowUpAttestation.objects.select_related("by", "training")
        page = page_after(rows, ["-at", "-pk"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Suivi vérifié",
        "page": page,
        "form": form if may_attest else None,
    }
    return render(request, "learners/desk/attestations.html", context, status=status)


@todo
def open_signals(user):
    """Open signals of the enrolments one follows. The count stops at a cap."""
    if not user.has_perm("learners.follow_enrolment"):
        return []
    count = Signal.objects.visible_to(user).open().order_by()[:LIST_CAP].count()
    return [Todo("Signaux de décrochage", count, reverse("admin:learners_followup"), urgent=True)] if count else []
