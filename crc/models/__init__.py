from crc.models.articles import Article, ArticleDraft, ArticleVote, SuggestionCount, UnansweredQuestion
from crc.models.mail import Attachment, InboundMail, InboundRaw, Mailbox
from crc.models.partners import IdempotentCall, Partner, PartnerTicket, WebhookDelivery, WebhookEndpoint
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
    "Article",
    "ArticleDraft",
    "ArticleVote",
    "Attachment",
    "ClosedDay",
    "IdempotentCall",
    "InboundMail",
    "InboundRaw",
    "LogEntry",
    "Mailbox",
    "Message",
    "OpeningInterval",
    "Partner",
    "PartnerTicket",
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
    "WebhookDelivery",
    "WebhookEndpoint",
]
