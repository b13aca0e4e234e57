"""The calendar of a learner, on a page and as a feed for any calendar client."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from cned_portal.common.verbs import verb
from learners.domain.queries.courses import devoirs_of
from learners.enums import ENROLLED_STATES, ContactKind
from learners.models import CalendarFeed, Contact, Enrolment, LearnerProfile

PAST = timedelta(days=60)
AHEAD = timedelta(days=400)
MOST = 500


@dataclass(frozen=True)
class Occurrence:
    """Something on a day, or at an hour. `uid` stays the same from one reading to the next."""

    uid: str
    starts: date | datetime
    title: str
    learner: LearnerProfile | None = None  # whose it is, for a guardian; None for one's own

    @property
    def day(self):
        return timezone.localdate(self.starts) if isinstance(self.starts, datetime) else self.starts

    @property
    def is_timed(self):
        return isinstance(self.starts, datetime)


@verb
def renew_feed(user, *, acting_user):
    """Give the person an address for their calendar; the former one works no more."""
    feed, is_new = CalendarFeed.objects.get_or_create(user=user)
    if not is_new:
        feed.secret, feed.created_at = uuid.uuid4(), timezone.now()
        feed.save(update_fields=["secret", "created_at"])
    return feed


@verb
def revoke_feed(user, *, acting_user):
    """The address works no more; revoked twice, nothing changes."""
    CalendarFeed.objects.filter(user=user).delete()


def occurrences_of(user, first=None, last=None):
    """Devoirs, sessions and meetings of the enrolments that the person follows, by date: three queries."""
    today = timezone.localdate()
    first, last = first or today - PAST, last or today + AHEAD
    enrolments = Enrolment.objects.followed_by(user).filter(state__in=ENROLLED_STATES)
    followed = {item.pk: item for item in enrolments.select_related("session", "training", "learner__user")[:MOST]}
    wards = {pk: item.learner for pk, item in followed.items() if item.learner.user_id != user.pk}
    found = []
    devoirs = devoirs_of(enrolments).filter(due_on__range=(first, last)).order_by("due_on", "pk")
    for devoir in devoirs[:MOST]:
        uid, title = f"devoir-{devoir.enrolment_id}-{devoir.pk}", f"À rendre : {devoir.title}"
        found.append(Occurrence(uid, devoir.due_on, title, wards.get(devoir.enrolment_id)))
    for item in (item for item in followed.values() if item.session):
        days = {
            "debut": ("Début", item.session.starts_on),
            "fin": ("Fin", item.session.ends_on),
            "epreuves": ("Début des épreuves", item.session.exam_starts_on),
        }
        for name, (label, day) in days.items():
            if day and first <= day <= last:
                title = f"{label} : {item.training.title}"
                found.append(Occurrence(f"session-{name}-{item.pk}", day, title, wards.get(item.pk)))
    meetings = Contact.objects.filter(
        enrolment__in=enrolments, kind=ContactKind.MEETING, meets_at__date__range=(first, last)
    )
    for contact in meetings.order_by("meets_at")[:MOST]:
        whose = wards.get(contact.enrolment_id)
        title = "Rendez-vous avec le tuteur" if whose else "Rendez-vous avec votre tuteur"
        found.append(Occurrence(f"rendez-vous-{contact.pk}", contact.meets_at, title, whose))
    return sorted(found, key=lambda one: (one.day, one.is_timed, one.uid))


def feed_bytes(feed):
    """The feed: titles and days, no name. The same calendar gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Portail Cned//Mon espace//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Cned, mon espace")
    host = settings.SITE_URL.rpartition("//")[2]
    for one in occurrences_of(feed.user):
        event = Event()
        event.add("uid", f"{one.uid}@{host}")
        event.add("dtstamp", feed.created_at)
        event.add("summary", one.title)
        event.add("dtstart", one.starts)
        event.add("dtend", one.starts + (timedelta(minutes=30) if one.is_timed else timedelta(days=1)))
        event.add("transp", "OPAQUE" if one.is_timed else "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
