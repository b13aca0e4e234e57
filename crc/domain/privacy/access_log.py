"""Who opened what of the tickets of restricted services."""

from django.utils import timezone

from crc.models import AccessLog

SLOT = 600  # seconds


def record_access(user, ticket, kind):
    """Note that a member of staff opened something of a ticket, when its service is restricted.

    Once in ten minutes: the database refuses the second line, whoever comes at the same moment.
    """
    if ticket.service.is_restricted:
        record_accesses(user, [ticket.pk], kind)


def record_accesses(user, tickets, kind):
    """The same for keys of tickets that are known to be restricted, in one statement."""
    at = timezone.now()
    slot = int(at.timestamp()) // SLOT
    AccessLog.objects.bulk_create(
        [AccessLog(ticket_id=pk, user=user, kind=kind, at=at, slot=slot) for pk in tickets], ignore_conflicts=True
    )
