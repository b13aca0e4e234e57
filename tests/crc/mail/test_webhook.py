"""Mails that a provider brings in."""

import pytest
from django.urls import reverse

from crc.domain.mail.ingestion import ingest_waiting
from crc.models import InboundMail, Ticket
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db
SECRET = "un secret de test"


@pytest.fixture
def send(client, settings, mailbox):
    settings.INBOUND_WEBHOOK_SECRET = SECRET

    def post(content, *, code=mailbox.code, secret=SECRET):
        headers = {"Authorization": f"Bearer {secret}"}
        return client.post(reverse("crc:inbound", args=[code]), content, content_type="message/rfc822", headers=headers)

    return post


def test_mail_is_kept_once_however_often_it_is_sent(send):
    assert send(raw_mail()).status_code == 201
    assert send(raw_mail()).status_code == 200
    ingest_waiting()
    assert (InboundMail.objects.count(), Ticket.objects.count()) == (1, 1)


@pytest.mark.parametrize("secret", ["", "autre"])
def test_without_the_secret_nothing_is_kept(send, secret):
    assert send(raw_mail(), secret=secret).status_code == 403
    assert not InboundMail.objects.exists()


def test_nobody_may_send_while_no_secret_is_set(send, settings):
    settings.INBOUND_WEBHOOK_SECRET = ""
    assert send(raw_mail(), secret="").status_code == 403


def test_unknown_mailbox_and_empty_mail_are_refused(send):
    assert send(raw_mail(), code="nulle-part").status_code == 404
    assert send(b" \r\n").status_code == 400
    assert not InboundMail.objects.exists()
