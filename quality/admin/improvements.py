"""Improvement actions on the desk: what calls for one, the list, the page of each and its acts."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.history import history_of
from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.refusals import Refusal
from crc.models import ComplaintCause, Service
from quality.admin.referentials import SECTION
from quality.domain import improvements as verbs
from quality.domain.queries.improvements import (
    RECURRENT_FROM,
    SIGNALLED_DAYS,
    WINDOW_DAYS,
    complaints_behind,
    complaints_of_cause,
    find_complaint,
    measured,
    recurring_causes,
    signalled_complaints,
    without_cause_yet,
)
from quality.domain.queries.satisfaction import verbatims
from quality.enums import IMPROVEMENT_MOVES, UNDERWAY, ImprovementState, Origin
from quality.forms.improvements import (
    AbandonForm,
    CheckForm,
    DecideForm,
    FinishForm,
    ImprovementFilterForm,
    ImprovementForm,
    LinkForm,
    PlanForm,
    StartForm,
)
from quality.models import Improvement

LIST = "admin:quality_improvements"
VIEWS = {
    "": ("Toutes", lambda rows: rows),
    "a-decider": ("À décider", lambda rows: rows.to_decide()),
    "en-cours": ("Décidées ou en cours", lambda rows: rows.underway()),
    "en-retard": ("En retard", lambda rows: rows.late()),
    "a-verifier": ("Effet à vérifier", lambda rows: rows.to_check()),
    "faites": ("Faites", lambda rows: rows.filter(state=ImprovementState.DONE)),
    "efficaces": ("Efficaces", lambda rows: rows.filter(state=ImprovementState.EFFECTIVE)),
    "inefficaces": ("Inefficaces", lambda rows: rows.filter(state=ImprovementState.INEFFECTIVE)),
    "abandonnees": ("Abandonnées", lambda rows: rows.filter(state=ImprovementState.ABANDONED)),
}


@desk_page(
    "qualite/ameliorations/",
    name="quality_improvements",
    label="Actions d’amélioration",
    section=SECTION,
    permission="quality.view_improvement",
)
@never_cache
@require_safe
def improvements(request):
    """The actions that the person may read, the latest first."""
    form = ImprovementFilterForm(request.GET, views=[(name, label) for name, (label, _) in VIEWS.items()])
    chosen = form.cleaned_data if form.is_valid() else {"etat": "", "service": None, "origine": ""}
    rows = VIEWS[chosen["etat"]][1](Improvement.objects.visible_to(request.user))
    if chosen["service"]:
        rows = rows.filter(service=chosen["service"])
    if chosen["origine"]:
        rows = rows.filter(origin=chosen["origine"])
    try:
        page = page_after(rows.with_steps(), ["-opened_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    service = chosen["service"]
    query = {"etat": chosen["etat"], "service": service.code if service else "", "origine": chosen["origine"]}
    context = {
        **admin.site.each_context(request),
        "title": "Actions d’amélioration",
        "crumbs": [],
        "form": form,
        "page": page,
        "next_url": f"?{urlencode({**query, 'apres': page.next_cursor})}" if page.next_cursor else "",
        "may_open": request.user.has_perm("quality.add_improvement"),
        "may_read_causes": request.user.has_perm("crc.view_complaint"),
    }
    return render(request, "quality/desk/improvements.html", context)


@desk_page(
    "qualite/ameliorations/causes/",
    name="quality_causes",
    label="Causes récurrentes",
    section=SECTION,
    permission="crc.view_complaint",
)
@never_cache
@require_safe
def causes(request):
    """Causes found again and again, and complaints marked for improvement: what calls for an action."""
    signalled = signalled_complaints(request.user)
    try:
        page = page_after(signalled, ["-opened_at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Causes récurrentes",
        "crumbs": [("Actions d’amélioration", reverse(LIST))],
        "causes": recurring_causes(request.user),
        "page": page,
        "may_open": request.user.has_perm("quality.add_improvement"),
        "recurrent_from": RECURRENT_FROM,
        "window_days": WINDOW_DAYS,
        "signalled_days": SIGNALLED_DAYS,
    }
    return render(request, "quality/desk/causes.html", context)


@dataclass(frozen=True)
class _Proposal:
    """What an action would be opened from: its links, and how the form starts."""

    origin: Origin | None
    links: dict
    initial: dict


def _proposal(request):
    """Read from the address: a complaint, a cause and a service, a survey's answer, an action without effect.

    No word of the people goes into the form, only causes and counts. 404 for what the person may not read.
    """
    asked, user = request.GET, request.user
    if reference := asked.get("reclamation"):
        complaint = find_complaint(reference, user)
        if complaint is None or complaint.ticket.service.is_restricted:
            raise Http404
        return _from_complaints([complaint], complaint.cause, complaint.ticket.service)
    if key := asked.get("cause"):
        cause = get_object_or_404(ComplaintCause, pk=_key(key))
        service = get_object_or_404(Service, code=asked.get("service", "").replace("\0", ""), is_restricted=False)
        complaints = list(complaints_of_cause(user, cause, service).select_related("ticket__service"))
        if not complaints and request.method != "POST":  # a form sent twice is answered by the verb
            raise Http404
        return _from_complaints(complaints, cause, service)
    if key := asked.get("commentaire"):
        invitation = verbatims(user).filter(pk=_key(key), service__is_restricted=False).first()
        if invitation is None or not user.has_perm("quality.view_surveyanswer"):
            raise Http404
        initial = {"reason": "Commentaire laissé en réponse à l’enquête.", "service": invitation.service}
        return _Proposal(Origin.SURVEYS, {"invitations": [invitation]}, initial)
    if key := asked.get("suite"):
        former = get_object_or_404(
            Improvement.objects.visible_to(user), pk=_key(key), state=ImprovementState.INEFFECTIVE
        )
        initial = {name: getattr(former, name) for name in ("title", "reason", "cause", "service", "unit")}
        return _Proposal(former.origin, {"follows": former}, initial)
    return _Proposal(None, {}, {})


def _from_complaints(complaints, cause, service):
    title = f"{cause.label} – {service.name}" if cause else ""
    number = len(complaints)
    reason = f"{number} réclamations de même cause en {WINDOW_DAYS} jours." if number > 1 else "Une réclamation."
    initial = {"title": title[:150], "reason": reason, "cause": cause, "service": service, "unit": service.unit_id}
    return _Proposal(Origin.COMPLAINTS, {"complaints": complaints}, initial)


def _key(text):
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Http404
    return int(text)


@desk_page(
    "qualite/ameliorations/nouvelle/",
    name="quality_new_improvement",
    label="Nouvelle action d’amélioration",
    section=SECTION,
    permission="quality.add_improvement",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_improvement(request):
    """The form of an action to decide, filled in with what it comes from."""
    proposal = _proposal(request)
    initial = {**proposal.initial, "submission_key": uuid.uuid4()}
    form = ImprovementForm(request.POST or None, initial=initial, chooses_origin=proposal.origin is None)
    if request.method == "POST" and form.is_valid():
        data = {"origin": proposal.origin, **form.cleaned_data}
        try:
            improvement = verbs.open_improvement(**data, **proposal.links, acting_user=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "L’action est ouverte : elle attend d’être décidée.")
            return redirect(improvement)
    context = {
        **admin.site.each_context(request),
        "title": "Nouvelle action d’amélioration",
        "crumbs": [("Actions d’amélioration", reverse(LIST))],
        "form": form,
        "origin": proposal.origin and Origin(proposal.origin).label,
        "linked": len(proposal.links.get("complaints", ())),
    }
    return render(request, "quality/desk/new_improvement.html", context)


@dataclass(frozen=True)
class _Act:
    """What one may do to an action: from which states, who, the form, the verb, what is said afterwards."""

    label: str
    may: Callable
    states: tuple
    form: Callable
    run: Callable
    said: str

    def is_offered(self, user, improvement):
        return improvement.state in self.states and self.may(user, improvement)


def _from(target):
    return tuple(state for state, targets in IMPROVEMENT_MOVES.items() if target in targets)


def _can_link(user, improvement):
    return improvement.origin == Origin.COMPLAINTS and user.has_perm("quality.add_improvement")


def _plan(improvement):
    return {name: getattr(improvement, name) for name in ("owner", "planned_on", "expected_effect", "measure")}


def _check(improvement, data, user):
    is_effective = data["verdict"] == "oui"
    return verbs.check_improvement(improvement, is_effective=is_effective, comment=data["comment"], acting_user=user)


ACTS = {
    "decider": _Act(
        "Décider",
        verbs.can_decide,
        _from(ImprovementState.DECIDED),
        lambda data, improvement, user: DecideForm(data, initial=_plan(improvement)),
        lambda improvement, data, user: verbs.decide_improvement(improvement, **data, acting_user=user),
        "L’action est décidée ; le portail a relevé la mesure du jour.",
    ),
    "commencer": _Act(
        "Dire qu’elle commence",
        verbs.can_advance,
        _from(ImprovementState.ONGOING),
        lambda data, improvement, user: StartForm(data),
        lambda improvement, data, user: verbs.start_improvement(improvement, **data, acting_user=user),
        "L’action est en cours.",
    ),
    "terminer": _Act(
        "Dire qu’elle est faite",
        verbs.can_advance,
        _from(ImprovementState.DONE),
        lambda data, improvement, user: FinishForm(data),
        lambda improvement, data, user: verbs.finish_improvement(improvement, **data, acting_user=user),
        "L’action est faite ; son effet sera vérifié par une autre personne.",
    ),
    "verifier": _Act(
        "Vérifier son effet",
        verbs.can_check,
        _from(ImprovementState.EFFECTIVE),
        lambda data, improvement, user: CheckForm(data),
        _check,
        "La vérification est enregistrée.",
    ),
    "replanifier": _Act(
        "Changer le responsable ou la date",
        verbs.can_decide,
        UNDERWAY,
        lambda data, improvement, user: PlanForm(data, initial=_plan(improvement)),
        lambda improvement, data, user: verbs.replan_improvement(improvement, **data, acting_user=user),
        "L’action est replanifiée.",
    ),
    "rattacher": _Act(
        "Rattacher une réclamation",
        _can_link,
        tuple(state for state in ImprovementState if state != ImprovementState.ABANDONED),
        lambda data, improvement, user: LinkForm(data, user=user),
        lambda improvement, data, user: verbs.link_complaint(improvement, **data, acting_user=user),
        "La réclamation est rattachée.",
    ),
    "abandonner": _Act(
        "Abandonner",
        verbs.can_decide,
        _from(ImprovementState.ABANDONED),
        lambda data, improvement, user: AbandonForm(data),
        lambda improvement, data, user: verbs.abandon_improvement(improvement, **data, acting_user=user),
        "L’action est abandonnée.",
    ),
}


def _find(request, pk):
    rows = Improvement.objects.visible_to(request.user).with_steps().select_related("follows")
    return get_object_or_404(rows.prefetch_related("steps__by", "steps__owner"), pk=pk)


@desk_page(
    "qualite/ameliorations/<int:pk>/",
    name="quality_improvement",
    label="Action d’amélioration",
    section=SECTION,
    permission="quality.view_improvement",
    in_menu=False,
)
@never_cache
@require_safe
def improvement(request, pk):
    """An action: what is planned, what it comes from, its dated steps, and what one may do."""
    return _page(request, _find(request, pk))


@desk_page(
    "qualite/ameliorations/<int:pk>/<str:act>/",
    name="quality_improvement_act",
    label="Agir sur l’action",
    section=SECTION,
    permission="quality.view_improvement",
    in_menu=False,
)
@require_POST
def act(request, pk, act):
    """One act, by its name; the page again, with what was typed, when it is refused."""
    if act not in ACTS:
        raise Http404
    asked, found = ACTS[act], _find(request, pk)
    if not asked.may(request.user, found):
        raise PermissionDenied
    form = asked.form(request.POST, found, request.user)
    if not form.is_valid():
        return _page(request, found, failed={act: form})
    try:
        asked.run(found, form.cleaned_data, request.user)
    except verbs.NotMeasurable as refusal:
        form.add_error("measure", str(refusal))
        return _page(request, found, failed={act: form})
    except Refusal as refusal:
        return _page(request, _find(request, pk), failed={act: form}, refusal=str(refusal), status=409)
    messages.success(request, asked.said)
    return redirect(found)


def _page(request, improvement, *, failed=None, refusal="", status=200):
    user, failed = request.user, failed or {}
    try:
        history = history_of(improvement, cursor=request.GET.get("apres", ""))
    except InvalidCursor:
        raise Http404 from None
    complaints, others = complaints_behind(improvement, user)
    offered = {name: one for name, one in ACTS.items() if one.is_offered(user, improvement)}
    if not improvement.is_checkable:
        offered.pop("verifier", None)
    reading = None
    if improvement.is_checkable:
        reading = measured(improvement, improvement.measure, timezone.localdate())
    followers = improvement.followed_by.filter(pk__in=Improvement.objects.visible_to(user).values("pk"))
    context = {
        **admin.site.each_context(request),
        "title": improvement.title,
        "crumbs": [("Actions d’amélioration", reverse(LIST))],
        "improvement": improvement,
        "complaints": complaints,
        "other_complaints": others,
        "answers": improvement.sources.filter(invitation__isnull=False).count(),
        "followers": followers,
        "may_follow": improvement.state == ImprovementState.INEFFECTIVE and user.has_perm("quality.add_improvement"),
        "reading": reading,
        "without_cause": without_cause_yet(reading) if reading else None,
        "acts": [
            (name, one.label, failed.get(name) or one.form(None, improvement, user)) for name, one in offered.items()
        ],
        "failed": next(iter(failed.values()), None),
        "open_acts": set(failed),
        "refusal": refusal,
        "history": history,
    }
    return render(request, "quality/desk/improvement.html", context, status=status)
