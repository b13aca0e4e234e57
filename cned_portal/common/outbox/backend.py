"""Django's mail backend: what Django or a library sends becomes a row of the outbox, like everything else."""

import uuid

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from cned_portal.common.outbox.domain.queue import nudge
from cned_portal.common.outbox.enums import Priority
from cned_portal.common.outbox.models import Mail


class OutboxBackend(BaseEmailBackend):
    def send_messages(self, messages):
        """Queue each message for each of its recipients; number of messages taken."""
        for message in messages:
            html = next((body for body, kind in getattr(message, "alternatives", []) if kind == "text/html"), "")
            for recipient in message.recipients():
                identifier = uuid.uuid4().hex
                Mail.objects.create(
                    key=f"django:{identifier}",
                    kind="django",
                    to=recipient,
                    from_email=message.from_email,
                    subject=" ".join(message.subject.split())[:200],
                    text=message.body,
                    html=html,
                    headers=dict(message.extra_headers),
                    message_id=f"<{identifier}@{settings.SITE_URL.split('//')[-1].split(':')[0]}>",
                    priority=Priority.HIGH,
                )
        if messages:
            nudge()
        return len(messages)
