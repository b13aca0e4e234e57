from learners.models.documents import Document
from learners.models.enrolments import Enrolment
from learners.models.guardians import Guardianship
from learners.models.notifications import NotificationChoice, PushDevice, PushMessage, QuietHours
from learners.models.organisations import Organisation, OrganisationMember
from learners.models.people import LearnerProfile

__all__ = [
    "Document",
    "Enrolment",
    "Guardianship",
    "LearnerProfile",
    "NotificationChoice",
    "Organisation",
    "OrganisationMember",
    "PushDevice",
    "PushMessage",
    "QuietHours",
]
