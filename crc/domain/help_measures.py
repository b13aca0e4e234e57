"""Counts of what the help did: sums by day, without anything about the person.

Pages that are only read write nothing: what they have to count goes to a worker.
"""

import logging

from django.core.cache import cache
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from catalogue.domain.misses import loggable
from cned_portal.common.verbs import verb
from crc.models import SuggestionCount, UnansweredQuestion

logger = logging.getLogger(__name__)

HOURLY_CAP = 2_000  # a robot must not fill the tables, nor the queue
COUNTED_MAX = 30  # articles of one form
COLUMNS = ("shown", "opened", "helped", "submitted")


def read_keys(text):
    """Keys of articles in a hidden field: anything else that was put there is ignored."""
    parts = text[:600].split(",")
    keys = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= 18]
    return list(dict.fromkeys(keys))[:COUNTED_MAX]


def add_counts(keys, column, *, day, by=1):
    """Add to the counts of that day; keys that no article has are left out. Safe with any number of writers."""
    if column not in COLUMNS:
        raise ValueError(column)
    with connection.cursor() as cursor:
        # Always in the order of keys, so that two writers wait for each other and never lock.
        cursor.execute(
            f"INSERT INTO crc_suggestioncount AS known (article_id, day, shown, opened, helped, submitted) "  # noqa: S608
            f"SELECT id, %s, {', '.join('%s' if name == column else '0' for name in COLUMNS)} FROM crc_article "
            f"WHERE id = ANY(%s) AND published_at IS NOT NULL ORDER BY id "
            f"ON CONFLICT (article_id, day) DO UPDATE SET {column} = known.{column} + EXCLUDED.{column}",
            [day, by, list(keys)],
        )


@verb
def record_suggested(keys, *, acting_user):
    """Articles were proposed under the request form."""
    add_counts(keys[:COUNTED_MAX], "shown", day=timezone.localdate())


@verb
def record_opened(key, *, acting_user):
    """An article was opened from the request form."""
    add_counts([key], "opened", day=timezone.localdate())


@verb
def record_submitted_anyway(keys, *, acting_user):
    """A request was sent although these articles had been proposed."""
    add_counts(keys[:COUNTED_MAX], "submitted", day=timezone.localdate())


@verb
def record_unanswered(text, *, acting_user):
    """Count one more search of the help that found nothing."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crc_unansweredquestion AS known (query, count, first_seen_on, last_seen_on, is_handled) "
            "VALUES (%s, 1, %s, %s, false) ON CONFLICT (query) DO UPDATE "
            "SET count = known.count + 1, last_seen_on = EXCLUDED.last_seen_on",
            [text, today, today],
        )
    return UnansweredQuestion.objects.get(query=text)


def report_unanswered(query):
    """Hand a search without result to a worker, unless it may hold an address, a number or a long text."""
    from crc.tasks import record_unanswered_question

    text = loggable(query)
    if text:
        _hand("misses", record_unanswered_question, text)


def report_opened(key):
    """Hand to a worker that an article was opened from the request form."""
    from crc.tasks import record_article_opened

    _hand("opened", record_article_opened, key)


def _hand(kind, task, value):
    try:
        name = f"crc:help:{kind}:{timezone.now():%Y%m%d%H}"
        cache.add(name, 0, timeout=3_700)
        if cache.incr(name) <= HOURLY_CAP:
            task.delay(value)
    except Exception:  # the visitor's page does not depend on the queue
        logger.warning("use of the help not recorded", exc_info=True)


def totals_since(day):
    """For each article used since that day, its sums and its title, the most proposed first."""
    return (
        SuggestionCount.objects.filter(day__gte=day)
        .values("article_id", "article__title", "article__slug", "article__state")
        .annotate(**{f"total_{name}": Sum(name) for name in COLUMNS})
        .order_by("-total_shown", "article_id")
    )
