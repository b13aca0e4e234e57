"""A fictitious partner, two requests it brought, and what was told of them. Its address does not exist."""

from datetime import timedelta

from django.utils import timezone

from crc.domain import webhooks
from crc.domain.partners import receive_partner_request, save_endpoint
from crc.domain.tickets import close_ticket
from crc.enums import Decision, DeliveryState, PartnerEvent, Public
from crc.models import Partner, Topic, WebhookDelivery, WebhookEndpoint

NAME = "Académie Exemple (fictive)"
ERROR = "nom introuvable"


def load():
    """Add what is missing; what is there already is left as it is. No token is made: an administrator makes it."""
    topic = Topic.objects.active().order_by("position", "code").first()
    partner, is_new = Partner.objects.get_or_create(
        name=NAME, defaults={"publics": [Public.STUDENT, Public.ADULT], "topic": topic}
    )
    if not is_new:
        return
    endpoint = save_endpoint(
        WebhookEndpoint(
            partner=partner, address="https://annonces.exemple.example/cned", subscriptions=PartnerEvent.values
        ),
        acting_user=None,
    )
    links = [
        receive_partner_request(
            partner,
            external_reference=f"EXEMPLE-{number}",
            public=Public.STUDENT,
            subject="Suivi d’une inscription",
            body="Bonjour, où en est l’inscription demandée par notre élève fictif ?",
            requester_name="Alix Fictif",
            requester_email=f"alix.fictif{number}@exemple.example",
            acting_user=None,
        )[0]
        for number in (1, 2)
    ]
    close_ticket(links[0].ticket, reason="Exemple", decision=Decision.MOOT, acting_user=None)
    webhooks.gather()
    told = WebhookDelivery.objects.filter(endpoint=endpoint)
    told.filter(reference=links[0].ticket.reference).update(
        state=DeliveryState.ABANDONED, attempts=14, error=ERROR, created_at=timezone.now() - timedelta(days=1)
    )
    told.filter(reference=links[1].ticket.reference).update(state=DeliveryState.SENT, sent_at=timezone.now())
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(is_active=False)
