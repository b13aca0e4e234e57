"""The formats of the other providers, built from what each documents: proven, kept once, anything else refused."""

import base64
import hashlib
import hmac
import json
from email.message import EmailMessage
from urllib.parse import urlencode

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.urls import reverse
from moto import mock_aws

from cned_portal.common.clients.mail_providers import ANYMAIL_VIEWS
from crc.domain.mail.ingestion import ingest_waiting
from crc.models import Attachment, InboundMail, Message, Ticket

pytestmark = pytest.mark.django_db
SECRET = "prestataire:un-secret-de-test"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
TEXT = "Bonjour,\n\nmon relevé n’est pas arrivé.\n\nCamille"
ARN = "arn:aws:sns:eu-west-3:123456789012:courrier"
POSTAL_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = "cle-de-signature"


def whole(*, message_id="<abc@exemple.example>", file=PDF):
    mail = EmailMessage()
    mail["Received"] = "from mx.exemple.example by mx.prestataire.example; Thu, 26 Nov 2026 10:00:00 +0100"
    mail["From"] = "Camille Exemple <camille@exemple.example>"
    mail["To"] = "contact@cned.example"
    mail["Subject"] = "Où est mon relevé de notes ?"
    if message_id:
        mail["Message-ID"] = message_id
    mail.set_content(TEXT)
    mail.add_attachment(file, maintype="application", subtype="pdf", filename="releve.pdf")
    mail.set_boundary("limite")
    return mail.as_bytes()


def posted(data, **headers):
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return {"data": content, "content_type": "application/json", "headers": headers}


def amazon_ses(raw, *, key="", encoding="UTF-8", action=None, event=None, kind="Notification"):
    content = base64.b64encode(raw).decode() if encoding == "BASE64" else raw.decode()
    ses = event or {
        "notificationType": "Received",
        "mail": {"messageId": "o3vrnil0e2ic28tr", "source": "camille@exemple.example", "destination": []},
        "receipt": {
            "recipients": ["contact@cned.example"],
            "action": action or {"type": "SNS", "topicArn": ARN, "encoding": encoding},
        },
        **({} if action else {"content": content}),
    }
    sns = {"Type": kind, "MessageId": "22b80b92-fdea", "TopicArn": ARN, "Message": json.dumps(ses), "Token": "jeton"}
    wrong = "autre-numero" if key == "autre" else sns["MessageId"]
    return posted(sns, **{"X-Amz-Sns-Message-Type": kind, "X-Amz-Sns-Message-Id": wrong})


def mailersend(raw, *, key=KEY, event=None):
    mail = {
        "id": "62bd2f1a",
        "created_at": "2026-11-26T09:00:00.000Z",
        "sender": {"email": "camille@exemple.example"},
        "recipients": {"rcptTo": [{"email": "contact@cned.example"}]},
        "raw": raw.decode(),
    }
    body = json.dumps(event or {"type": "inbound.message", "data": mail}).encode()
    return posted(body, Signature=hmac.new(key.encode(), body, hashlib.sha256).hexdigest())


def mailjet(raw, *, event=None):
    named = {
        "From": "Camille Exemple <camille@exemple.example>",
        "To": "contact@cned.example",
        "Subject": "Où est mon relevé de notes ?",
        "Received": ["from mx.exemple.example by mx.prestataire.example; Thu, 26 Nov 2026 10:00:00 +0100"],
    }
    if b"Message-ID" in raw:
        named["Message-ID"] = "<abc@exemple.example>"
    return posted(
        event
        or {
            "Sender": "camille@exemple.example",
            "Recipient": "contact@cned.example",
            "Headers": named,
            "Parts": [
                {"Headers": {"Content-Type": "text/plain; charset=UTF-8"}, "ContentRef": "Text-part"},
                {
                    "Headers": {
                        "Content-Type": 'application/pdf; name="releve.pdf"',
                        "Content-Disposition": 'attachment; filename="releve.pdf"',
                        "Content-Transfer-Encoding": "base64",
                    },
                    "ContentRef": "Attachment1",
                },
            ],
            "Text-part": TEXT,
            "Html-part": f"<p>{TEXT}</p>",
            "Attachment1": base64.b64encode(PDF).decode(),
            "SpamAssassinScore": "0.1",
        }
    )


