import pytest

from cned_portal.common.outbox.enums import Delivery
from cned_portal.common.outbox.models import Mail


@pytest.fixture
def make_mail():
    """Make a row of the outbox: `make_mail(3, delivery=…)`."""

    def make(number=1, **fields):
        given = {"kind": "test", "delivery": Delivery.AT_LEAST_ONCE, **fields}
        return Mail.objects.create(
            **{
                "key": f"test:{number}",
                "to": f"camille{number}@exemple.example",
                "from_email": "Portail <reponse@cned.example>",
                "subject": "Réponse à votre demande",
                "text": "Bonjour, é",
                "html": "<p>Bonjour</p>",
                "message_id": f"<{number}@cned.example>",
                **given,
            }
        )

    return make
