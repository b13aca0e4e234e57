from learners.models.admission import Admission, PositioningAdvice, PositioningQuestion, RequiredPiece
from learners.models.copies import Copy, CopyFile, Correction, CorrectionFile
from learners.models.courses import (
    Activity,
    CalendarFeed,
    Devoir,
    DevoirDate,
    EnrolmentProgress,
    Module,
    ModuleProgress,
)
from learners.models.documents import Document
from learners.models.duplicates import DuplicateCandidate, LearnerMerge
from learners.models.enrolments import Enrolment
from learners.models.files import EnrolmentDraft, EnrolmentFile, GuardianAgreement, Piece, Positioning, PriorLearning
from learners.models.followup import (
    AttestedEnrolment,
    Contact,
    FollowUpAttestation,
    Signal,
    SignalRule,
    TutorAssignment,
)
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
from learners.models.safeguarding import ReportAccess, ReportEntry, SafeguardingReport
from learners.models.seats import GroupEnrolment, GroupLine, Seat

__all__ = [
    "Accommodation",
    "AccountClosure",
    "Activity",
    "Address",
    "Admission",
    "Agreement",
    "AttestedEnrolment",
    "CalendarFeed",
    "Campaign",
    "CampaignRecipient",
    "ConsentEntry",
    "Contact",
    "Copy",
    "CopyFile",
    "Correction",
    "CorrectionFile",
    "DataExport",
    "Devoir",
    "DevoirDate",
    "Document",
    "DuplicateCandidate",
    "Enrolment",
    "EnrolmentDraft",
    "EnrolmentFile",
    "EnrolmentProgress",
    "FileAccess",
    "FollowUpAttestation",
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
    "Module",
    "ModuleProgress",
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
    "ReportAccess",
    "ReportEntry",
    "RequiredPiece",
    "RightRequest",
    "SafeguardingReport",
    "Seat",
    "Signal",
    "SignalRule",
    "TutorAssignment",
    "Voucher",
]
