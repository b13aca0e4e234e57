from learners.models.admission import Admission, PositioningAdvice, PositioningQuestion, RequiredPiece
from learners.models.documents import Document
from learners.models.duplicates import DuplicateCandidate, LearnerMerge
from learners.models.enrolments import Enrolment
from learners.models.files import (
    EnrolmentDraft,
    EnrolmentFile,
    GuardianAgreement,
    Piece,
    Positioning,
    PriorLearning,
)
from learners.models.guardians import Guardianship
from learners.models.notifications import NotificationChoice, PushDevice, PushMessage, QuietHours
from learners.models.organisations import Organisation, OrganisationMember
from learners.models.payments import FundingLine, Payment
from learners.models.people import LearnerProfile
from learners.models.profile import Accommodation, Address, ConsentEntry
from learners.models.rights import (
    AccountClosure,
    DataExport,
    FileAccess,
    LearnerRetentionRule,
    LearnerRetentionRun,
    RightRequest,
)

__all__ = [
    "Accommodation",
    "AccountClosure",
    "Address",
    "Admission",
    "ConsentEntry",
    "DataExport",
    "Document",
    "DuplicateCandidate",
    "Enrolment",
    "EnrolmentDraft",
    "EnrolmentFile",
    "FileAccess",
    "FundingLine",
    "GuardianAgreement",
    "Guardianship",
    "LearnerMerge",
    "LearnerProfile",
    "LearnerRetentionRule",
    "LearnerRetentionRun",
    "NotificationChoice",
    "Organisation",
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
    "RequiredPiece",
    "RightRequest",
]