def mandrill(raw, *, key=KEY, event=None):
    events = [
        event or {"event": "inbound", "ts": 1795683600, "msg": {"raw_msg": raw.decode(), "email": "c@cned.example"}}
    ]
    params = {"mandrill_events": json.dumps(events)}
    url = f"http://{SECRET}@testserver{reverse('crc:inbound_provider', args=['contact', 'mandrill'])}"
    signed = url + "mandrill_events" + params["mandrill_events"]
    signature = base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return {
        "data": urlencode(params),
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"X-Mandrill-Signature": signature},
    }


def postal(raw, *, key=KEY, event=None):
    mail = {
        "id": 233980,
        "rcpt_to": "contact@cned.example",
        "mail_from": "camille@exemple.example",
        "message": base64.b64encode(raw).decode(),
        "base64": True,
        "size": len(raw),
    }
    body = json.dumps(event or mail).encode()
    signature = base64.b64encode(POSTAL_KEY.sign(body if key == KEY else b"autre", padding.PKCS1v15(), hashes.SHA1()))
    return posted(body, **{"X-Postal-Signature": signature.decode()})


def sparkpost(raw, *, event=None):
    relayed = {
        "content": {"email_rfc822": base64.b64encode(raw).decode(), "email_rfc822_is_base64": True},
        "msg_from": "camille@exemple.example",
        "rcpt_to": "contact@cned.example",
        "protocol": "smtp",
    }
    return posted([{"msys": event or {"relay_message": relayed}}])


PROVIDERS = {
    "amazon_ses": amazon_ses,
    "mailersend": mailersend,
    "mailjet": mailjet,
    "mandrill": mandrill,
    "postal": postal,
    "sparkpost": sparkpost,
}
KEPT_WHOLE = set(PROVIDERS) - {"mailjet"}
SIGNED = {"amazon_ses", "mailersend", "mandrill", "postal"}
# What each tells of a mail that we sent: a delivery, or a bounce.
TRACKING = {
    "amazon_ses": {"eventType": "Delivery", "mail": {"messageId": "1"}, "delivery": {"recipients": []}},
    "mailersend": {"type": "activity.delivered", "data": {"type": "delivered", "id": "1"}},
    "mailjet": {"event": "bounce", "email": "camille@exemple.example", "hard_bounce": True},
    "mandrill": {"event": "hard_bounce", "ts": 1795683600, "_id": "1", "msg": {"email": "camille@exemple.example"}},
    "postal": {"status": "Sent", "details": "", "message": {"id": 1}, "timestamp": 1795683600},
    "sparkpost": {"message_event": {"type": "delivery", "rcpt_to": "camille@exemple.example"}},
}


@pytest.fixture
def send(client, settings, mailbox):
    settings.INBOUND_PROVIDERS = list(ANYMAIL_VIEWS)
    public = POSTAL_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": SECRET,
        "MAILERSEND_INBOUND_SECRET": KEY,
        "MANDRILL_WEBHOOK_KEY": KEY,
        "POSTAL_WEBHOOK_KEY": "".join(public.decode().splitlines()[1:-1]),
        "AMAZON_SES_CLIENT_PARAMS": {
            "region_name": "eu-west-3",
            "aws_access_key_id": "fictive",
            "aws_secret_access_key": "fictive",
        },
    }

    def post(provider, payload, *, secret=SECRET):
        given = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
        url = reverse("crc:inbound_provider", args=[mailbox.code, provider])
        return client.post(url, **{**payload, "headers": {**payload["headers"], **given}})

    return post


def test_every_provider_that_may_be_admitted_is_exercised():
    assert set(ANYMAIL_VIEWS) == set(PROVIDERS) | {"brevo", "mailgun", "postmark"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_mail_becomes_one_request_however_often_it_is_sent(send, provider):
    payload = PROVIDERS[provider](whole())
    assert send(provider, payload).status_code == 201
    assert send(provider, payload).status_code == 200
    ingest_waiting()
    mail = InboundMail.objects.get()
    assert mail.key == "<abc@exemple.example>"
    if provider in KEPT_WHOLE:
        assert bytes(mail.raw.content) == whole()
    ticket = Ticket.objects.get()
    assert (ticket.requester_email, ticket.requester_name) == ("camille@exemple.example", "Camille Exemple")
    assert ticket.subject == "Où est mon relevé de notes ?"
    assert Message.objects.get().body == TEXT
    assert Attachment.objects.get().size == len(PDF)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_mail_without_message_id_is_kept_once_too(send, provider):
    payload = PROVIDERS[provider](whole(message_id=""))
    assert send(provider, payload).status_code == 201
    assert send(provider, payload).status_code == 200
    assert InboundMail.objects.count() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("secret", "status"), [("", 401), ("autre:secret", 403)])
