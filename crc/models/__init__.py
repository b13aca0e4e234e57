from crc.models.calls import CallCount
from crc.models.escalations import Escalation
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
    "CallCount",
    "ClosedDay",
    "Escalation",
    "LogEntry",
    "Message",
    "OpeningInterval",
    "RoutingDecision",
    "RoutingRule",
    "Service",
    "ServiceCalendar",
    "ServiceMembership",
    "SpecialOpening",
    "Ticket",
    "Topic",
]
