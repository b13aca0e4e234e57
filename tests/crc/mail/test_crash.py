"""kill -9 of what reads mails, and several at once: each mail is one message, each acknowledgement is queued once."""

import random
import subprocess
import sys
import time
from threading import Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from cned_portal.common.outbox.models import Mail
from cned_portal.common.outbox.tasks import dispatch_due_mail
from crc import tasks
from crc.domain.mail import ingestion
from crc.domain.mail.ingestion import ingest_waiting, keep_mail
from crc.domain.mail.parsing import parse
from crc.enums import MailStep
from crc.models import InboundMail, Message, Ticket
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Nothing is read before the readers of the test begin."""
    monkeypatch.setattr(tasks.ingest_mails, "apply_async", lambda **kwargs: None)


def keep(mailbox, number):
    sender = f"Personne {number} <p{number}@exemple.example>"
    return keep_mail(mailbox, raw_mail(message_id=f"<{number}@e>", sender=sender))


def each_mail_is_one_message(number):
    mails = InboundMail.objects.all()
    assert set(mails.values_list("step", flat=True)) == {MailStep.DONE}
    assert mails.count() == Ticket.objects.count() == Message.objects.count() == number
    assert mails.values("message").distinct().count() == number
    assert Mail.objects.filter(kind="crc/email/request_received").count() == number
    assert Mail.objects.values("to").distinct().count() == number


@pytest.mark.slow
def test_killed_readers_lose_and_double_nothing(mailbox):
    number = 120
    for rank in range(number):
        keep(mailbox, rank)
    command = [sys.executable, "-m", "tests.crc.mail.crash_worker", connection.settings_dict["NAME"]]
    chance, kills, until = random.Random(5), 0, time.monotonic() + 150
    while InboundMail.objects.filter(step=MailStep.WAITING).exists():
        assert time.monotonic() < until, "mails are still waiting"
        worker = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            worker.stdout.readline()
            time.sleep(chance.uniform(0.1, 0.6) if kills < 5 else 8)
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()
            kills += 1
    assert kills >= 4
    each_mail_is_one_message(number)


def test_four_readers_at_once_share_the_work(mailbox):
    number = 60
    for rank in range(number):
        keep(mailbox, rank)
    settled = []

    def read():
        try:
            settled.append(ingest_waiting())
        finally:
            connections.close_all()

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(settled) == number
    each_mail_is_one_message(number)


def test_one_mail_delivered_by_four_hands_is_kept_once(mailbox):
    new = []

    def bring():
        try:
            new.append(keep(mailbox, 1)[1])
        finally:
            connections.close_all()

    threads = [Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False, False, False, True]
    ingest_waiting()
    each_mail_is_one_message(1)


class Killed(BaseException):
    """The end of a reader: nothing after it runs, and nobody writes why."""


def test_mail_that_kills_its_readers_is_put_aside_alone(mailbox, monkeypatch):
    def deadly_parse(raw):
        if b"<2@e>" in raw:
            raise Killed
        return parse(raw)

    monkeypatch.setattr(ingestion, "parse", deadly_parse)
    for rank in range(1, 5):
        keep(mailbox, rank)
    killed = 0
    while InboundMail.objects.filter(step=MailStep.WAITING).exists():
        try:
            ingest_waiting()
        except Killed:
            killed += 1
            InboundMail.objects.update(lease_until=None)
        assert killed <= ingestion.ATTEMPTS
    assert killed == ingestion.ATTEMPTS
    assert InboundMail.objects.get(step=MailStep.PARKED).key == "<2@e>"
    assert InboundMail.objects.filter(step=MailStep.DONE, message__isnull=False).count() == 3


def test_batch_wakes_one_dispatcher_and_reads_the_rules_once(mailbox, monkeypatch):
    nudges = []
    monkeypatch.setattr(dispatch_due_mail, "apply_async", lambda **options: nudges.append(Mail.objects.count()))
    for rank in range(5):
        keep(mailbox, rank)
    with CaptureQueriesContext(connection) as queries:
        ingest_waiting()
    assert nudges == [5]
    assert sum('FROM "crc_routingrule"' in query["sql"] for query in queries) == 1
    each_mail_is_one_message(5)
