"""Verbs of improvement actions: opened from what people said, decided, carried out, and checked by somebody else.

Each writes the step that dates it; `now` is for facts of the past that are recorded afterwards.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.refusals import Refusal
from cned_portal.common.verbs import verb
from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from quality.domain.queries.improvements import measurable_from, measured
from quality.enums import FREE_ORIGINS, IMPROVEMENT_MOVES, UNDERWAY, ImprovementState, Measure, Origin
from quality.models import Improvement, ImprovementSource, ImprovementStep

_OWNING_ROLES = (Role.QUALITY_MANAGER, Role.CRC_SUPERVISOR, Role.UNIT_LEAD)


class NotMeasurable(Refusal):
    """The chosen measure gives no figure today."""


def possible_owners():
    """Who may be in charge of an action: people whose role lets them open its page."""
    grants = RoleGrant.objects.in_force().filter(group__name__in=_OWNING_ROLES)
    return User.objects.filter(is_active=True, role_grants__in=grants).distinct().order_by("last_name", "first_name")


def can_decide(user, improvement):
    """Decide, take up again what had no effect, plan anew."""
    return user.has_perm("quality.decide_improvement")


def can_advance(user, improvement):
    """Say that it has begun or that it is done: the person in charge, or who decides."""
    return user.pk == improvement.owner_id or user.has_perm("quality.decide_improvement")


def can_check(user, improvement):
    """Check the effect: never somebody who was in charge of it."""
    if user.pk == improvement.owner_id or not user.has_perm("quality.check_improvement"):
        return False
    return not improvement.steps.filter(owner=user).exists()


@verb
def open_improvement(
    *,
    title,
    origin,
    reason,
    acting_user,
    cause=None,
    service=None,
    unit=None,
    complaints=(),
    invitations=(),
    follows=None,
    submission_key=None,
    now=None,
):
    """Write an action to decide, with what it comes from. Sent twice, the same form gives one action.

    Raises Refusal when it would bring out of a restricted service what its members alone may read, or when an action
    said to come from people has nothing of theirs.
    """
    known = Improvement.objects.filter(submission_key=submission_key) if submission_key else Improvement.objects.none()
    if improvement := known.first():
        return improvement
    complaints, invitations = list(complaints), list(invitations)
    restricted = [service] if service is not None else []
    restricted += [complaint.ticket.service for complaint in complaints]
    restricted += [invitation.service for invitation in invitations]
    if any(one.is_restricted for one in restricted):
        raise Refusal("Ce qui concerne un service restreint ne sort pas de ce service.")
    if origin not in FREE_ORIGINS and follows is None and not (complaints or invitations):
        raise Refusal("Une action qui vient des usagers est ouverte depuis une réclamation ou une réponse.")
    now = now or timezone.now()
    try:
        with transaction.atomic():
            improvement = Improvement.objects.create(
                title=title,
                origin=origin,
                reason=reason,
                cause=cause,
                service=service,
                unit=unit,
                follows=follows,
                opened_at=now,
                submission_key=submission_key,
            )
    except IntegrityError:  # the other sending was faster, or a rule refuses the row
        if improvement := known.first():
            return improvement
        raise
    sources = [ImprovementSource(complaint=one) for one in complaints]
    sources += [ImprovementSource(invitation=one) for one in invitations]
    for source in sources:
        source.improvement, source.linked_at = improvement, now
    ImprovementSource.objects.bulk_create(sources)
    ImprovementStep.objects.create(improvement=improvement, state=improvement.state, by=acting_user, at=now)
    return improvement


@verb
def link_complaint(improvement, complaint, *, acting_user, now=None):
    """Add a complaint to those that an action comes from. Raises Refusal when it is there, or may not leave."""
    improvement = _held(improvement)
    if complaint.ticket.service.is_restricted:
        raise Refusal("Ce qui concerne un service restreint ne sort pas de ce service.")
    if improvement.origin != Origin.COMPLAINTS or improvement.state == ImprovementState.ABANDONED:
        raise Refusal("On ne rattache une réclamation qu’à une action qui vient de réclamations et qui vit encore.")
    source, is_new = ImprovementSource.objects.get_or_create(
        improvement=improvement, complaint=complaint, defaults={"linked_at": now or timezone.now()}
    )
    if not is_new:
        raise Refusal("Cette réclamation est déjà rattachée à l’action.")
    return source


@verb
def decide_improvement(improvement, *, owner, planned_on, expected_effect, measure, acting_user, now=None):
    """Decide the action, or take it up again when it had no effect; the portal measures where things stand.

    Raises NotMeasurable when the measure has no figure today: nobody could tell its effect later.
    """
    now = now or timezone.now()
    improvement = _held(improvement, ImprovementState.DECIDED)
    _check_owner(owner)
    if measure == Measure.COMPLAINTS and improvement.cause_id is None:
        raise NotMeasurable("Cette action n’a pas de cause : ses réclamations ne se comptent pas.")
    step = measured(improvement, measure, timezone.localdate(now))
    if step.count is None:
        raise NotMeasurable("Trop peu de réponses le mois dernier pour cette mesure : choisissez-en une autre.")
    improvement.owner, improvement.planned_on = owner, planned_on
    improvement.expected_effect, improvement.measure, improvement.check_from = expected_effect, measure, None
    return _move(improvement, ImprovementState.DECIDED, step, acting_user, now)


@verb
def replan_improvement(improvement, *, owner, planned_on, acting_user):
    """Give the action another person in charge or another date; the history keeps the former ones."""
    improvement = _held(improvement)
    if improvement.state not in UNDERWAY:
        raise Refusal(f"Cette action ne se replanifie plus : son état est « {improvement.get_state_display()} ».")
    _check_owner(owner)
    improvement.owner, improvement.planned_on = owner, planned_on
    improvement.save(update_fields=["owner", "planned_on"])
    return improvement


@verb
def start_improvement(improvement, *, acting_user, comment="", now=None):
    """Say that the action has begun."""
    improvement = _held(improvement, ImprovementState.ONGOING)
    return _move(improvement, ImprovementState.ONGOING, ImprovementStep(comment=comment), acting_user, now)


@verb
def finish_improvement(improvement, *, acting_user, comment="", now=None):
    """Say that the action is done; its effect is measured once the measure says nothing of before."""
    now = now or timezone.now()
    improvement = _held(improvement, ImprovementState.DONE)
    improvement.check_from = measurable_from(improvement.measure, timezone.localdate(now))
    return _move(improvement, ImprovementState.DONE, ImprovementStep(comment=comment), acting_user, now)


@verb
def check_improvement(improvement, *, is_effective, comment, acting_user, now=None):
    """Measure again and say whether the action had its effect; by somebody who was never in charge of it.

    Raises Refusal when it is too early, and when the figure does not show the effect that the person sees: without a
    better figure, the honest answer is that none was shown.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    verdict = ImprovementState.EFFECTIVE if is_effective else ImprovementState.INEFFECTIVE
    improvement = _held(improvement, verdict)
    if not can_check(acting_user, improvement):
        raise Refusal("L’effet est vérifié par une autre personne que le responsable.")
    if today < improvement.check_from:
        raise Refusal(f"L’effet ne se mesure qu’à partir du {improvement.check_from:%d/%m/%Y}.")
    step = measured(improvement, improvement.measure, today)
    step.comment = comment
    before = improvement.baseline
    if is_effective and not step.is_better_than(before):
        raise Refusal(
            f"La mesure ne montre pas d’effet : {before.figure} à la décision, {step.figure} aujourd’hui. "
            "Dites l’action inefficace, puis reprenez-la ou ouvrez-en une autre."
        )
    return _move(improvement, verdict, step, acting_user, now)


@verb
def abandon_improvement(improvement, *, reason, acting_user, now=None):
    """Give the action up, with the reason."""
    improvement = _held(improvement, ImprovementState.ABANDONED)
    return _move(improvement, ImprovementState.ABANDONED, ImprovementStep(comment=reason), acting_user, now)


def _held(improvement, state=None):
    """The row as it is now, which nobody else moves until the end. Refusal when it may not move to `state`."""
    rows = Improvement.objects.select_for_update(of=("self",)).select_related("cause", "service")
    improvement = rows.get(pk=improvement.pk)
    if state is not None and state not in IMPROVEMENT_MOVES[improvement.state]:
        raise Refusal(f"Cette action a déjà changé : son état est « {improvement.get_state_display()} ».")
    return improvement


def _move(improvement, state, step, acting_user, now):
    improvement.state = state
    improvement.save()
    step.improvement, step.state, step.at = improvement, state, now or timezone.now()
    step.by, step.owner = acting_user, improvement.owner
    step.save()
    return improvement


def _check_owner(owner):
    if not possible_owners().filter(pk=owner.pk).exists():
        raise Refusal("Cette personne ne peut pas être responsable d’une action.")
