import uuid

import pytest

from crc.domain.partners import receive_partner_request, renew_token
from crc.enums import Public
from crc.models import Partner
from tests.crc.factories import TopicFactory, fallback_service


@pytest.fixture
def partner(db):
    fallback_service()
    return make_partner("Académie Fictive")


def make_partner(name, **fields):
    """A partner, with its token as `token`."""
    values = {"publics": [Public.STUDENT, Public.ADULT], "rate": 600, **fields}
    row = Partner.objects.create(name=name, topic=TopicFactory(), **values)
    row.token = renew_token(row, acting_user=None)
    return row


def bearer(partner, key=None):
    """Headers of a call of the partner."""
    return {"authorization": f"Bearer {partner.token}", "idempotency-key": key or str(uuid.uuid4())}


def bring(partner, number=1):
    """A request that the partner brought."""
    link, _ = receive_partner_request(
        partner,
        external_reference=f"D-{number}",
        public=Public.STUDENT,
        subject="Objet discret",
        body="Texte discret",
        requester_name="Alix Exemple",
        requester_email="alix@exemple.example",
        acting_user=None,
    )
    return link.ticket
