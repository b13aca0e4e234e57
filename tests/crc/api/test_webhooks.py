"""Announcements to partners: what is told, under which signature, how long it is tried, and where it never goes."""

import hashlib
import hmac
import json
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.clients import https
from cned_portal.users.enums import Role
from crc import tasks
from crc.domain import webhooks
from crc.domain.partners import save_endpoint
from crc.domain.tickets import answer_ticket, close_ticket, requester_reply
from crc.enums import DeliveryState, PartnerEvent
from crc.models import LogEntry, WebhookDelivery, WebhookEndpoint
from crc.validators import validate_webhook_address
from tests.crc.api.conftest import bring, make_partner
from tests.crc.factories import make_ticket

pytestmark = pytest.mark.django_db
HOST = "annonces.exemple.example"


class Hook:
    """A partner's server: `answers` are the next statuses, then 204; `pause` slows each byte of the answer."""

    def __init__(self):
        self.received, self.answers, self.headers, self.pause = [], [], {}, 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(encoded + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def hook(certificate, monkeypatch):
    """A real HTTPS server; only the look-up of its name, and who signed its certificate, are given."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.received.append((dict(self.headers), body))
            if hook.pause:
                for byte in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 100:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(hook.pause)
            self.send_response(hook.answers.pop(0) if hook.answers else 204)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    place = [(socket.AF_INET, ("127.0.0.1", server.server_address[1]))]
    monkeypatch.setattr(https, "_public_addresses", lambda host, port: place)
    monkeypatch.setattr(https, "_tls_context", lambda: ssl.create_default_context(cafile=certificate))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield hook
    server.shutdown()
    server.server_close()
    thread.join()


def make_endpoint(partner, **fields):
    values = {"address": f"https://{HOST}/cned?v=1", "subscriptions": PartnerEvent.values, **fields}
    return save_endpoint(WebhookEndpoint(partner=partner, **values), acting_user=None)


@pytest.fixture
def endpoint(partner):
    return make_endpoint(partner)


def told(**filters):
    return list(WebhookDelivery.objects.filter(**filters).order_by("pk").values_list("event", flat=True))


def due_now():
    WebhookDelivery.objects.filter(state=DeliveryState.PENDING).update(due_at=timezone.now())


def test_life_of_a_request_is_told_in_order_and_once(partner, endpoint, agent, hook):
    ticket = bring(partner)
    tasks.tell_partners()
    answer_ticket(ticket, body="Voici.", version=1, acting_user=agent)
    close_ticket(ticket, acting_user=agent)
    requester_reply(ticket, body="Encore")
    tasks.tell_partners()
    tasks.tell_partners()
    events = [headers["X-Cned-Event"] for headers, _ in hook.received]
    assert events == ["demande.creee", "demande.repondue", "demande.close", "demande.rouverte"]
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_announcement_is_signed_and_holds_no_personal_data(partner, endpoint, hook, settings):
    ticket = bring(partner)
    webhooks.tell_partners()
    [(headers, body)] = hook.received
    content = json.loads(body)
    assert set(content) == {"id", "evenement", "date", "reference", "reference_externe", "etat"}
    assert (content["reference"], content["reference_externe"], content["etat"]) == (ticket.reference, "D-1", "new")
    assert content["id"] == headers["X-Cned-Event-Id"]
    marks = [part.partition("=") for part in headers["X-Cned-Signature"].split(",")]
    moment = {name: value for name, _, value in marks}["t"]
    secret = webhooks.webhook_secret(endpoint)
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert expected in [value for name, _, value in marks if name == "v1"]
    assert abs(time.time() - int(moment)) < 60


def test_signature_survives_a_change_of_the_portals_key(endpoint, settings):
    secret = webhooks.webhook_secret(endpoint)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    mark = hmac.new(secret.encode(), b"5.{}", hashlib.sha256).hexdigest()
    assert f"v1={mark}" in webhooks.signature(endpoint, b"{}", at=5).split(",")
    assert webhooks.renew_secret(endpoint, acting_user=None) != secret


def test_refused_announcement_is_tried_again_until_it_is_taken(partner, endpoint, hook):
    bring(partner)
    hook.answers = [500, 302]
    hook.headers = {"Location": "https://127.0.0.1/ailleurs"}
    for attempts in (1, 2):
        webhooks.tell_partners()
        row = WebhookDelivery.objects.get()
        assert (row.state, row.attempts) == (DeliveryState.PENDING, attempts)
        assert row.due_at > timezone.now() + timedelta(seconds=20)
        due_now()
    webhooks.tell_partners()
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == (DeliveryState.SENT, 3, "")
    assert len({body for _, body in hook.received}) == 1
    assert len(hook.received) == 3


def test_announcement_is_given_up_after_a_day_and_sent_again_by_hand(partner, endpoint, hook, client, staff):
    bring(partner)
    hook.answers = [503]
    webhooks.gather()
    WebhookDelivery.objects.update(give_up_at=timezone.now())
    webhooks.send_due()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.error) == (DeliveryState.ABANDONED, "réponse 503")
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert "réponse 503" in client.get(reverse("admin:crc_deliveries")).content.decode()
    url = reverse("admin:crc_delivery_resend", args=[row.pk])
    assert client.post(url).status_code == 302
    webhooks.send_due()
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    client.post(url)
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    client.force_login(staff(Role.CRC_AGENT))
    assert client.post(url).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_desk_list_costs_the_same_with_more_rows(
    partner, endpoint, client, staff, number, django_assert_max_num_queries
):
    for rank in range(number):
        bring(partner, rank)
    webhooks.gather()
    client.force_login(staff(Role.CRC_SUPERVISOR))
    url = f"{reverse('admin:crc_deliveries')}?vue=toutes"
    client.get(url)
    with django_assert_max_num_queries(5):
        assert client.get(url).content.decode().count("Demande créée</td>") == number


def test_slow_answer_is_cut_at_the_deadline(hook):
    hook.pause = 0.2
    start = time.monotonic()
    with pytest.raises(https.HttpsFailure, match="délai dépassé"):
        https.post(f"https://{HOST}/", b"{}", {}, seconds=1)
    assert time.monotonic() - start < 3


def test_certificate_of_another_name_is_refused(hook):
    with pytest.raises(https.HttpsFailure, match="certificat refusé"):
        https.post("https://autre.exemple.example/", b"{}", {})
    assert not hook.received


def test_silent_endpoint_does_not_hold_the_others(partner, hook):
    make_endpoint(partner, address="https://muet.exemple.example/")  # its certificate is another's
    make_endpoint(partner)
    for number in range(12):
        bring(partner, number)
    webhooks.tell_partners()
    assert len(hook.received) == 12
    silent = WebhookDelivery.objects.filter(endpoint__address__contains="muet")
    assert sorted(silent.values_list("attempts", flat=True)) == [0] * 11 + [1]
    assert not silent.exclude(lease_until=None).exists()


def test_partner_is_told_of_its_own_requests_as_it_asked(partner):
    other = make_partner("Autre Partenaire")
    mine = make_endpoint(partner, subscriptions=[PartnerEvent.CLOSED])
    theirs = make_endpoint(other)
    ticket = bring(partner)
    make_ticket()
    close_ticket(ticket, reason="Fini", acting_user=None)
    webhooks.gather()
    assert told(endpoint=mine) == ["demande.close"]
    assert told(endpoint=theirs) == []


def test_new_endpoint_is_not_told_of_the_past(partner):
    ticket = bring(partner)
    make_endpoint(partner)
    close_ticket(ticket, reason="Fini", acting_user=None)
    webhooks.gather()
    assert told() == ["demande.close"]


def test_fact_committed_after_a_later_one_is_not_lost(partner, endpoint):
    """Keys are given before the commit: the cursor waits longer than any transaction."""
    ticket = bring(partner)
    webhooks.gather()
    late_key = LogEntry.objects.order_by("-pk").first().pk + 1
    LogEntry.objects.create(ticket=ticket, event="noted", new_state="new", pk=late_key + 5)
    webhooks.gather()
    LogEntry.objects.create(ticket=ticket, event="answered", new_state="answered", pk=late_key)
    webhooks.gather()
    assert told() == ["demande.creee", "demande.repondue"]
    for _ in range(2):
        WebhookEndpoint.objects.update(next_cursor_at=timezone.now() - timedelta(hours=1))
        webhooks.gather()
    endpoint.refresh_from_db()
    assert endpoint.cursor == late_key + 5
    assert len(told()) == 2


def test_inactive_partner_is_told_nothing(partner, endpoint, hook):
    bring(partner)
    webhooks.gather()
    partner.is_active = False
    partner.save()
    bring(partner, 2)
    webhooks.tell_partners()
    assert not hook.received
    assert len(told()) == 1
    tasks.forget_partner_traces()
    assert told(state=DeliveryState.PENDING)
    WebhookDelivery.objects.update(give_up_at=timezone.now() - timedelta(seconds=1))
    tasks.forget_partner_traces()
    assert told(state=DeliveryState.ABANDONED)


def test_row_of_a_dead_worker_is_sent_again(partner, endpoint, hook):
    bring(partner)
    webhooks.gather()
    lease = timezone.now() + timedelta(minutes=1)
    WebhookDelivery.objects.update(claimed_by="dead", lease_until=lease)
    assert webhooks.send_due() == 0
    WebhookDelivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert webhooks.send_due() == 1


@pytest.mark.django_db(transaction=True)
def test_several_workers_tell_each_fact_once(partner, endpoint, hook):
    for number in range(15):
        bring(partner, number)

    def work():
        webhooks.tell_partners()
        connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(hook.received) == len({headers["X-Cned-Event-Id"] for headers, _ in hook.received}) == 15


INNER = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "ff02::1"),
]


@pytest.mark.parametrize("address", INNER)
def test_name_that_leads_inside_is_refused_at_sending(address, monkeypatch, partner):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    inner = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [public, inner])
    make_endpoint(partner)
    bring(partner)
    webhooks.tell_partners()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.error) == (DeliveryState.PENDING, "Ce nom mène à une machine qui n’est pas publique.")


@pytest.mark.parametrize(
    "address",
    [
        *(f"https://{f'[{address}]' if ':' in address else address}/" for address in INNER),
        *("http://exemple.example/", "https://localhost/", "https://base/", "https://127.1/", "https://0x7f000001/"),
        *("https://2130706433/", "https://redis.internal/", "https://a.local/", "https://exemple.example:6379/"),
        *("https://moi:secret@exemple.example/", "https://exemple.example/#ancre", "https://exemple.example/a b"),
        *("https://exemple.example/\r\nX: y", "https://exémple.example/", "https://[::1/", "ftp://exemple.example/"),
        *("https://exemple.example:x/", "https://", "", "https://127.0.0.1./", "https://localhost./"),
    ],
)
def test_address_that_may_lead_inside_is_refused(address):
    with pytest.raises(ValidationError):
        validate_webhook_address(address)


@pytest.mark.parametrize(
    "address", ["https://exemple.example/a?b=c", "https://a.exemple.example:8443", "https://9.9.9.9/"]
)
def test_public_address_is_taken(address):
    validate_webhook_address(address)


def test_administrator_sees_a_secret_once(client, staff, partner, endpoint):
    client.force_login(staff(Role.ADMINISTRATOR))
    for name, row, action in (("partner", partner, "new_token"), ("webhookendpoint", endpoint, "new_secret")):
        url = reverse(f"admin:crc_{name}_changelist")
        answer = client.post(url, {"action": action, "_selected_action": [row.pk]})
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        row.refresh_from_db()
        secret = webhooks.webhook_secret(row) if row == endpoint else f"cned_{row.token_prefix}_"
        assert secret in answer.content.decode()
        assert secret not in client.get(url).content.decode()
    client.force_login(staff(Role.CRC_SUPERVISOR))
    answer = client.post(
        reverse("admin:crc_partner_changelist"), {"action": "new_token", "_selected_action": partner.pk}
    )
    assert "cned_" not in answer.content.decode()


def test_old_announcements_are_forgotten(partner, endpoint, hook):
    bring(partner)
    webhooks.tell_partners()
    tasks.forget_partner_traces()
    assert told()
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=91))
    tasks.forget_partner_traces()
    assert not told()


def test_example_of_the_guide_checks_a_signature(endpoint, settings):
    guide = (settings.BASE_DIR / "docs" / "api.md").read_text()
    names = {}
    exec(guide.split("```python")[1].split("```")[0], names)
    secret, header = webhooks.webhook_secret(endpoint), webhooks.signature(endpoint, b"{}")
    assert names["is_from_cned"](secret, header, b"{}")
    assert not names["is_from_cned"](secret, header, b"{ }")
    assert not names["is_from_cned"]("autre", header, b"{}")
    assert not names["is_from_cned"](secret, webhooks.signature(endpoint, b"{}", at=5), b"{}")
