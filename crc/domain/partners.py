"""Partners: their token, the requests they bring, the addresses at which they are told of them."""

import hashlib
import secrets
import uuid

from django.utils.crypto import constant_time_compare

from cned_portal.common.verbs import verb
from crc.domain.tickets import receive_request
from crc.enums import Channel
from crc.models import LogEntry, Partner, PartnerTicket, WebhookEndpoint

TOKEN_MAX_LENGTH = 120
_NAMESPACE = uuid.UUID("5b0f3c62-93b8-4e0f-8f2c-4f6f1b7c9a10")


@verb
def renew_token(partner, *, acting_user):
    """Give the partner a new token and end the former one; the token, which is nowhere else."""
    prefix = secrets.token_hex(6)
    token = f"cned_{prefix}_{secrets.token_urlsafe(32)}"
    partner.token_prefix, partner.token_sha256 = prefix, _digest(token)
    partner.save(update_fields=["token_prefix", "token_sha256"])
    return token


def find_partner(token):
    """The partner, active or not, whose token this is, or None. The comparison tells nothing by its duration."""
    parts = token.split("_", 2)
    if len(token) > TOKEN_MAX_LENGTH or not token.isascii() or len(parts) != 3 or not parts[1].isalnum():
        return None
    partner = Partner.objects.select_related("topic").filter(token_prefix=parts[1]).first()
    kept = partner.token_sha256 if partner else _digest("")
    return partner if constant_time_compare(_digest(token), kept) and partner else None


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


@verb
def receive_partner_request(
    partner, *, external_reference, public, subject, body, requester_name, requester_email, acting_user
):
    """(request of this partner, whether it is new). The partner's reference makes it: sent again, it is the same."""
    known = PartnerTicket.objects.filter(partner=partner, external_reference=external_reference).first()
    if known is not None:
        return known, False
    ticket = receive_request(
        public=public,
        topic=partner.topic,
        subject=subject,
        body=body,
        requester_name=requester_name,
        requester_email=requester_email,
        channel=Channel.API,
        submission_key=uuid.uuid5(_NAMESPACE, f"{partner.pk}:{external_reference}"),
        acting_user=acting_user,
    )
    return PartnerTicket.objects.get_or_create(
        partner=partner, external_reference=external_reference, defaults={"ticket": ticket}
    )


@verb
def save_endpoint(endpoint, *, acting_user):
    """Write an endpoint. New or active again, it is told of what happens from now on, not of the past."""
    former = WebhookEndpoint.objects.filter(pk=endpoint.pk).first()
    if endpoint.is_active and (former is None or not former.is_active):
        endpoint.cursor = endpoint.next_cursor = (
            LogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        )
    endpoint.save()
    return endpoint
