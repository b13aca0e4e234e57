from learners.models.admission import Admission, PositioningAdvice, PositioningQuestion, RequiredPiece
from learners.models.documents import Document
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
from learners.models.organisations import Organisation, OrganisationMember
from learners.models.payments import FundingLine, Payment
from learners.models.people import LearnerProfile

__all__ = [
    "Admission",
    "Document",
    "Enrolment",
    "EnrolmentDraft",
    "EnrolmentFile",
    "FundingLine",
    "GuardianAgreement",
    "Guardianship",
    "LearnerProfile",
    "Organisation",
    "OrganisationMember",
    "Payment",
    "Piece",
    "Positioning",
    "PositioningAdvice",
    "PositioningQuestion",
    "PriorLearning",
    "RequiredPiece",
]
