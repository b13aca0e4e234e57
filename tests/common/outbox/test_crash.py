"""kill -9 of dispatchers while mails leave: none lost, none of those that must not leave twice leaves twice."""

import random
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.db import connection

from cned_portal.common.outbox.enums import Delivery, MailState
from cned_portal.common.outbox.models import Mail

NUMBER = 600


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_dispatchers_lose_nothing(sink, make_mail, settings, record_property):
    for number in range(NUMBER):
        make_mail(number, delivery=Delivery.AT_MOST_ONCE if number % 2 else Delivery.AT_LEAST_ONCE)
    sink.pause = 0.002
    command = [
        sys.executable, "-m", "tests.common.outbox.crash_worker",
        connection.settings_dict["NAME"], str(settings.EMAIL_PORT),
    ]  # fmt: skip
    chance = random.Random(2)
    kills, worker = 0, None
    settled = [MailState.SENT, MailState.UNKNOWN]
    until = time.monotonic() + 150
    try:
        while Mail.objects.exclude(state__in=settled).exists() and time.monotonic() < until:
            before = len(sink.taken)
            worker = subprocess.Popen(command)
            while len(sink.taken) == before and time.monotonic() < until and Mail.objects.exclude(state__in=settled):
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.4) if kills < 8 else 6)
            worker.kill()
            worker.wait()
            kills += 1
    finally:
        if worker:
            worker.kill()
            worker.wait()
    received = Counter(sink.message_ids)
    states = Counter(Mail.objects.values_list("state", flat=True))
    once = {mail.message_id for mail in Mail.objects.filter(delivery=Delivery.AT_MOST_ONCE)}
    repeated = {key: number for key, number in received.items() if number > 1}
    record_property("figures", f"{kills} kills, {states}, repeated with one Message-ID: {len(repeated)}")
    print(f"{kills} kills, {dict(states)}, repeated with one Message-ID: {len(repeated)}")  # noqa: T201
    assert kills >= 8
    assert set(states) <= set(settled)
    assert not repeated.keys() & once
    for mail in Mail.objects.filter(state=MailState.SENT):
        assert received[mail.message_id] >= 1
    assert not Mail.objects.filter(state=MailState.UNKNOWN, delivery=Delivery.AT_LEAST_ONCE).exists()
    assert states[MailState.UNKNOWN] <= kills
    assert len(repeated) <= kills
