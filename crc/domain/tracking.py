"""The link by which a requester follows a request without an account.

The token is the access: it names the ticket, the generation of its links and the day it was made, under a signature.
It ends after `TRACKING_DAYS`, or at once when the ticket's generation grows. Nothing personal is in it.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from crc.models import Ticket
from crc.validators import is_reference

TRACKING_DAYS = 180
TOKEN_MAX_LENGTH = 120
_SALT = "crc.tracking"


def _signer():
    return signing.TimestampSigner(salt=_SALT, sep=".")


def tracking_token(ticket):
    """A new token for the ticket, valid for `TRACKING_DAYS`."""
    return _signer().sign(f"{ticket.reference}-{ticket.tracking_generation}")


def tracking_url(ticket):
    """Absolute address of the tracking page, for mails."""
    return settings.SITE_URL + reverse("crc:tracking", args=[tracking_token(ticket)])


def find_tracked(token):
    """The ticket that a token opens, or None when it is forged, too old or revoked. One query at most."""
    if len(token) > TOKEN_MAX_LENGTH:
        return None
    try:
        value = _signer().unsign(token, max_age=timedelta(days=TRACKING_DAYS))
    except signing.BadSignature:
        return None
    reference, _, generation = value.rpartition("-")
    if not is_reference(reference) or not generation.isdecimal():
        return None
    return (
        Ticket.objects.select_related("service", "topic", "training")
        .filter(reference=reference, tracking_generation=int(generation))
        .first()
    )
