from crc.models.articles import Article, ArticleDraft, ArticleVote, SuggestionCount, UnansweredQuestion
from crc.models.calls import CallCount
from crc.models.escalations import Escalation
from crc.models.legal import Acknowledgement, Complaint, ComplaintCause, LegalClock
from crc.models.mail import Attachment, InboundMail, InboundRaw, Mailbox
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
    "Acknowledgement",
    "Article",
    "ArticleDraft",
    "ArticleVote",
    "Attachment",
    "CallCount",
    "ClosedDay",
    "Complaint",
    "ComplaintCause",
    "Escalation",
    "InboundMail",
    "InboundRaw",
    "LegalClock",
    "LogEntry",
    "Mailbox",
    "Message",
    "OpeningInterval",
    "RoutingDecision",
    "RoutingRule",
    "Service",
    "ServiceCalendar",
    "ServiceMembership",
    "SpecialOpening",
    "SuggestionCount",
    "Ticket",
    "Topic",
    "UnansweredQuestion",
]
