from crc.models.articles import Article, ArticleDraft, ArticleVote, SuggestionCount, UnansweredQuestion
from crc.models.calls import CallCount
from crc.models.collaboration import (
    AnswerDraft,
    Follower,
    Mention,
    MergedPromise,
    MessageOrigin,
    Tag,
    TicketLink,
    TicketSplit,
    TicketTag,
)
from crc.models.escalations import Escalation
from crc.models.filters import SavedFilter
from crc.models.legal import Acknowledgement, Complaint, ComplaintCause, LegalClock
from crc.models.macros import Macro
from crc.models.mail import Attachment, InboundMail, InboundRaw, Mailbox
from crc.models.partners import Partner, PartnerTicket, WebhookDelivery, WebhookEndpoint
from crc.models.privacy import AccessLog, PersonErasure, PersonExport, RetentionRule, RetentionRun
from crc.models.routing import RoutingDecision, RoutingRule, Topic
from crc.models.search import TicketWords
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
    "AccessLog",
    "Acknowledgement",
    "AnswerDraft",
    "Article",
    "ArticleDraft",
    "ArticleVote",
    "Attachment",
    "CallCount",
    "ClosedDay",
    "Complaint",
    "ComplaintCause",
    "Escalation",
    "Follower",
    "InboundMail",
    "InboundRaw",
    "LegalClock",
    "LogEntry",
    "Macro",
    "Mailbox",
    "Mention",
    "MergedPromise",
    "Message",
    "MessageOrigin",
    "OpeningInterval",
    "Partner",
    "PartnerTicket",
    "PersonErasure",
    "PersonExport",
    "RetentionRule",
    "RetentionRun",
    "RoutingDecision",
    "RoutingRule",
    "SavedFilter",
    "Service",
    "ServiceCalendar",
    "ServiceMembership",
    "SpecialOpening",
    "SuggestionCount",
    "Tag",
    "Ticket",
    "TicketLink",
    "TicketSplit",
    "TicketTag",
    "TicketWords",
    "Topic",
    "UnansweredQuestion",
    "WebhookDelivery",
    "WebhookEndpoint",
]
