"""kill -9 of PostgreSQL just before and after each commit of the way of a mail, from its arrival to its receipt."""

from collections import Counter
from datetime import timedelta
from itertools import count

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from cned_portal.common.outbox.domain.dispatch import dispatch
from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.outbox.tasks import dispatch_due_mail
from cned_portal.embedded.services import Services
from crc import tasks
from crc.domain.mail.ingestion import ingest_waiting, keep_mail
from crc.enums import MailStep, Public
from crc.models import InboundMail, LogEntry, Mailbox, Message, Ticket
from tests.common.outbox.sink import SinkController
from tests.crc.factories import ServiceFactory, TopicFactory
from tests.crc.mail.conftest import raw_mail


class CommitPoints:
    """Counts what this process commits; kills the database beside one of these commits, and starts it again."""

    def __init__(self, postgres):
        self.postgres = postgres
        self.commit = connection._commit
        self.kills = 0
        self.disarm()

    def disarm(self):
        self.arm(at=0, after=False)

    def arm(self, *, at, after):
        self.at, self.after, self.reached = at, after, 0

    def on_commit(self):
        return self._beside(self.commit)

    def on_statement(self, execute, sql, params, many, context):
        if connection.in_atomic_block or sql.lstrip()[:6].upper() == "SELECT":
            return execute(sql, params, many, context)
        return self._beside(lambda: execute(sql, params, many, context))

    def _beside(self, act):
        self.reached += 1
        if self.reached == self.at and not self.after:
            self._kill()
        done = act()
        if self.reached == self.at and self.after:
            self._kill()
        return done

    def _kill(self):
        self.kills += 1
        self.postgres.kill()
        self.postgres.start()


@pytest.fixture
def points(tmp_path, django_db_blocker, monkeypatch):
    """A database of its own behind the connection of this process: the one of the suite must not die.

    What a killed process has written, the system keeps: no need to wait for the disk.
    """
    kept = dict(connection.settings_dict)
    made = Services(tmp_path / "portal", environment={"REDIS_URL": "unused"}, durable=False)
    with made as services, django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(NAME="cned_portal", HOST=str(services.postgres.sockets), USER="portal", PORT="")
        try:
            call_command("migrate", verbosity=0)
            points = CommitPoints(services.postgres)
            monkeypatch.setattr(connection, "_commit", points.on_commit)
            with connection.execute_wrapper(points.on_statement):
                yield points
        finally:
            connection.close()
            connection.settings_dict.update(kept)


@pytest.fixture
def sink(settings):
    controller = SinkController()
    controller.start()
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 5
    yield controller.sink
    controller.stop()


def bring(mailbox, number):
    """What a mail goes through; who brings it does so again until they are told that it is kept."""
    sender = f"Personne {number} <p{number}@exemple.example>"
    keep_mail(mailbox, raw_mail(message_id=f"<{number}@exemple.example>", sender=sender))
    ingest_waiting()
    dispatch()


def five_minutes_later():
    """Leases of the dead are over."""
    past = timezone.now() - timedelta(seconds=1)
    InboundMail.objects.filter(lease_until__isnull=False).update(lease_until=past)
    Mail.objects.filter(lease_until__isnull=False).update(lease_until=past)


@pytest.mark.slow
@pytest.mark.timeout(600)  # most of it makes the database
def test_database_killed_beside_any_commit_neither_loses_nor_doubles_a_mail(points, sink, monkeypatch):
    for task in (tasks.ingest_mails, dispatch_due_mail):
        monkeypatch.setattr(task, "apply_async", lambda **options: None)
    ServiceFactory(fallback=True)
    mailbox = Mailbox.objects.create(
        code="contact", address="contact@cned.example", public=Public.ADULT, topic=TopicFactory()
    )
    number = interrupted = 0
    steps_left = set()
    for after in (False, True):
        for at in count(1):
            number, kills = number + 1, points.kills
            points.arm(at=at, after=after)
            try:
                bring(mailbox, number)
            except (OperationalError, InterfaceError):
                interrupted += 1
                connection.close()
                found = InboundMail.objects.filter(key=f"<{number}@exemple.example>").first()
                acknowledgement = Mail.objects.filter(to=f"p{number}@exemple.example").first()
                steps_left.add((found and found.step, acknowledgement and acknowledgement.state))
            points.disarm()
            connection.close()  # dead too when the last commit was the one
            five_minutes_later()
            bring(mailbox, number)
            if points.kills == kills:  # a mail commits fewer times than that
                break

    assert points.kills >= 2 * 8
    assert interrupted >= 10
    assert steps_left >= {
        (None, None),  # not kept
        (MailStep.WAITING, None),  # kept
        (MailStep.DONE, MailState.PENDING),  # read; the acknowledgement waits
        (MailStep.DONE, MailState.CLAIMED),  # about to leave
        (MailStep.DONE, MailState.SENT),  # gone
    }
    mails = InboundMail.objects.all()
    assert set(mails.values_list("step", flat=True)) == {MailStep.DONE}
    assert mails.count() == Ticket.objects.count() == Message.objects.count() == number
    assert mails.values("message").distinct().count() == number
    assert LogEntry.objects.filter(event="received").count() == number
    received = Counter(sink.message_ids)
    assert set(received.values()) == {1}
    assert set(received) == set(Mail.objects.filter(state=MailState.SENT).values_list("message_id", flat=True))
    assert len(received) == Mail.objects.count() == number
