from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from crc.models.tickets import Ticket


class TicketWords(models.Model):
    """What agents search a ticket by: its subject, its requester's name and what was written, notes included.

    Apart from the ticket, so that lists do not read it and that a change of state does not write it again.
    """

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True, related_name="words")
    vector = SearchVectorField("mots")

    class Meta:
        verbose_name = "mots d’une demande"
        verbose_name_plural = "mots des demandes"
        default_permissions = ()
        indexes = [GinIndex(fields=["vector"], name="ticket_words")]

    def __str__(self):
        return str(self.ticket)
