from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.notifications import choose_notifications, notify, quiet_until
from learners.enums import NotificationChannel, NotificationTopic, TimeZone
from learners.models import PushMessage, QuietHours
from tests.learners.factories import EnrolmentFactory, LearnerProfileFactory, PushDeviceFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def enrolment(vapid):
    return EnrolmentFactory(confirmed=True)


@pytest.fixture
def optional(monkeypatch):
    """A fact that does not commit the person."""
    monkeypatch.setattr("learners.domain.notifications.ALWAYS_MAILED", set())


def choose(user, channel, quiet=None):
    channels = dict.fromkeys(NotificationTopic.values, channel)
    choose_notifications(user, channels=channels, quiet=quiet, acting_user=user)


def tell(enrolment, key="1"):
    context = {"enrolment": enrolment, "url": enrolment.get_absolute_url()}
    return notify(enrolment.learner.user, event="enrolment_confirmed", key=key, context=context)


def test_person_who_chose_nothing_is_told_by_mail(enrolment, optional):
    PushDeviceFactory(user=enrolment.learner.user)
    tell(enrolment)
    tell(enrolment)  # told once
    assert Mail.objects.filter(key="learners.1").count() == 1
    assert not PushMessage.objects.exists()


def test_person_who_chose_devices_is_told_on_each_and_not_by_mail(enrolment, optional):
    user = enrolment.learner.user
    devices = [PushDeviceFactory(user=user) for _ in range(2)]
    PushDeviceFactory()  # another person's
    choose(user, NotificationChannel.PUSH)
    tell(enrolment)
    tell(enrolment)
    assert set(PushMessage.objects.values_list("device", flat=True)) == {device.pk for device in devices}
    assert PushMessage.objects.count() == 2
    assert not Mail.objects.filter(key="learners.1").exists()


def test_person_whose_devices_are_gone_is_told_by_mail(enrolment, optional):
    choose(enrolment.learner.user, NotificationChannel.PUSH)
    assert tell(enrolment) is not None


def test_person_who_wants_nothing_is_told_what_commits_them_alone(enrolment, monkeypatch):
    choose(enrolment.learner.user, NotificationChannel.NONE)
    assert tell(enrolment, "commits") is not None
    monkeypatch.setattr("learners.domain.notifications.ALWAYS_MAILED", set())
    assert tell(enrolment, "optional") is None


def test_notification_holds_no_personal_data(enrolment):
    user = enrolment.learner.user
    PushDeviceFactory(user=user)
    choose(user, NotificationChannel.PUSH)
    tell(enrolment)
    title = PushMessage.objects.get().title
    assert title
    assert user.last_name not in title
    assert user.email not in title


@pytest.mark.parametrize(
    ("here", "until"),
    [
        ((2026, 3, 10, 20, 59), None),
        ((2026, 3, 10, 21, 0), (2026, 3, 11, 7, 30)),
        ((2026, 3, 11, 3, 0), (2026, 3, 11, 7, 30)),
        ((2026, 3, 11, 7, 30), None),
        ((2026, 3, 29, 1, 59), (2026, 3, 29, 7, 30)),  # the night of the summer time
    ],
)
def test_silence_lasts_over_the_night(learner, here, until):
    QuietHours.objects.create(user=learner, starts_at=time(21), ends_at=time(7, 30))
    ends = quiet_until(learner, at=datetime(*here, tzinfo=PARIS))
    assert ends == (until and datetime(*until, tzinfo=PARIS))


def test_silence_is_that_of_where_the_person_lives(learner):
    QuietHours.objects.create(user=learner, starts_at=time(12), ends_at=time(14), time_zone=TimeZone.REUNION)
    noon = datetime(2026, 6, 1, 12, 30, tzinfo=ZoneInfo("Indian/Reunion"))
    assert quiet_until(learner, at=noon) == noon + timedelta(minutes=90)
    assert quiet_until(learner, at=noon.replace(tzinfo=PARIS)) is None


@time_machine.travel(datetime(2026, 3, 10, 22, 0, tzinfo=PARIS), tick=False)
def test_what_may_wait_comes_after_the_silence(enrolment, optional):
    user = enrolment.learner.user
    choose(user, NotificationChannel.PUSH, quiet=(time(21), time(7), TimeZone.PARIS))
    PushDeviceFactory(user=user)
    tell(enrolment)
    assert PushMessage.objects.get().due_at == datetime(2026, 3, 11, 7, 0, tzinfo=PARIS)
    choose(user, NotificationChannel.MAIL, quiet=(time(21), time(7), TimeZone.PARIS))
    assert tell(enrolment, "2").due_at == datetime(2026, 3, 11, 7, 0, tzinfo=PARIS)


@time_machine.travel(datetime(2026, 3, 10, 22, 0, tzinfo=PARIS), tick=False)
def test_what_commits_the_person_does_not_wait(enrolment):
    choose(enrolment.learner.user, NotificationChannel.MAIL, quiet=(time(21), time(7), TimeZone.PARIS))
    assert tell(enrolment).due_at <= timezone.now()


def test_silence_is_ended_by_choosing_none():
    user = LearnerProfileFactory().user
    choose(user, NotificationChannel.MAIL, quiet=(time(21), time(7), TimeZone.PARIS))
    choose(user, NotificationChannel.MAIL)
    assert not QuietHours.objects.exists()
