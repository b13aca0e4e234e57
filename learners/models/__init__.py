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
from learners.models.enrolments import Enrolment
from learners.models.followup import (
    AttestedEnrolment,
    Contact,
    FollowUpAttestation,
    Signal,
    SignalRule,
    TutorAssignment,
)
from learners.models.guardians import Guardianship
from learners.models.organisations import Organisation, OrganisationMember
from learners.models.people import LearnerProfile
from learners.models.safeguarding import ReportAccess, ReportEntry, SafeguardingReport

__all__ = [
    "Activity",
    "AttestedEnrolment",
    "CalendarFeed",
    "Contact",
    "Copy",
    "CopyFile",
    "Correction",
    "CorrectionFile",
    "Devoir",
    "DevoirDate",
    "Document",
    "Enrolment",
    "EnrolmentProgress",
    "FollowUpAttestation",
    "Guardianship",
    "LearnerProfile",
    "Module",
    "ModuleProgress",
    "Organisation",
    "OrganisationMember",
    "ReportAccess",
    "ReportEntry",
    "SafeguardingReport",
    "Signal",
    "SignalRule",
    "TutorAssignment",
]