def test_without_the_secret_nothing_is_kept(send, provider, secret, status):
    assert send(provider, PROVIDERS[provider](whole()), secret=secret).status_code == status
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", SIGNED)
def test_signature_of_another_key_is_refused(send, provider):
    assert send(provider, PROVIDERS[provider](whole(), key="autre")).status_code == 403
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", SIGNED)
def test_signature_that_is_missing_is_refused(send, provider):
    assert send(provider, {**PROVIDERS[provider](whole()), "headers": {}}).status_code == 403
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", TRACKING)
def test_what_is_told_of_our_own_mails_is_said_to_be_at_the_wrong_address(send, provider):
    answer = send(provider, PROVIDERS[provider](whole(), event=TRACKING[provider]))
    assert answer.status_code == 422
    assert "courrier entrant" in answer.json()["detail"]
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", ["mailersend", "mandrill", "postal"])
def test_provider_comes_again_while_our_key_is_missing(send, settings, provider):
    payload = PROVIDERS[provider](whole())
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert send(provider, payload).status_code == 503
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", ["mailjet", "postal", "sparkpost"])
@pytest.mark.parametrize("event", [[], "texte", 12, {"autre": 1}])
def test_what_is_not_the_provider_s_is_refused_without_failing(send, provider, event):
    answer = send(provider, PROVIDERS[provider](whole(), event=event or {"relay_message": []}))
    assert answer.status_code in {400, 422}
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize("provider", ["postal", "sparkpost", "amazon_ses"])
def test_bytes_that_are_not_utf8_are_kept_as_they_are(send, provider):
    raw = "From: a@exemple.example\r\nMessage-ID: <l@exemple.example>\r\n\r\nRelevé\r\n".encode("latin-1")
    more = {"encoding": "BASE64"} if provider == "amazon_ses" else {}
    assert send(provider, PROVIDERS[provider](raw, **more)).status_code == 201
    assert bytes(InboundMail.objects.get().raw.content) == raw


@pytest.mark.parametrize("provider", ["mandrill", "postal", "mailersend"])
def test_mail_larger_than_a_form_may_be_is_kept(send, provider):
    raw = whole(file=PDF + b"%" * 3_000_000)
    assert send(provider, PROVIDERS[provider](raw)).status_code == 201
    assert InboundMail.objects.get().size == len(raw)


def test_ping_of_sparkpost_is_heard(send):
    assert send("sparkpost", posted([{"msys": {}}])).status_code == 200
    assert not InboundMail.objects.exists()


@mock_aws
def test_mail_that_amazon_leaves_in_its_store_is_fetched_or_asked_again(send):
    store = boto3.client("s3", region_name="eu-west-3", aws_access_key_id="f", aws_secret_access_key="f")
    store.create_bucket(Bucket="courrier", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    payload = amazon_ses(whole(), action={"type": "S3", "bucketName": "courrier", "objectKey": "recu/1"})
    assert send("amazon_ses", payload).status_code == 503
    store.put_object(Bucket="courrier", Key="recu/1", Body=whole())
    assert send("amazon_ses", payload).status_code == 201
    assert InboundMail.objects.get().key == "<abc@exemple.example>"


@mock_aws
def test_subscription_of_amazon_is_confirmed_by_who_has_the_secret(send):
    topics = boto3.client("sns", region_name="eu-west-3", aws_access_key_id="f", aws_secret_access_key="f")
    topics.create_topic(Name="courrier")
    payload = amazon_ses(whole(), kind="SubscriptionConfirmation")
    assert send("amazon_ses", payload, secret="autre:secret").status_code == 403
    assert send("amazon_ses", payload).status_code == 200
    assert not InboundMail.objects.exists()
