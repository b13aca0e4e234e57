"""`make run`: embedded PostgreSQL and Redis, demonstration people, mails kept in the database and read in the admin."""

import os

from cned_portal.embedded.services import FOLDER, addresses

for name, address in addresses(FOLDER).items():
    os.environ.setdefault(name, address)

from cned_portal.settings.base import *  # noqa: F403
from cned_portal.settings.base import MIDDLEWARE, STORAGES, env

SECRET_KEY = env.str("SECRET_KEY", default="embedded-demonstration-only-never-in-production")
# A key of the demonstration alone: notifications work on the machine that runs it
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="XQZ0PEhbD0w85C6HSMB3wnivFI7iZIZ4_QcdWQMNEi4")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
MEDIA_ROOT = env.path("MEDIA_ROOT", default=FOLDER / "media")
# Files are served from where they are, compressed on the way: gathering them all would delay the first start
MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *MIDDLEWARE]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
DEMO_ALLOWED = True
PAYMENT_SANDBOX = True
BANK_IBAN = "FR00 0000 0000 0000 0000 0000 000"  # visibly not a real one
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost: browsers hold it for secure
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=False)  # demo only: production refuses
OUTBOX_DELIVERY_BACKEND = env.str("OUTBOX_DELIVERY_BACKEND", default="django.core.mail.backends.dummy.EmailBackend")
OUTBOX_SHOW_SECRETS = True  # the demonstration has no mailbox: reset links are read in the back-office
