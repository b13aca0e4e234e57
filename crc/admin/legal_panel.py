"""What the ticket page shows of the law."""

from crc.domain import access, complaints
from crc.domain.queries.complaints import follow_ups
from crc.enums import State
from crc.forms.legal import DecisionForm, InstructForm, PiecesForm, RequalifyForm, ResumeForm, ReviewForm


def legal_panel(user, ticket, *, last_seen, bound):
    """What the ticket page shows of the law: clock, acknowledgement, complaint, and the forms that one may send."""
    clock = getattr(ticket, "legal_clock", None)
    complaint = getattr(ticket, "complaint", None)
    works = access.can_answer_ticket(user, ticket)
    undecided = clock is not None and clock.decided_at is None
    hidden = {"version": ticket.version, "last_seen": last_seen}
    offered = {
        "requalify": (access.can_close_ticket(user, ticket), lambda: RequalifyForm(initial={"kind": ticket.kind})),
        "pieces": (
            works and undecided and clock.is_running and not clock.has_elapsed,
            lambda: PiecesForm(initial=hidden),
        ),
        "decision": (
            works and undecided and clock.is_running and (complaint is None or complaint.is_reviewed),
            lambda: DecisionForm(initial=hidden),
        ),
        "resume": (
            clock is not None
            and clock.may_resume
            and ticket.state != State.CLOSED
            and access.can_close_ticket(user, ticket),
            ResumeForm,
        ),
        "instruct": (
            complaint is not None and not complaint.is_reviewed and access.can_decide_complaint(user, ticket),
            lambda: InstructForm(initial=_instructed(complaint)),
        ),
        "review": (
            complaint is not None
            and complaint.is_decided
            and not complaint.is_reviewed
            and access.can_review_complaint(user, ticket)
            and complaints.may_review(user, complaint),
            ReviewForm,
        ),
    }
    return {
        "clock": clock,
        "complaint": complaint,
        "follow_ups": follow_ups(complaint, user) if complaint is not None else [],
        "acknowledgement": getattr(ticket, "acknowledgement", None),
        "forms": {name: bound.get(name) or make() for name, (allowed, make) in offered.items() if allowed},
        "waits_for_pieces": works and undecided and clock.pieces_asked_on is not None,
    }


def _instructed(complaint):
    names = ("cause", "outcome", "findings", "corrective_action", "needs_improvement")
    return {name: getattr(complaint, name) for name in names}
