"""A dispatcher with short leases, run as a process of its own so that a test can kill it."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from cned_portal.common.outbox.domain import dispatch  # noqa: E402

settings.DATABASES["default"].update(NAME=sys.argv[1])
connection.settings_dict.update(NAME=sys.argv[1])
settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", int(sys.argv[2]), 5
dispatch.LEASE = timedelta(seconds=2)
dispatch.BATCH = 20
while True:
    try:
        dispatch.dispatch()
    except DatabaseError:
        connection.close()
    time.sleep(0.1)
