"""One door for what the portal tells a person: a fact, told once, by the means they chose."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.verbs import verb
from learners.domain.push import queue_push
from learners.enums import NotificationChannel, NotificationTopic
from learners.models import NotificationChoice, QuietHours

# What each fact is about. A fact that is not here is told by mail whatever the person chose.
EVENT_TOPICS = {
    "enrolment_requested": NotificationTopic.ENROLMENT,
    "enrolment_confirmed": NotificationTopic.ENROLMENT,
    "enrolment_news": NotificationTopic.ENROLMENT,
    "withdrawal_received": NotificationTopic.ENROLMENT,
    "homework_marked": NotificationTopic.HOMEWORK,
    "followup_reminder": NotificationTopic.FOLLOW_UP,
}
# Facts that commit the person: the mail is the durable medium that the law asks for, a notification comes on top.
ALWAYS_MAILED = {"enrolment_requested", "enrolment_confirmed", "enrolment_news", "withdrawal_received"}


def notify(user, *, event, key, context):
    """Tell the person of a fact, in the transaction of that fact; a `key` already told is told no more.

    `event` names the templates `learners/email/<event>`; `key` is stable for the fact, such as `homework_marked:42`;
    `context["url"]` is where it leads. What may wait does not come within the person's quiet hours. Somebody who
    chose their devices and has none left is told by mail.
    """
    topic = EVENT_TOPICS.get(event)
    mailed = topic is None or event in ALWAYS_MAILED
    channel = channel_of(user, topic) if topic else NotificationChannel.MAIL
    due_at = quiet_until(user) if topic else None
    pushed = 0
    if channel == NotificationChannel.PUSH:
        title = " ".join(render_to_string(f"learners/email/{event}_subject.txt", context).split())
        pushed = queue_push(user, key=key, title=title, url=str(context["url"]), due_at=due_at)
    if mailed or channel == NotificationChannel.MAIL or (channel == NotificationChannel.PUSH and not pushed):
        return queue_mail(
            key=f"learners.{key}",
            kind=f"learners/email/{event}",
            to=user.email,
            context=context,
            due_at=None if mailed else due_at,
        )
    return None


def channel_of(user, topic):
    """The means chosen for a topic."""
    choice = NotificationChoice.objects.filter(user=user, topic=topic).values_list("channel", flat=True).first()
    return choice or NotificationChannel.MAIL


def quiet_until(user, *, at=None):
    """The end of the silence that the person is in, None outside it."""
    hours = QuietHours.objects.filter(user=user).first()
    if hours is None:
        return None
    zone = ZoneInfo(hours.time_zone)
    here = (at or timezone.now()).astimezone(zone)
    starts, ends, now = hours.starts_at, hours.ends_at, here.time()
    is_quiet = starts <= now < ends if starts < ends else now >= starts or now < ends
    if not is_quiet:
        return None
    day = here.date() + timedelta(days=int(now >= ends))
    return datetime.combine(day, ends, tzinfo=zone)


@verb
def choose_notifications(user, *, channels, quiet, acting_user):
    """Keep the person's choices: `channels` by topic; `quiet` is (start, end, time zone), or None for no silence."""
    NotificationChoice.objects.bulk_create(
        [NotificationChoice(user=user, topic=topic, channel=channel) for topic, channel in channels.items()],
        update_conflicts=True,
        unique_fields=["user", "topic"],
        update_fields=["channel"],
    )
    if quiet is None:
        QuietHours.objects.filter(user=user).delete()
        return
    starts_at, ends_at, time_zone = quiet
    QuietHours.objects.update_or_create(
        user=user, defaults={"starts_at": starts_at, "ends_at": ends_at, "time_zone": time_zone}
    )
