"""Mails are written without savepoints: what meets its twin is written again, what another worker settled is undone."""

import pytest

from cned_portal.common.outbox.models import Mail
from crc.domain import tickets
from crc.domain.mail import ingestion
from crc.domain.mail.ingestion import ingest, ingest_waiting, keep_mail
from crc.enums import MailKind, MailStep
from crc.models import InboundMail, Message, Ticket
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db


def test_reference_that_is_taken_is_changed_and_the_mail_read_once(mailbox, monkeypatch):
    first, _ = keep_mail(mailbox, raw_mail())
    ingest(first.pk)
    taken = Ticket.objects.get().reference
    given = iter([taken, taken, "2026-BCDFGHJK"])
    monkeypatch.setattr(tickets, "new_reference", lambda at: next(given))
    keep_mail(mailbox, raw_mail(sender="b@exemple.example", message_id="<2@exemple.example>"))
    assert ingest_waiting() == 1
    assert set(Ticket.objects.values_list("reference", flat=True)) == {taken, "2026-BCDFGHJK"}
    assert Message.objects.count() == Mail.objects.count() == 2
    assert not InboundMail.objects.exclude(step=MailStep.DONE).exists()


def test_mail_that_another_worker_settled_meanwhile_is_written_once(mailbox, monkeypatch):
    mail, _ = keep_mail(mailbox, raw_mail())
    create = ingestion._create

    def slow(*args, **kwargs):
        create(*args, **kwargs)
        # The lease ended while this one was reading, and the other one came first.
        InboundMail.objects.filter(pk=mail.pk).update(step=MailStep.DONE, kind=MailKind.HUMAN)

    monkeypatch.setattr(ingestion, "_create", slow)
    assert not ingest(mail.pk)
    assert not Ticket.objects.exists()
    assert not Mail.objects.exists()


def test_heavy_mail_of_a_batch_is_read_too(mailbox):
    keep_mail(mailbox, raw_mail("Bonjour " * 60_000))
    keep_mail(mailbox, raw_mail(sender="b@exemple.example", message_id="<2@exemple.example>"))
    assert ingest_waiting() == 2
    assert Ticket.objects.count() == 2
