"""A desk with a mailbox, and mails as their bytes."""

import pytest

from cned_portal.users.enums import Role
from crc.enums import Public
from crc.models import Mailbox
from tests.crc.factories import ServiceFactory, TopicFactory

NOBODY = "Camille Exemple <camille@exemple.example>"


@pytest.fixture
def agent(staff):
    return staff(Role.CRC_AGENT)


@pytest.fixture
def service(db, agent):
    return ServiceFactory(fallback=True, members=[agent])


@pytest.fixture
def mailbox(service):
    topic = TopicFactory(code="courriel", label="Courriel")
    return Mailbox.objects.create(code="contact", address="contact@cned.example", public=Public.ADULT, topic=topic)


def raw_mail(
    text="Bonjour,\nquand rendre le premier devoir ?",
    *,
    sender=NOBODY,
    subject="Mon premier devoir",
    message_id="<1@exemple.example>",
    **headers,
):
    """Bytes of a plain mail; `headers` by name, with underscores for hyphens."""
    lines = [f"From: {sender}", "To: contact@cned.example", f"Subject: {subject}"]
    if message_id:
        lines.append(f"Message-ID: {message_id}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["Content-Type: text/plain; charset=utf-8", "", text]
    return "\r\n".join(lines).encode()
