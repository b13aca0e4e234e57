"""Who opened what of the learners' files."""

from django.utils import timezone

from cned_portal.users.enums import Role
from learners.models import FileAccess

OTHER_SERVICE = "Administration du portail"


def note_access(agent, learner_id, kind, *, page):
    """Note that a member of staff opened something of a learner's file; once a day for each, the database refuses more.

    `page` is the name of the page, never its address.
    """
    at = timezone.now()
    access = FileAccess(
        learner_id=learner_id,
        agent=agent,
        service=service_of(agent),
        kind=kind,
        page=page,
        day=timezone.localdate(at),
        at=at,
    )
    FileAccess.objects.bulk_create([access], ignore_conflicts=True)


def service_of(agent):
    """The role that a person holds now, as learners read it."""
    held = sorted(role.label for role in Role if role in agent.current_roles)
    return held[0] if held else OTHER_SERVICE


def services_that_opened(learner, *, most=100):
    """(service, day, what), the latest first: never who."""
    rows = FileAccess.objects.filter(learner=learner).order_by("-day", "service", "kind")
    return rows.values("service", "day", "kind").distinct()[:most]
