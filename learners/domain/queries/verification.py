"""The public check of a document: what is true of it, and nothing that tells who holds it."""

from dataclasses import dataclass
from datetime import date, datetime

from learners.enums import DocumentKind
from learners.models import Document


@dataclass(frozen=True)
class Verified:
    """Nature, initials, dates and validity: no name, no number, no training."""

    kind: str
    initials: str
    school_year: str
    issued_on: date
    revoked_at: datetime | None

    @property
    def is_valid(self):
        return self.revoked_at is None


def verify_document(code):
    """The issued document of this code (as stored), or None. One look-up by a unique index, the same for every miss."""
    document = Document.objects.issued().filter(code=code).first() if code else None
    if document is None:
        return None
    return Verified(
        kind=DocumentKind(document.kind).label,
        initials=document.data["initials"],
        school_year=document.data["school_year"],
        issued_on=date.fromisoformat(document.data["issued_on"]),
        revoked_at=document.revoked_at,
    )
