import pytest

from cned_portal.common.outbox.enums import Delivery
from cned_portal.common.outbox.models import Mail
from tests.common.outbox.sink import SinkController


@pytest.fixture
def sink(settings):
    """A real SMTP server, and the outbox set to deliver to it."""
    controller = SinkController()
    controller.start()
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 5
    yield controller.sink
    controller.stop()


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
