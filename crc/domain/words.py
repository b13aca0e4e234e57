"""The words by which agents find tickets, folded on both sides as everywhere in the portal."""

from django.contrib.postgres.search import SearchQuery
from django.db import connection

from catalogue.domain.wording import lexemes
from crc.models import Ticket, TicketWords

LEXEMES_MAX = 3_000  # of one text: a mail may be a book
_QUERY_MAX = 12
_BATCH = 500
_ADD = """
INSERT INTO crc_ticketwords (ticket_id, vector) VALUES (%s, strip(to_tsvector('simple', %s)))
ON CONFLICT (ticket_id) DO UPDATE SET vector = crc_ticketwords.vector || EXCLUDED.vector
"""


def learn_words(ticket, *texts):
    """Add the words of these texts to those of the ticket, in the caller's transaction."""
    found = dict.fromkeys(lexeme for text in texts for lexeme in lexemes(text)[:LEXEMES_MAX])
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [ticket.pk, " ".join(found)])


def words_query(text):
    """What to ask the index for every word of the text, None for no word; the last may be the beginning of one."""
    found = lexemes(text)[:_QUERY_MAX]
    if not found:
        return None
    return SearchQuery(" & ".join([*found[:-1], f"{found[-1]}:*"]), config="simple", search_type="raw")


def relearn_words():
    """Write the words of every ticket anew, by batches; number of tickets. Harmless when run twice."""
    done = 0
    for ticket in Ticket.objects.order_by("pk").iterator(chunk_size=_BATCH):
        relearn(ticket)
        done += 1
    return done


def relearn(ticket):
    """Write the words of one ticket anew, after some were erased."""
    TicketWords.objects.filter(ticket=ticket).delete()
    bodies = ticket.messages.values_list("body", flat=True)
    learn_words(ticket, ticket.subject, ticket.requester_name, *bodies)
