"""Files that wait for the antivirus: read one row at a time, closed until something is known of them."""

import logging

from django.conf import settings
from django.db import transaction

from cned_portal.common.clients.clamd import ScanError, scan

logger = logging.getLogger(__name__)


def scan_waiting(waiting, *, settle, most, failed=None):
    """Have the antivirus read the `file` of the rows that wait, in their order; number of rows settled.

    Each row is locked alone, one that another worker holds is left to it. `settle(row, virus)` writes what was found,
    an empty text for nothing. A daemon that is away ends the visit after `failed(row)`: the file stays closed, is tried
    again, and is never opened for want of an answer.
    """
    settled = 0
    for pk in list(waiting.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            row = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            try:
                with row.file.open("rb") as file:
                    virus = scan(file.read(), address=settings.CLAMD_ADDRESS)
            except (ScanError, FileNotFoundError) as error:
                logger.error("%s %s could not be scanned", row._meta.label, pk, extra={"error": str(error)})
                if failed is not None:
                    failed(row)
                return settled
            if virus:
                logger.warning("infected file: %s %s", row._meta.label, pk)
            settle(row, virus)
            settled += 1
    return settled


def destroy_after_commit(stored):
    """Remove a stored file once the transaction that forgets it is done."""
    storage, name = stored.storage, stored.name
    transaction.on_commit(lambda: storage.delete(name))
