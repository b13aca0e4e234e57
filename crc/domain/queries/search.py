"""Search of tickets by their words, the latest first, in a time that does not depend on how common the words are.

The index of words knows no order, and the order knows no word. So what is common is looked for among the latest
tickets, where it is found at once; what is rare is asked of the index, and its few tickets are sorted; what is neither
is looked for among more of the latest, and the page says where it stopped.
"""

from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, transaction
from django.db.models import F, Func

from cned_portal.common.keyset import KeysetPage, cursor_of, page_after, rows_after
from crc.domain.words import words_query
from crc.models import TicketWords

LATEST = ["-last_message_at", "-id"]
GLANCE = 1_000  # latest tickets looked at before the index is asked
HITS_MAX = 5_000  # tickets that say the words, sorted
REACH = 20_000  # latest tickets looked at when more of them say it


@dataclass(frozen=True)
class WordsPage(KeysetPage):
    """`is_partial`: older tickets were not looked at; the next page begins with them."""

    is_partial: bool = False


def page_by_words(tickets, text, cursor, *, size):
    """The `size` latest of the tickets after `cursor` that say every word of the text."""
    query = words_query(text)
    if query is None:
        return KeysetPage([], "")
    stopped_at = None
    with _indexes_alone():
        keys = _among_latest(tickets, query, cursor, GLANCE)
        if len(keys) <= size and _nth(tickets, cursor, GLANCE) is not None:
            keys = list(TicketWords.objects.filter(vector=query).values_list("pk", flat=True)[: HITS_MAX + 1])
            if len(keys) > HITS_MAX:
                keys = _among_latest(tickets, query, cursor, REACH)
                stopped_at = _nth(tickets, cursor, REACH) if len(keys) <= size else None
    page = page_after(tickets.filter(pk__in=keys), LATEST, cursor, size=size)
    return WordsPage(page.rows, cursor_of(stopped_at, LATEST), is_partial=True) if stopped_at else page


def _among_latest(tickets, query, cursor, number):
    """Keys of those that say the words, among the `number` latest after the cursor."""
    latest = rows_after(tickets, LATEST, cursor).values("pk")[:number]
    # Of a function, which no index serves: the words are read by the keys of these tickets.
    vector = Func(F("vector"), function="strip", output_field=SearchVectorField())
    return list(TicketWords.objects.alias(read=vector).filter(pk__in=latest, read=query).values_list("pk", flat=True))


def _nth(tickets, cursor, number):
    """The ticket of that rank after the cursor, None when there are fewer."""
    bare = tickets.select_related(None).prefetch_related(None).only("pk", "last_message_at")
    return next(iter(rows_after(bare, LATEST, cursor)[number - 1 : number]), None)


@contextmanager
def _indexes_alone():
    """Read nothing from end to end: because of a limit the planner hopes to meet what is asked early in the table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")
