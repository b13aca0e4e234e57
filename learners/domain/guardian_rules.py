"""What the guardian of a minor sees. The only place that says it; `docs/donnees-personnelles.md` shows the same table.

Whatever a minor confides of themselves to the institution stays theirs: no rule can open it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    ENROLMENTS = "Inscriptions et avancement"
    DOCUMENTS = "Documents délivrés"
    EXAMS = "Inscriptions au baccalauréat et résultats"
    PROFILE = "Situation, téléphone, adresses, aménagements"
    CONSENTS = "Consentements, à donner avec le mineur"
    REQUESTS = "Demandes au centre de relation clients"
    VIOLENCE = "Signalements de violences"
    RIGHTS = "Demandes sur ses données, consultations de son dossier"


@dataclass(frozen=True)
class Rule:
    """Seen by a guardian who signs, before 15 and from 15 to 17, then by another adult whom the minor trusts."""

    under_15: bool
    from_15: bool
    other_adult: bool


RULES = {
    Subject.ENROLMENTS: Rule(under_15=True, from_15=True, other_adult=True),
    Subject.DOCUMENTS: Rule(under_15=True, from_15=True, other_adult=False),
    Subject.EXAMS: Rule(under_15=True, from_15=True, other_adult=False),
    Subject.PROFILE: Rule(under_15=True, from_15=False, other_adult=False),
    Subject.CONSENTS: Rule(under_15=True, from_15=False, other_adult=False),
    Subject.REQUESTS: Rule(under_15=False, from_15=False, other_adult=False),
    Subject.VIOLENCE: Rule(under_15=False, from_15=False, other_adult=False),
    Subject.RIGHTS: Rule(under_15=False, from_15=False, other_adult=False),
}


def sees(guardianship, subject):
    """Whether this adult sees it of this minor today; an unknown age is taken for 15 or more, which shows less."""
    rule = RULES[subject]
    if not guardianship.signs:
        return rule.other_adult
    return rule.under_15 if guardianship.learner.is_under_digital_majority else rule.from_15


def seen_by(guardianship):
    return [subject for subject in RULES if sees(guardianship, subject)]
