"""Filters of the queue: one that an agent keeps, one that the supervisor shares."""

from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain.filters import change_filter, save_filter
from crc.domain.queries.queue import LATE, TO_ANSWER, QueueFilter
from crc.models import SavedFilter, Service


def load():
    """Add what is missing; what is there already is left as it is."""
    if SavedFilter.objects.exists():
        return
    agent, supervisor = (User.objects.get(email=STAFF[role][0]) for role in (Role.CRC_AGENT, Role.CRC_SUPERVISOR))
    _save(agent, "Urgentes à moi", state=TO_ANSWER, mine=True, tag="urgent")
    service = Service.objects.get(code="crc")
    shared = _save(supervisor, "En retard au CRC", state=LATE, service=service.code)
    change_filter(shared, name=shared.name, shared_with=service, acting_user=supervisor)


def _save(person, name, **choices):
    chosen = QueueFilter(**{"service": "", "mine": False, "unread": False, "query": "", **choices})
    return save_filter(name=name, chosen=chosen, acting_user=person)
