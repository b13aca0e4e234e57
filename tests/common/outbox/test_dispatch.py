"""Mails leave once, and every failure ends in a state that a person understands."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cned_portal.common.outbox.domain import wanted
from cned_portal.common.outbox.domain.dispatch import build_message, claim, dispatch, recover
from cned_portal.common.outbox.domain.follow_up import (
    cancel_mail,
    health,
    note_provider_event,
    purge_secrets,
    resend_mail,
    settle_mail,
)
from cned_portal.common.outbox.enums import Delivery, MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.outbox.tasks import dispatch_due_mail, purge_mail_secrets, reconcile_outbox

pytestmark = pytest.mark.django_db


def test_due_mail_leaves_once(sink, make_mail):
    mail = make_mail()
    assert dispatch() == 1
    assert dispatch() == 0
    [message] = sink.taken
    assert sink.message_ids == [mail.message_id]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Cned-Instance"]
    assert message["Date"]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.SENT, 1)
    assert mail.sent_at


def test_mail_not_yet_due_waits(sink, make_mail):
    make_mail(due_at=timezone.now() + timedelta(hours=1))
    assert dispatch() == 0
    assert not sink.taken


def test_urgent_mail_leaves_first(sink, make_mail):
    make_mail(1, priority=9)
    make_mail(2, priority=0)
    dispatch()
    assert sink.message_ids == ["<2@cned.example>", "<1@cned.example>"]


def test_one_batch_uses_few_queries(sink, make_mail, django_assert_num_queries):
    for number in range(3):
        make_mail(number)
    with django_assert_num_queries(3 + 4 + 2 * 3 + 3):  # recover, claim, two for each mail, an empty claim
        dispatch()


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_at_once_send_each_mail_once(sink, make_mail):
    for number in range(230):
        make_mail(number)

    def work():
        try:
            dispatch()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sink.message_ids) == len(set(sink.message_ids)) == 230
    assert Mail.objects.filter(state=MailState.SENT).count() == 230


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"rcpt": "550 5.1.1 camille1@exemple.example unknown"}, MailState.BOUNCED),
        ({"rcpt": "451 try later"}, MailState.PENDING),
        ({"data": "554 refused"}, MailState.FAILED),
        ({"data": "452 full"}, MailState.PENDING),
    ],
)
def test_refusal_is_sorted(sink, make_mail, answers, state):
    mail = make_mail()
    vars(sink).update(answers)
    dispatch()
    mail.refresh_from_db()
    assert mail.state == state
    assert mail.error
    assert "exemple" not in mail.error
    if state == MailState.PENDING:
        assert mail.due_at > timezone.now()
        assert mail.give_up_at > timezone.now() + timedelta(days=1)


def test_temporary_refusals_end_after_two_days(sink, make_mail):
    mail = make_mail(give_up_at=timezone.now() - timedelta(seconds=1))
    sink.rcpt = "451 try later"
    dispatch()
    mail.refresh_from_db()
    assert mail.state == MailState.FAILED


@pytest.mark.parametrize(
    ("delivery", "state"), [(Delivery.AT_LEAST_ONCE, MailState.PENDING), (Delivery.AT_MOST_ONCE, MailState.UNKNOWN)]
)
def test_connection_lost_after_data_is_a_doubt(sink, make_mail, delivery, state):
    mail = make_mail(delivery=delivery)
    sink.drop = True
    dispatch()
    mail.refresh_from_db()
    assert mail.state == state


@pytest.mark.parametrize("delivery", Delivery.values)
def test_server_away_delays_and_stops_the_batch(settings, make_mail, delivery):
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    first, second = make_mail(1, delivery=delivery), make_mail(2, delivery=delivery)
    assert dispatch() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == second.state == MailState.PENDING
    assert first.due_at > timezone.now()
    assert second.due_at <= timezone.now()


@pytest.mark.parametrize(
    ("held", "delivery", "state"),
    [
        (MailState.CLAIMED, Delivery.AT_MOST_ONCE, MailState.PENDING),
        (MailState.SENDING, Delivery.AT_LEAST_ONCE, MailState.PENDING),
        (MailState.SENDING, Delivery.AT_MOST_ONCE, MailState.UNKNOWN),
    ],
)
def test_lease_of_a_dead_dispatcher_ends(make_mail, held, delivery, state):
    mail = make_mail(state=held, delivery=delivery, claimed_by="dead", lease_until=timezone.now())
    alive = make_mail(2, state=held, claimed_by="alive", lease_until=timezone.now() + timedelta(minutes=1))
    recover()
    recover()
    mail.refresh_from_db()
    alive.refresh_from_db()
    assert mail.state == state
    assert alive.state == held


def test_mail_cancelled_after_the_claim_does_not_leave(sink, make_mail, monkeypatch):
    mail = make_mail()
    claim("other")
    assert cancel_mail(mail.key)
    assert not cancel_mail(mail.key)
    dispatch()
    assert not sink.taken


def test_mail_no_longer_wanted_is_cancelled(sink, make_mail, monkeypatch):
    monkeypatch.setattr(wanted, "_checks", {})
    wanted.register_check("test", lambda keys: {"test:1"} & set(keys))
    make_mail(1)
    unwanted = make_mail(2)
    dispatch()
    assert sink.message_ids == ["<1@cned.example>"]
    unwanted.refresh_from_db()
    assert unwanted.state == MailState.CANCELLED


def test_doubt_is_settled_by_a_person_or_the_provider(make_mail):
    first = make_mail(1, state=MailState.UNKNOWN)
    make_mail(2, state=MailState.UNKNOWN, provider_id="p2")
    third = make_mail(3, state=MailState.SENT, sent_at=timezone.now(), provider_id="p3")
    assert settle_mail(first, arrived=True, acting_user=None)
    assert not settle_mail(first, arrived=False, acting_user=None)
    assert note_provider_event(provider_id="p2", event_type="delivered") == 1
    assert note_provider_event(provider_id="p3", event_type="bounced") == 1
    assert note_provider_event(provider_id="", event_type="bounced") == 0
    assert list(Mail.objects.order_by("pk").values_list("state", flat=True)) == ["sent", "sent", "bounced"]
    assert resend_mail(third, acting_user=None)
    assert not resend_mail(first, acting_user=None)


def test_health_tells_what_is_late(make_mail):
    make_mail(1, due_at=timezone.now() - timedelta(minutes=16))
    make_mail(2, state=MailState.SENDING, lease_until=timezone.now() - timedelta(seconds=1))
    found = health()
    assert (found["late"], found["stuck"]) == (1, 1)
    assert found["counts"] == {"À envoyer": 1, "En cours de remise": 1}


def test_secrets_are_purged_once(make_mail):
    mail = make_mail(kind="django", state=MailState.SENT, sent_at=timezone.now())
    Mail.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert purge_secrets() == 1
    assert purge_secrets() == 0
    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("", "")
    assert not resend_mail(mail, acting_user=None)


def test_tasks_run_twice(sink, make_mail):
    make_mail()
    for task in (dispatch_due_mail, reconcile_outbox, purge_mail_secrets) * 2:
        task.delay()
    assert len(sink.taken) == 1


def test_header_cannot_be_injected(make_mail):
    mail = make_mail(headers={"X-Other": "a\r\nBcc: x@exemple.example"})
    with pytest.raises(ValueError, match="newlines"):
        build_message(mail).message()
