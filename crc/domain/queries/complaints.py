"""The register of complaints, for the screen, the export and the quality file."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from crc.models import Complaint, Ticket

HEADER = (
    *("référence", "ouverte le", "canal", "public", "sujet", "formation", "porte sur", "service"),
    *("accusé de réception", "réponse le", "cause", "issue", "instruite le", "relue le", "mesure corrective"),
    *("amélioration", "close le"),
)
_brought: list[Callable] = []


@dataclass(frozen=True)
class FollowUps:
    """What an app above made of a complaint: lines of (text, address, state), and where to make more; empty if not."""

    title: str
    lines: list[tuple[str, str, str]]
    new_url: str = ""
    new_label: str = ""


def bring_follow_ups(find):
    """Add what an app above makes of complaints, in `AppConfig.ready`.

    `find(complaint, user)` gives the `FollowUps` that `user` may read, or None.
    """
    _brought.append(find)


def follow_ups(complaint, user):
    """What the apps above made of the complaint, for `user`."""
    return [found for find in _brought if (found := find(complaint, user)) is not None]


def register(user):
    """Complaints of the tickets that the person may read."""
    return Complaint.objects.filter(ticket__in=Ticket.objects.visible_to(user)).select_related(
        "ticket__topic", "ticket__service", "ticket__training", "about", "cause", "ticket__acknowledgement"
    )


def counts(complaints, cap):
    """(to instruct, to look at again, decided) among complaints, each up to `cap` + 1: the register only grows."""
    complaints = complaints.order_by().select_related(None)
    to_review = complaints.filter(~Q(outcome="") & Q(second_look_at=None))
    parts = complaints.filter(outcome=""), to_review, complaints.filter(second_look_at__isnull=False)
    return tuple(part[: cap + 1].count() for part in parts)


def register_rows(complaints):
    """Lines of the export, in the columns of `HEADER`; no name, no address."""
    for complaint in complaints.iterator(chunk_size=500):
        ticket = complaint.ticket
        acknowledgement = getattr(ticket, "acknowledgement", None)
        yield (
            *(ticket.reference, _day(complaint.opened_at), ticket.get_channel_display(), ticket.get_public_display()),
            *(ticket.topic.label, ticket.training.title if ticket.training else ""),
            *(complaint.about.reference if complaint.about else "", ticket.service.name),
            *(_day(acknowledgement.written_at) if acknowledgement else "", _day(ticket.first_answer_at)),
            *(complaint.cause.label if complaint.cause else "", complaint.get_outcome_display()),
            *(_day(complaint.decided_at), _day(complaint.second_look_at), complaint.corrective_action),
            *("oui" if complaint.needs_improvement else "non", _day(ticket.closed_at)),
        )


def _day(moment):
    return f"{moment:%d/%m/%Y}" if moment else ""
