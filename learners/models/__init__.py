from learners.models.admission import Admission, PositioningAdvice, PositioningQuestion, RequiredPiece
from learners.models.documents import Document
from learners.models.duplicates import DuplicateCandidate, LearnerMerge
from learners.models.enrolments import Enrolment
from learners.models.files import EnrolmentDraft, EnrolmentFile, GuardianAgreement, Piece, Positioning, PriorLearning
from learners.models.guardians import Guardianship
from learners.models.notifications import NotificationChoice, PushDevice, PushMessage, QuietHours
from learners.models.organisations import MemberInvitation, Organisation, OrganisationMember
from learners.models.payments import FundingLine, Payment
from learners.models.people import LearnerProfile
from learners.models.profile import Accommodation, Address, ConsentEntry
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
from learners.models.rights import (
    AccountClosure,
    DataExport,
    FileAccess,
    LearnerRetentionRule,
    LearnerRetentionRun,
    RightRequest,
)
from learners.models.seats import GroupEnrolment, GroupLine, Seat

__all__ = [
    "Accommodation",
    "AccountClosure",
    "Address",
    "Admission",
    "Agreement",
    "Campaign",
    "CampaignRecipient",
    "ConsentEntry",
    "DataExport",
    "Document",
    "DuplicateCandidate",
    "Enrolment",
    "EnrolmentDraft",
    "EnrolmentFile",
    "FileAccess",
    "FundingLine",
    "GroupEnrolment",
    "GroupLine",
    "GuardianAgreement",
    "Guardianship",
    "LearnerMerge",
    "LearnerProfile",
    "LearnerRetentionRule",
    "LearnerRetentionRun",
    "MailOptOut",
    "MemberInvitation",
    "NotificationChoice",
    "OpenPoint",
    "Organisation",
    "OrganisationContact",
    "OrganisationFile",
    "OrganisationMember",
    "Payment",
    "Piece",
    "Positioning",
    "PositioningAdvice",
    "PositioningQuestion",
    "PriorLearning",
    "PushDevice",
    "PushMessage",
    "QuietHours",
    "Quote",
    "QuoteDocument",
    "QuoteLine",
    "RequiredPiece",
    "RightRequest",
    "Seat",
    "Voucher",
]
