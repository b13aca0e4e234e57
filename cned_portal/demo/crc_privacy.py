"""Durations of the demonstration, a file made for a fictitious person, and a few accesses to a restricted service."""

from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain.privacy.access_log import record_access
from crc.domain.privacy.exports import export_person, make_export
from crc.domain.privacy.people import find_person
from crc.domain.privacy.rules import load_retention_rules
from crc.enums import AccessKind
from crc.models import AccessLog, PersonExport, ServiceMembership, Ticket

PERSON = "alix.modele@exemple.example"
SHOWN = 5


def load():
    """Add what is missing; what is there already is left as it is."""
    load_retention_rules()
    if not PersonExport.objects.exists():
        officer = User.objects.filter(email=STAFF[Role.ADMINISTRATOR][0]).first()
        make_export(export_person(find_person(email=PERSON), acting_user=officer).pk)
    if not AccessLog.objects.exists():
        members = ServiceMembership.objects.filter(service__is_restricted=True).select_related("user")
        for member in members.order_by("pk")[:1]:
            tickets = Ticket.objects.filter(service=member.service_id).select_related("service")
            for ticket in tickets.order_by("pk")[:SHOWN]:
                record_access(member.user, ticket, AccessKind.TICKET)
