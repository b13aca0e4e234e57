"""A reader of mails with short leases, run as a process of its own so that a test can kill it."""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from crc.domain.mail import ingestion  # noqa: E402

settings.DATABASES["default"].update(NAME=sys.argv[1])
connection.settings_dict.update(NAME=sys.argv[1])
ingestion.LEASE = timedelta(seconds=1)
ingestion.ATTEMPTS = 1_000
sys.stdout.write("ready\n")
sys.stdout.flush()
while True:
    try:
        ingestion.ingest_waiting(most=20)
    except DatabaseError:
        connection.close()
    time.sleep(0.02)
