"""A promise about to pass, or passed: the agent, then the supervisor, then the requester are told, once each.

Only the portal calls these verbs, from a periodic task. Each one claims the ticket under a lock with its condition in
the query: a second run, or a second worker at the same moment, finds nothing to do.
"""

import logging
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from cned_portal.common.verbs import verb
from crc.domain.deadlines import promised_at
from crc.domain.tickets import log_event, mail_requester
from crc.enums import EscalationStep, Event
from crc.models import Escalation, Service, Ticket

logger = logging.getLogger(__name__)

SOON_MINUTES = 4 * 60  # business minutes before the promise at which its agent is told
LAST_MINUTES = 60  # and at which the requester is
FORGIVEN = timedelta(days=1)  # a promise older than this was missed long ago: a mail today would say nothing true
MOST_NEW_DATES = 3  # beyond, one more date is not information
BATCH = 1_000
POSTPONED_MAIL = "crc/email/promise_postponed"
_MAIL_KEY = "crc.promise_postponed:"


def escalate_tickets(*, now=None):
    """Take every step that is due; returns how many were taken of each kind. Run again, it takes none."""
    now = now or timezone.now()
    soon = Ticket.objects.to_answer().filter(_due_before(_horizons(now, SOON_MINUTES)), due_at__gte=now)
    late = Ticket.objects.past_promise(now)
    last = Ticket.objects.to_answer().filter(_due_before(_horizons(now, LAST_MINUTES)), due_at__gte=now - FORGIVEN)
    new_dates = Count("log", filter=Q(log__event=Event.POSTPONED))
    last = last.alias(new_dates=new_dates).filter(new_dates__lt=MOST_NEW_DATES)
    return {
        "soon": _take(escalate, _without(soon, EscalationStep.SOON), step=EscalationStep.SOON, at=now),
        "late": _take(escalate, _without(late, EscalationStep.LATE), step=EscalationStep.LATE, at=now),
        "postponed": _take(postpone_promise, last, at=now),
    }


def _take(act, tickets, **kwargs):
    """Act on each ticket, the most pressing first; one that fails is said in the log and does not stop the others."""
    taken = 0
    for pk in tickets.order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH]:
        try:
            taken += act(pk, acting_user=None, **kwargs)
        except Exception:
            logger.exception("ticket %s: %s failed", pk, act.__name__)
    return taken


@verb
def escalate(pk, *, step, acting_user, at=None):
    """Take a step for the answer that a ticket is owed; False when it was taken already, or is not owed any more.

    The ticket itself does not change, so an answer being written is not sent back to its author.
    """
    ticket = Ticket.objects.to_answer().select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if ticket is None:
        return False
    _, is_new = Escalation.objects.get_or_create(ticket=ticket, step=step, defaults={"at": at or timezone.now()})
    if is_new and step == EscalationStep.LATE:
        log_event(ticket, Event.ESCALATED, actor=None, at=at)
    return is_new


@verb
def postpone_promise(pk, *, acting_user, at=None):
    """Promise the requester a new date before the one they were given passes, and tell them; True when done.

    `first_due_at`, by which the desk is judged, stays.
    """
    at = at or timezone.now()
    ticket = (
        Ticket.objects.to_answer()
        .filter(pk=pk)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("service__calendar", "topic")
        .first()
    )
    if ticket is None or not at - FORGIVEN <= ticket.due_at < promised_at(ticket.service, LAST_MINUTES, since=at):
        return False
    if ticket.log.filter(event=Event.POSTPONED).count() >= MOST_NEW_DATES:
        return False
    missed = ticket.due_at
    ticket.due_at = promised_at(ticket.service, ticket.topic.first_answer_minutes, since=max(at, missed))
    # Not a new version: the agent who is writing the answer at this minute must be able to send it.
    ticket.save(update_fields=["due_at"])
    detail = f"{_in_words(ticket.due_at)}, au lieu du {_in_words(missed)}"
    log_event(ticket, Event.POSTPONED, actor=None, at=at, detail=detail)
    mail_requester(ticket, "promise_postponed", f"{ticket.pk}:{missed:%Y%m%dT%H%M%S}", missed=missed)
    return True


def still_wanted(keys):
    """Of the mails of these keys, those whose ticket still waits for an answer: the others would tell of no delay."""
    tickets = {key: int(key.removeprefix(_MAIL_KEY).partition(":")[0]) for key in keys}
    waiting = set(Ticket.objects.to_answer().filter(pk__in=tickets.values()).values_list("pk", flat=True))
    return {key for key, pk in tickets.items() if pk in waiting}


def _horizons(now, minutes):
    """{instant: services for which that many business minutes end then}."""
    horizons = {}
    for service in Service.objects.select_related("calendar"):
        horizons.setdefault(promised_at(service, minutes, since=now), []).append(service.pk)
    return horizons


def _due_before(horizons):
    condition = Q(pk__in=[])
    for instant, services in horizons.items():
        condition |= Q(service__in=services, due_at__lt=instant)
    return condition


def _without(tickets, step):
    return tickets.filter(~Exists(Escalation.objects.filter(ticket=OuterRef("pk"), step=step)))


def _in_words(moment):
    return date_format(timezone.localtime(moment), "d/m/Y à H:i")
