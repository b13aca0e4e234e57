"""Erasing one person at their request, and proving it without keeping who they are."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.verbs import verb
from crc.domain.privacy.anonymise import anonymise_ticket, erase_mails, erase_sent, erase_written_by, sent_about
from crc.domain.privacy.exports import erase_exports_of
from crc.domain.refusals import Refusal
from crc.enums import Kind, State
from crc.models import PersonErasure, RetentionRule, Ticket
from crc.models.privacy import COMPLAINT_DAYS


class OpenTickets(Refusal):
    """Something of the person is still open: nothing was erased."""

    def __init__(self, references):
        self.references = references
        super().__init__(
            f"Des demandes sont encore ouvertes : {', '.join(references)}. Closez-les d’abord, ou dites pourquoi "
            "effacer le reste sans attendre."
        )


@dataclass(frozen=True)
class Erased:
    """What was done, and what the law or an open ticket keeps."""

    erasure: PersonErasure
    tickets: list[str] = field(default_factory=list)
    kept_open: list[str] = field(default_factory=list)
    kept_complaints: list[str] = field(default_factory=list)


@verb
def erase_person(person, *, acting_user, reason=""):
    """Anonymise the closed tickets of a person, and empty the mails exchanged with them; what was done.

    Raises OpenTickets while one is open, unless a `reason` says why the rest is erased at once: the open ones stay as
    they are. Complaints stay for five years. Raises Refusal while a mail to them is leaving. All of it or nothing.
    """
    tickets = list(person.tickets().select_for_update(of=("self",)).order_by("pk"))
    elsewhere = person.written_elsewhere()
    opened = [ticket for ticket in tickets if ticket.state != State.CLOSED]
    others = Ticket.objects.filter(pk__in=elsewhere.values("ticket").order_by()).exclude(state=State.CLOSED)
    kept_open = [*(ticket.reference for ticket in opened), *others.values_list("reference", flat=True)]
    if kept_open and not reason.strip():
        raise OpenTickets(kept_open)
    kept_since = timezone.now() - timedelta(days=_complaint_days())
    closed_complaints = [ticket for ticket in tickets if ticket.kind == Kind.COMPLAINT and ticket.closed_at]
    complaints = [ticket for ticket in closed_complaints if ticket.closed_at >= kept_since]
    kept = [*opened, *complaints]
    kept_keys = {ticket.pk for ticket in kept}
    if person.email and person.sent().filter(state=MailState.SENDING).exists():
        raise Refusal("Un courriel part vers cette personne en ce moment : recommencez dans quelques minutes.")
    done = []
    for ticket in tickets:
        if ticket.pk in kept_keys:
            continue
        if not anonymise_ticket(ticket.pk, acting_user=acting_user):
            raise Refusal("Un courriel d’une demande part en ce moment : recommencez dans quelques minutes.")
        done.append(ticket.reference)
    mails = sent = 0
    if person.email:
        erase_written_by(elsewhere.filter(ticket__state=State.CLOSED), acting_user=acting_user)
        mails = erase_mails(person.mails().exclude(ticket__in=kept_keys).exclude(ticket__in=others))
        outgoing = person.sent()
        for ticket in kept:
            outgoing = outgoing.exclude(pk__in=sent_about(ticket).values("pk"))
        sent = erase_sent(list(outgoing.values_list("pk", flat=True)))
    erase_exports_of(person)
    erasure = PersonErasure.objects.create(
        person=person.hash,
        acting_user=acting_user,
        reason=reason.strip(),
        tickets=len(done),
        mails=mails,
        sent=sent,
        kept_open=len(kept_open),
        kept_complaints=len(complaints),
    )
    return Erased(erasure, done, kept_open, [ticket.reference for ticket in complaints])


def _complaint_days():
    """Never less than the law, whatever the rule says or when there is none."""
    rule = RetentionRule.objects.filter(subject=Kind.COMPLAINT).first()
    return max(COMPLAINT_DAYS, rule.days if rule else 0)
