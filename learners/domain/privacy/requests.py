"""What a person asks staff to change, in the time of the law (GDPR, article 12.3): a month, or three when told why."""

import calendar
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.notifications import notify
from learners.domain.profile import locked_learner
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import RightKind, RightState
from learners.models import RightRequest
from learners.models.people import EARLIEST_BIRTH

MONTHS, MONTHS_EXTENDED = 1, 3
_NAMES = (RightKind.FIRST_NAME, RightKind.LAST_NAME)
NAME_LENGTH = 100


def months_after(day, months):
    """The same day some months later, or the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@verb
def ask_right(learner, *, kind, wanted, acting_user, at=None):
    """Record what a person asks of their data. Raises Refusal when the same is already being looked at."""
    at = at or timezone.now()
    learner = locked_learner(learner)
    wanted = wanted.strip()
    if not wanted:
        raise Refusal("Dites ce que vous demandez.")
    request = RightRequest(
        learner=learner,
        kind=kind,
        wanted=_checked(kind, wanted),
        asked_at=at,
        due_on=months_after(timezone.localdate(at), MONTHS),
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError:
        raise Refusal("Une demande de cette nature est déjà en cours : nous y répondons d’abord.") from None
    _tell(request, "right_asked")
    return request


def _checked(kind, wanted):
    if kind == RightKind.BIRTH_DATE:
        day = _day(wanted)
        if day is None or not EARLIEST_BIRTH <= day <= timezone.localdate():
            raise Refusal("Écrivez une date de naissance, par exemple 31/01/1990.")
        return day.isoformat()
    if kind in _NAMES and (len(wanted) > NAME_LENGTH or not wanted.isprintable()):
        raise Refusal(f"Un nom tient sur une ligne de {NAME_LENGTH} caractères, sans caractère spécial.")
    return wanted


def _day(text):
    try:
        if "/" in text:
            day, month, year = text.split("/")
            return date(int(year), int(month), int(day))
        return date.fromisoformat(text)
    except ValueError:
        return None


@verb
def extend_request(request, *, reason, acting_user, at=None):
    """Take two more months, once, before the first month is over, and tell the person why."""
    at = at or timezone.now()
    found = _locked(request)
    if found.extended_at is not None:
        raise MoveRefused("Cette demande est déjà prolongée.")
    if found.due_on < timezone.localdate(at):
        raise MoveRefused("Le mois est passé : la prolongation se dit avant.")
    found.extended_at, found.extension_reason = at, reason
    found.due_on = months_after(timezone.localdate(found.asked_at), MONTHS_EXTENDED)
    found.save(update_fields=["extended_at", "extension_reason", "due_on"])
    _tell(found, "right_extended")
    return found


@verb
def accept_request(request, *, acting_user, answer="", at=None):
    """Do what is asked: a name or a birth date is written at once, the rest staff have done. The person is told."""
    found = _locked(request)
    learner = locked_learner(found.learner)
    if found.kind in _NAMES:
        setattr(learner.user, found.kind, found.wanted)
        learner.user.save(update_fields=[found.kind])
    elif found.kind == RightKind.BIRTH_DATE:
        learner.date_of_birth = date.fromisoformat(found.wanted)
        learner.save(update_fields=["date_of_birth"])
    elif not answer.strip():
        raise Refusal("Dites à la personne ce qui a été fait.")
    return _settle(found, RightState.DONE, answer, acting_user, at)


@verb
def refuse_request(request, *, reason, acting_user, at=None):
    """Say no, and why: the person reads it, with where to complain."""
    if not reason.strip():
        raise Refusal("Un refus dit sa raison.")
    return _settle(_locked(request), RightState.REFUSED, reason, acting_user, at)


def _locked(request):
    found = RightRequest.objects.select_for_update(of=("self",)).select_related("learner__user").get(pk=request.pk)
    if not found.is_open:
        raise MoveRefused("Cette demande est déjà traitée.")
    return found


def _settle(request, state, answer, acting_user, at):
    request.state, request.answer = state, answer.strip()
    request.settled_at, request.settled_by = at or timezone.now(), acting_user
    request.save(update_fields=["state", "answer", "settled_at", "settled_by"])
    _tell(request, "right_settled")
    return request


def _tell(request, event):
    notify(request.learner.user, event=event, key=f"{event}:{request.pk}", context={"request": request})
