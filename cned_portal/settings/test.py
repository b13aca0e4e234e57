"""The suite: real PostgreSQL and Redis, no manifest and no WhiteNoise (it rescans the static files for each client)."""

import os

from cned_portal.embedded.services import TEST_FOLDER, addresses

for name, address in addresses(TEST_FOLDER).items():
    os.environ.setdefault(name, address)

from cned_portal.settings.base import *  # noqa: F403
from cned_portal.settings.base import CACHES, MIDDLEWARE, REDIS_URL, STORAGES

SECRET_KEY = "tests-only"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DEMO_ALLOWED = True
PAYMENT_SANDBOX = True
BANK_IBAN = "FR00 0000 0000 0000 0000 0000 000"  # visibly not a real one
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 3600  # browsers stay signed in for a whole module, on a slow machine too
STAFF_MFA_REQUIRED = False  # tests of the second factor ask for it
# Each process of the suite empties its own Redis database, and nobody else's
REDIS_URL = f"{REDIS_URL.partition('?')[0]}?db={1 + int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:])}"
CACHES = {**CACHES, "default": {**CACHES["default"], "LOCATION": REDIS_URL}}
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MEDIA_ROOT = TEST_FOLDER / "media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
REQUEST_FORM_MIN_SECONDS = 0
