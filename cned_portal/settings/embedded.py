"""`make run`: embedded PostgreSQL and Redis, demonstration people, mails kept in the database and read in the admin."""

from cned_portal.settings.base import *  # noqa: F403
from cned_portal.settings.base import BASE_DIR, env

EMBEDDED_DIR = env.path("EMBEDDED_DIR", default=BASE_DIR / ".embedded")
SECRET_KEY = env.str("SECRET_KEY", default="embedded-demonstration-only-never-in-production")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=False)  # demo only: production refuses
OUTBOX_DELIVERY_BACKEND = env.str("OUTBOX_DELIVERY_BACKEND", default="django.core.mail.backends.dummy.EmailBackend")
OUTBOX_SHOW_SECRETS = True  # the demonstration has no mailbox: reset links are read in the back-office
