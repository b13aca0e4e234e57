import uuid

import pytest

from crc.domain.partners import renew_token
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
