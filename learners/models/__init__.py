from learners.models.documents import Document
from learners.models.enrolments import Enrolment
from learners.models.guardians import Guardianship
from learners.models.organisations import MemberInvitation, Organisation, OrganisationMember
from learners.models.people import LearnerProfile
from learners.models.quotes import Quote, QuoteDocument, QuoteLine, Voucher
from learners.models.relations import (
    Agreement,
    Campaign,
    CampaignRecipient,
    MailOptOut,
    OpenPoint,
    OrganisationContact,
    OrganisationFile,
)
from learners.models.seats import GroupEnrolment, GroupLine, Seat

__all__ = [
    "Agreement",
    "Campaign",
    "CampaignRecipient",
    "Document",
    "Enrolment",
    "GroupEnrolment",
    "GroupLine",
    "Guardianship",
    "LearnerProfile",
    "MailOptOut",
    "MemberInvitation",
    "OpenPoint",
    "Organisation",
    "OrganisationContact",
    "OrganisationFile",
    "OrganisationMember",
    "Quote",
    "QuoteDocument",
    "QuoteLine",
    "Seat",
    "Voucher",
]
