"""Mails that providers bring in their own formats: kept once, under a secret, whole enough to be read."""

import base64
import hashlib
import hmac
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crc.domain.mail.ingestion import ingest_waiting
from crc.models import Attachment, InboundMail, Message, Ticket
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db
SECRET = "prestataire:un-secret-de-test"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
HEADERS = [
    ("Received", "from mx.exemple.example by mx.prestataire.example; Thu, 26 Nov 2026 10:00:00 +0100"),
    ("From", "Camille Exemple <camille@exemple.example>"),
    ("To", "contact@cned.example"),
    ("Subject", "Où est mon relevé de notes ?"),
    ("Message-ID", "<abc@exemple.example>"),
    ("Date", "Thu, 26 Nov 2026 10:00:00 +0100"),
]
TEXT = "Bonjour,\n\nmon relevé n’est pas arrivé.\n\nCamille"


def postmark(*, headers=HEADERS):
    named = {"Email": "camille@exemple.example", "Name": "Camille Exemple", "MailboxHash": ""}
    return {
        "data": {
            "FromName": "Camille Exemple",
            "MessageStream": "inbound",
            "From": "camille@exemple.example",
            "FromFull": named,
            "To": "contact@cned.example",
            "ToFull": [{"Email": "contact@cned.example", "Name": "", "MailboxHash": ""}],
            "Cc": "",
            "CcFull": [],
            "Bcc": "",
            "BccFull": [],
            "OriginalRecipient": "contact@cned.example",
            "Subject": "Où est mon relevé de notes ?",
            "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
            "ReplyTo": "",
            "Date": "Thu, 26 Nov 2026 10:00:00 +0100",
            "TextBody": TEXT,
            "HtmlBody": f"<p>{TEXT}</p>",
            "StrippedTextReply": "",
            "Tag": "",
            "Headers": [
                {"Name": name, "Value": value}
                for name, value in headers
                if name not in {"From", "To", "Subject", "Date"}
            ],
            "Attachments": [
                {
                    "Name": "relevé.pdf",
                    "Content": base64.b64encode(PDF).decode(),
                    "ContentType": "application/pdf",
                    "ContentLength": len(PDF),
                }
            ],
        },
        "content_type": "application/json",
    }


def brevo(*, headers=HEADERS):
    return {
        "data": {
            "items": [
                {
                    "Uuid": ["7a0f6a0e-4d3f-4b46-9c29-3a6ee4f3b0f5"],
                    "MessageId": "<abc@exemple.example>",
                    "InReplyTo": None,
                    "From": {"Name": "Camille Exemple", "Address": "camille@exemple.example"},
                    "To": [{"Name": None, "Address": "contact@cned.example"}],
                    "Recipients": ["contact@cned.example"],
                    "Cc": [],
                    "ReplyTo": None,
                    "SentAtDate": "Thu, 26 Nov 2026 10:00:00 +0100",
                    "Subject": "Où est mon relevé de notes ?",
                    "Attachments": [],
                    "Headers": dict(headers),
                    "SpamScore": -0.1,
                    "ExtractedMarkdownMessage": TEXT,
                    "ExtractedMarkdownSignature": None,
                    "RawHtmlBody": f"<p>{TEXT}</p>",
                    "RawTextBody": TEXT,
                }
            ]
        },
        "content_type": "application/json",
    }


def mailgun(*, headers=HEADERS, key="cle-de-signature"):
    token, timestamp = "06c96bafc3f42a66b9edd546347a2fe18dc23461fe80dc52f0", "1795683600"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "data": {
            "recipient": "contact@cned.example",
            "sender": "camille@exemple.example",
            "subject": "Où est mon relevé de notes ?",
            "from": "Camille Exemple <camille@exemple.example>",
            "message-headers": json.dumps([list(pair) for pair in headers]),
            "body-plain": TEXT,
            "body-html": f"<p>{TEXT}</p>",
            "stripped-text": TEXT,
            "attachment-count": "1",
            "attachment-1": SimpleUploadedFile("releve.pdf", PDF, "application/pdf"),
            "timestamp": timestamp,
            "token": token,
            "signature": signature,
        }
    }


