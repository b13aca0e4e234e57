"""What a routing rule would have done to past tickets, before it acts on new ones."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from cned_portal.common.text import words
from crc.domain.languages import language_of
from crc.domain.routing import rule_holds
from crc.models import Message, RoutingRule

TRIED = 1_000


@dataclass(frozen=True)
class Trial:
    """`caught` tickets among `tried`; `ended_in`: (service where they are today, how many), most first.

    `samples` are a few of those that today are in another service than the rule's.
    """

    tried: int
    caught: int
    agreeing: int
    ended_in: tuple
    samples: tuple


def try_rule(rule, tickets):
    """Try a rule, active or not, at its place among the active ones, on the newest of these tickets. Three queries."""
    first = Message.objects.filter(ticket=OuterRef("pk")).order_by("pk").values("body")[:1]
    rows = list(
        tickets.annotate(first_body=Subquery(first))
        .select_related("service", "topic", "training")
        .order_by("-received_at", "-pk")[:TRIED]
    )
    rules = [one for one in RoutingRule.objects.filter(is_active=True, service__is_active=True) if one.pk != rule.pk]
    before = [one for one in rules if one.position < rule.position]
    caught = [ticket for ticket in rows if _catches(rule, before, _facts(ticket))]
    ended_in = Counter(ticket.service.name for ticket in caught)
    elsewhere = [ticket for ticket in caught if ticket.service_id != rule.service_id]
    return Trial(
        tried=len(rows),
        caught=len(caught),
        agreeing=len(caught) - len(elsewhere),
        ended_in=tuple(ended_in.most_common()),
        samples=tuple(elsewhere[:20]),
    )


def _facts(ticket):
    """What rules look at. Tickets received before their language was kept have it read now."""
    text = f"{ticket.subject}\n{ticket.first_body or ''}"
    return {
        "public": ticket.public,
        "topic": ticket.topic,
        "training": ticket.training,
        "folded": " " + " ".join(words(text)),
        "language": ticket.language or language_of(text),
    }


def _catches(rule, before, facts):
    return _holds(rule, facts) and not any(_holds(one, facts) for one in before)


def _holds(rule, facts):
    """The mailbox of a past ticket is not on its row: a rule about a mailbox is tried on its other conditions."""
    return rule_holds(rule, **facts, mailbox=rule.mailbox)
