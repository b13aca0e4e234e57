"""Verbs of the register of complaints: « ce n’est pas satisfaisant », what is found, the look of another person."""

from django.db.models import Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.refusals import Refusal
from crc.domain.tickets import locked_ticket, log_event, receive_request
from crc.enums import ComplaintOutcome, Direction, Event, Kind, State
from crc.models import Complaint, Topic

SUBJECT = "Réclamation sur la demande"


@verb
def complain(ticket, *, body, acting_user=None, submission_key=None, files=(), at=None):
    """« Ce n’est pas satisfaisant » : a complaint about the ticket, filled in with what is known of it.

    While a complaint about it is open, it is given back: two steps make one complaint. `acting_user` is the requester's
    account, when it is from there that they complain.
    """
    ticket = locked_ticket(ticket)
    if ticket.kind == Kind.COMPLAINT:
        raise Refusal("Cette demande est déjà une réclamation.")
    known = Complaint.objects.filter(about=ticket).exclude(ticket__state=State.CLOSED).select_related("ticket").first()
    if known is not None:
        return known.ticket
    topics = Topic.objects.active().filter(kind=Kind.COMPLAINT)
    return receive_request(
        public=ticket.public,
        topic=topics.filter(publics__contains=[ticket.public]).order_by("position").first() or ticket.topic,
        kind=Kind.COMPLAINT,
        training=ticket.training,
        subject=f"{SUBJECT} {ticket.reference}",
        body=body,
        requester=ticket.requester or acting_user,
        requester_name=ticket.requester_name,
        requester_email=ticket.requester_email,
        requester_phone=ticket.requester_phone,
        follows=ticket,
        files=files,
        submission_key=submission_key,
        acting_user=acting_user,
        at=at,
    )


@verb
def instruct_complaint(
    ticket, *, cause, outcome, findings, acting_user, corrective_action="", needs_improvement=False, at=None
):
    """Write what was found and the outcome proposed. A first instruction that was sent back is written again."""
    complaint = _complaint(ticket)
    if complaint.is_reviewed:
        raise Refusal("Cette réclamation est déjà relue.")
    complaint.cause, complaint.outcome, complaint.findings = cause, outcome, findings
    complaint.corrective_action, complaint.needs_improvement = corrective_action, needs_improvement
    complaint.decided_by, complaint.decided_at = acting_user, at or timezone.now()
    complaint.save()
    log_event(ticket, Event.INSTRUCTED, actor=acting_user, at=at, detail=ComplaintOutcome(outcome).label)
    return complaint


@verb
def review_complaint(ticket, *, agrees, acting_user, comment="", at=None):
    """The second look, by someone who neither instructed the complaint nor answered the request it is about.

    Who does not agree sends it back: the outcome is to be found again.
    """
    complaint = _complaint(ticket)
    if not complaint.is_decided or complaint.is_reviewed:
        raise Refusal("Il n’y a pas d’instruction à relire.")
    if not may_review(acting_user, complaint):
        raise Refusal("La relecture est faite par une personne qui n’a ni instruit, ni répondu.")
    at = at or timezone.now()
    if agrees:
        complaint.second_look_by, complaint.second_look_at = acting_user, at
    else:
        complaint.outcome, complaint.decided_by, complaint.decided_at = "", None, None
    complaint.save()
    detail = "Accord" if agrees else f"À reprendre : {comment}"
    log_event(ticket, Event.REVIEWED, actor=acting_user, at=at, detail=detail[:300])
    return complaint


def may_review(user, complaint):
    """Whether the person is another one than those who already had a part in it."""
    if user.pk == complaint.decided_by_id:
        return False
    wrote = Q(ticket=complaint.about_id, direction=Direction.OUT) if complaint.about_id else Q(pk=None)
    return not complaint.ticket.messages.model.objects.filter(wrote, author=user).exists()


def _complaint(ticket):
    complaint = Complaint.objects.select_for_update(of=("self",)).filter(ticket=ticket).first()
    if complaint is None:
        raise Refusal("Cette demande n’est pas une réclamation.")
    return complaint
