"""Web Push: a message encrypted for one browser (RFC 8291), signed by our key (RFC 8292), posted to its service."""

import base64
import binascii
import functools
import json
import os
import time
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from cned_portal.common.clients import https

PAYLOAD_MAX = 3000  # services take 4,096 bytes once encrypted
TIME_TO_LIVE = 24 * 3600
TOKEN_LIFE = 12 * 3600  # RFC 8292: at most 24 hours


class BadSubscription(ValueError):
    """What the browser gave is not a subscription."""


def is_configured():
    """Whether the portal has a key to sign with."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key():
    """The application server key that browsers subscribe with, in URL-safe base 64."""
    point = _vapid(settings.VAPID_PRIVATE_KEY).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def check_subscription(endpoint, p256dh, auth):
    """Raise BadSubscription unless a message could be encrypted for these keys and posted there."""
    try:
        https.check_address(endpoint)
        _browser_key(p256dh)
        if len(_decoded(auth)) != 16:
            raise ValueError
    except ValueError:
        raise BadSubscription("Cet abonnement n’a pas la forme attendue.") from None


def send(endpoint, p256dh, auth, message, *, urgency="normal"):
    """Post `message`, a dict, to the browser's service; the status of its answer: 404 and 410 mean that it is gone.

    Raises https.ForbiddenAddress, https.HttpsFailure.
    """
    content = json.dumps(message, ensure_ascii=False).encode()
    if len(content) > PAYLOAD_MAX:
        raise ValueError("the message is too long")
    body = http_ece.encrypt(
        content,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_decoded(p256dh),
        auth_secret=_decoded(auth),
        version="aes128gcm",
    )
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "sub": f"mailto:{settings.VAPID_CONTACT}",
        "exp": int(time.time()) + TOKEN_LIFE,
    }
    headers = {
        **_vapid(settings.VAPID_PRIVATE_KEY).sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TIME_TO_LIVE),
        "Urgency": urgency,
    }
    return https.post(endpoint, body, headers)


@functools.lru_cache(maxsize=2)
def _vapid(private_key):
    return Vapid02.from_string(private_key)


def _browser_key(p256dh):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))


def _decoded(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, UnicodeError, TypeError):
        raise ValueError("not base 64") from None
