from crc.models.collaboration import (
    AnswerDraft,
    Follower,
    Mention,
    MessageOrigin,
    Tag,
    TicketLink,
    TicketSplit,
    TicketTag,
)
from crc.models.macros import Macro
from crc.models.routing import RoutingDecision, RoutingRule, Topic
from crc.models.services import (
    ClosedDay,
    OpeningInterval,
    Service,
    ServiceCalendar,
    ServiceMembership,
    SpecialOpening,
)
from crc.models.tickets import BODY_MAX_LENGTH, LogEntry, Message, Ticket

__all__ = [
    "BODY_MAX_LENGTH",
    "AnswerDraft",
    "ClosedDay",
    "Follower",
    "LogEntry",
    "Macro",
    "Mention",
    "Message",
    "MessageOrigin",
    "OpeningInterval",
    "RoutingDecision",
    "RoutingRule",
    "Service",
    "ServiceCalendar",
    "ServiceMembership",
    "SpecialOpening",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketSplit",
    "TicketTag",
    "Topic",
]
