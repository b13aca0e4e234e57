"""Mails brought in from a real IMAP server."""

import pytest

from cned_portal.common.clients.imap import ImapError
from crc.domain.mail.ingestion import ingest_waiting
from crc.domain.mail.mailboxes import fetch_every_mailbox, fetch_mailbox
from crc.models import InboundMail, Ticket
from tests.crc.mail.conftest import raw_mail
from tests.crc.mail.imap_server import ImapServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings, mailbox):
    server = ImapServer([raw_mail(message_id=f"<{n}@e>", sender=f"P <p{n}@e.example>") for n in range(3)])
    settings.MAILBOX_PASSWORDS = {mailbox.code: "secret"}
    settings.MAILBOX_TLS = False
    mailbox.imap_host, mailbox.imap_port, mailbox.imap_user = "127.0.0.1", server.port, "contact"
    mailbox.imap_done_folder = "Lus"
    mailbox.save()
    yield server
    server.close()


def test_mails_are_kept_then_taken_off_the_server(server, mailbox):
    assert fetch_mailbox(mailbox) == 3
    assert (server.messages, len(server.done)) == ({}, 3)
    assert fetch_mailbox(mailbox) == 0
    ingest_waiting()
    assert Ticket.objects.count() == 3
    assert bytes(InboundMail.objects.first().raw.content).startswith(b"From: P")


def test_server_that_hangs_up_before_the_move_makes_no_double(server, mailbox):
    server.breaks_at = "UID COPY"
    with pytest.raises(ImapError):
        fetch_mailbox(mailbox)
    assert InboundMail.objects.count() == 1
    assert len(server.messages) == 3, "nothing left the server before it was safe"
    server.breaks_at = ""
    assert fetch_mailbox(mailbox) == 2
    assert InboundMail.objects.count() == 3


def test_mailbox_that_does_not_answer_does_not_hold_up_the_others(server, mailbox):
    other = type(mailbox).objects.create(
        code="panne", address="panne@cned.example", public="eleve", topic=mailbox.topic, imap_host="127.0.0.1",
        imap_port=1,
    )  # fmt: skip
    assert fetch_every_mailbox() == 3
    with pytest.raises(ImapError):
        fetch_mailbox(other)


def test_wrong_password_is_an_error_and_nothing_is_lost(server, mailbox, settings):
    settings.MAILBOX_PASSWORDS = {}
    with pytest.raises(ImapError):
        fetch_mailbox(mailbox)
    assert len(server.messages) == 3
