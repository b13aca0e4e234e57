"""Searches without result, kept without anything about the person, so that managers can answer with synonyms."""

import logging
import re

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from catalogue.models import SearchMiss
from cned_portal.common.text import words
from cned_portal.common.verbs import verb

logger = logging.getLogger(__name__)

HOURLY_CAP = 1_000  # a robot that types noise must not fill the table
_NUMBER = re.compile(r"[0-9]{7,}")


def loggable(query):
    """The folded query when it cannot hold an address, a phone number or a long text; else an empty text."""
    if "@" in query or len(query) > 100 or _NUMBER.search(re.sub(r"[\s.\-/]", "", query)):
        return ""
    return " ".join(words(query))[:100]


def report_miss(query):
    """Hand a search without result to a worker: a page that is only read writes nothing."""
    from catalogue.tasks import record_search_miss

    text = loggable(query)
    if not text:
        return
    try:
        key = f"catalogue:misses:{timezone.now():%Y%m%d%H}"
        cache.add(key, 0, timeout=3_700)
        if cache.incr(key) <= HOURLY_CAP:
            record_search_miss.delay(text)
    except Exception:  # the visitor's page does not depend on the queue
        logger.warning("search miss not recorded", exc_info=True)


@verb
def record_miss(text, *, acting_user):
    """Count one more search without result."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogue_searchmiss (query, count, first_seen_on, last_seen_on, is_handled) "
            "VALUES (%s, 1, %s, %s, false) ON CONFLICT (query) DO UPDATE "
            "SET count = catalogue_searchmiss.count + 1, last_seen_on = EXCLUDED.last_seen_on",
            [text, today, today],
        )
    return SearchMiss.objects.get(query=text)
