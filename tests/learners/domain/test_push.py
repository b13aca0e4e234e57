import base64
import json
from datetime import timedelta

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from cned_portal.common.clients import https, webpush
from learners.domain.push import DEVICES_MAX, add_device, forget_old_messages, queue_push, send_due
from learners.domain.refusals import Refusal
from learners.enums import PushState
from learners.models import PushDevice, PushMessage
from tests.learners.factories import BROWSER_AUTH, BROWSER_KEY, PushDeviceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(vapid, monkeypatch):
    """The push service of a browser: what it received, and what it answers next."""

    class Service:
        received: list = []
        answers: list = []

    service = Service()
    service.received, service.answers = [], []

    def post(url, body, headers, **kwargs):
        service.received.append((url, body, headers))
        answer = service.answers.pop(0) if service.answers else 201
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(https, "post", post)
    return service


def tell(device, key="fait", **fields):
    return queue_push(device.user, key=key, title="Un devoir est corrigé", url="/mon-espace/", **fields)


def test_browser_reads_what_was_sent_and_the_service_knows_who_sends(service):
    device = PushDeviceFactory()
    tell(device)
    assert send_due() == 1
    url, body, headers = service.received[0]
    told = http_ece.decrypt(body, private_key=BROWSER_KEY, auth_secret=BROWSER_AUTH, version="aes128gcm")
    assert json.loads(told) == {"titre": "Un devoir est corrigé", "adresse": "/mon-espace/", "fait": "fait"}
    assert url == device.endpoint
    token, key = headers["Authorization"].removeprefix("vapid t=").split(",k=")
    assert key == webpush.public_key()
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(token, public, algorithms=["ES256"], audience="https://push.exemple.example")
    assert claims["sub"].startswith("mailto:")


def test_device_is_told_a_fact_once_however_often_it_is_queued_and_sent(service):
    device = PushDeviceFactory()
    assert tell(device) == 1
    tell(device)
    assert send_due() == 1
    assert send_due() == 0
    assert len(service.received) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_device_that_is_gone_is_forgotten(service, status):
    service.answers = [status]
    tell(PushDeviceFactory())
    assert send_due() == 0
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("answer", [500, 429, https.HttpsFailure("délai dépassé"), https.ForbiddenAddress("non")])
def test_service_that_fails_is_asked_again_later_then_no_more(service, answer):
    service.answers = [answer, answer]
    tell(PushDeviceFactory())
    assert send_due() == 0
    message = PushMessage.objects.get()
    assert message.state == PushState.PENDING
    assert message.due_at > timezone.now()
    assert message.error
    PushMessage.objects.update(due_at=timezone.now(), give_up_at=timezone.now() - timedelta(seconds=1))
    send_due()
    assert PushMessage.objects.get().state == PushState.ABANDONED


def test_message_of_a_worker_that_died_is_sent_by_another(service):
    tell(PushDeviceFactory())
    PushMessage.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert send_due() == 0
    PushMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert send_due() == 1


def test_message_waits_for_its_hour(service):
    tell(PushDeviceFactory(), due_at=timezone.now() + timedelta(hours=1))
    assert send_due() == 0


def test_nothing_is_queued_without_a_key(settings):
    settings.VAPID_PRIVATE_KEY = ""
    assert tell(PushDeviceFactory()) == 0


def test_browser_tells_the_account_that_used_it_last(vapid, learner, stranger):
    first = PushDeviceFactory(user=learner)
    tell(first)
    fields = {"label": "Téléphone", "p256dh": first.p256dh, "auth": first.auth}
    add_device(stranger, endpoint=first.endpoint, acting_user=stranger, **fields)
    device = PushDevice.objects.get()
    assert device.user == stranger
    assert not PushMessage.objects.exists()  # what waited for the former account


def test_devices_are_bounded(learner):
    devices = [PushDeviceFactory(user=learner) for _ in range(DEVICES_MAX)]
    fields = {"label": "x", "p256dh": devices[0].p256dh, "auth": devices[0].auth, "acting_user": learner}
    with pytest.raises(Refusal, match="retirez-en un"):
        add_device(learner, endpoint="https://push.exemple.example/un-de-plus", **fields)
    add_device(learner, endpoint=devices[0].endpoint, **fields)  # again: the same device


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": "http://push.exemple.example/"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "é"},
        {"auth": "AAAA"},
        {"auth": ""},
    ],
)
def test_what_is_no_subscription_is_refused(learner, fields):
    public = BROWSER_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    good = {
        "endpoint": "https://push.exemple.example/1",
        "p256dh": base64.urlsafe_b64encode(public).decode().rstrip("="),
        "auth": base64.urlsafe_b64encode(BROWSER_AUTH).decode().rstrip("="),
    }
    with pytest.raises(Refusal, match="forme attendue"):
        add_device(learner, label="x", acting_user=learner, **(good | fields))
    assert add_device(learner, label="x", acting_user=learner, **good)


def test_old_messages_are_removed(service):
    tell(PushDeviceFactory())
    assert forget_old_messages() == 0
    PushMessage.objects.update(give_up_at=timezone.now() - timedelta(days=8))
    assert forget_old_messages() == 1