PROVIDERS = {"postmark": postmark, "brevo": brevo, "mailgun": mailgun}


@pytest.fixture
def send(client, settings, mailbox):
    settings.INBOUND_PROVIDERS = list(PROVIDERS)
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": SECRET,
        "MAILGUN_WEBHOOK_SIGNING_KEY": "cle-de-signature",
        "BREVO_API_KEY": "cle",
    }

    def post(provider, payload, *, code=mailbox.code, secret=SECRET):
        given = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
        return client.post(reverse("crc:inbound_provider", args=[code, provider]), **payload, headers=given)

    return post


@pytest.mark.parametrize("provider", PROVIDERS)
def test_mail_of_a_provider_becomes_one_request_however_often_it_is_sent(send, provider):
    assert send(provider, PROVIDERS[provider]()).status_code == 201
    assert send(provider, PROVIDERS[provider]()).status_code == 200
    ingest_waiting()
    mail = InboundMail.objects.get()
    assert mail.key == "<abc@exemple.example>"
    ticket = Ticket.objects.get()
    assert (ticket.requester_email, ticket.requester_name) == ("camille@exemple.example", "Camille Exemple")
    assert ticket.subject == "Où est mon relevé de notes ?"
    assert Message.objects.get().body == TEXT
    assert Attachment.objects.filter(size=len(PDF)).count() == (0 if provider == "brevo" else 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_mail_without_message_id_is_known_by_the_name_of_its_event(send, provider):
    headers = [pair for pair in HEADERS if pair[0] != "Message-ID"]
    assert send(provider, PROVIDERS[provider](headers=headers)).status_code == 201
    assert send(provider, PROVIDERS[provider](headers=headers)).status_code == 200
    assert InboundMail.objects.get().key.startswith(f"{provider}:")


def test_same_mail_by_two_ways_is_kept_once(send, client, settings, mailbox):
    assert send("postmark", postmark()).status_code == 201
    assert send("brevo", brevo()).status_code == 200
    assert InboundMail.objects.count() == 1


def test_mail_given_whole_is_kept_as_it_came(send):
    whole = raw_mail(subject="=?utf-8?q?Relev=C3=A9?=", text="Bonjour, à bientôt")
    payload = postmark()
    payload["data"]["RawEmail"] = whole.decode()
    assert send("postmark", payload).status_code == 201
    assert bytes(InboundMail.objects.get().raw.content) == whole


def test_mail_larger_than_a_form_may_be_is_kept(send):
    payload = postmark()
    content = PDF + b"%" * 4_000_000
    payload["data"]["Attachments"][0]["Content"] = base64.b64encode(content).decode()
    assert send("postmark", payload).status_code == 201
    ingest_waiting()
    assert Attachment.objects.get().size == len(content)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("secret", "status"), [("", 401), ("autre:secret", 403)])
def test_without_the_secret_nothing_is_kept(send, provider, secret, status):
    assert send(provider, PROVIDERS[provider](), secret=secret).status_code == status
    assert not InboundMail.objects.exists()


def test_signature_of_another_key_is_refused(send):
    assert send("mailgun", mailgun(key="autre")).status_code == 403
    assert not InboundMail.objects.exists()


def test_provider_that_is_off_unknown_or_without_secret_brings_nothing(send, settings):
    settings.INBOUND_PROVIDERS = ["brevo"]
    assert send("postmark", postmark()).status_code == 404
    assert send("inconnu", postmark()).status_code == 404
    assert send("brevo", brevo(), code="nulle-part").status_code == 404
    settings.ANYMAIL = {}
    assert send("brevo", brevo()).status_code == 403
    assert not InboundMail.objects.exists()


def test_provider_is_asked_to_come_back_while_our_key_is_missing(send, settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert send("brevo", brevo()).status_code == 503


@pytest.mark.parametrize("content", ["", "pas du JSON", "[]", '{"items": [12]}', '{"items": [{"Headers": 3}]}'])
def test_what_is_not_the_provider_s_is_refused_without_failing(send, content):
    answer = send("brevo", {"data": content, "content_type": "application/json"})
    assert answer.status_code in {400, 503}
    assert not InboundMail.objects.exists()
