"""What the address of the queue asks for."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef
from django.http import QueryDict
from django.urls import reverse

from cned_portal.common.keyset import page_after
from crc.domain.clocks import clocks_elapsed, clocks_to_watch
from crc.domain.queries.search import LATEST, page_by_words
from crc.enums import EscalationStep, State
from crc.models import Escalation, Service, Tag
from crc.validators import is_reference

TO_ANSWER = "a-repondre"
LATE = "en-retard"
SIGNALLED = "signalees"
SILENCE = "silence"
SILENCE_PAST = "silence-acquis"
EVERY = "toutes"
NEWS = "nouveautes"
KNOWN_STATES = {TO_ANSWER, LATE, SIGNALLED, SILENCE, SILENCE_PAST, EVERY, *State.values}
BY_DUE_DATE = ["due_at", "id"]
BY_LATEST = LATEST
BY_RECEPTION = ["-received_at", "-id"]


@dataclass(frozen=True)
class QueueFilter:
    """What the address asks for: known values only, anything else is ignored."""

    state: str
    service: str
    mine: bool
    unread: bool
    query: str
    tag: str = ""
    followed: str = ""
    mentioned: bool = False

    @staticmethod
    def params(text):
        """Parameters of an address that a form sent back."""
        return QueryDict(text.replace("\0", "")[:2_000])

    @classmethod
    def read(cls, params: QueryDict):
        state = params.get("etat", "")
        return cls(
            state=state if state in KNOWN_STATES else TO_ANSWER,
            service=params.get("service", "").replace("\0", "")[:40],
            mine=params.get("a-moi") == "1",
            unread=params.get("non-lues") == "1",
            query=params.get("q", "").replace("\0", "").strip()[:254],
            tag=params.get("etiquette", "").replace("\0", "")[:40],
            followed=params.get("suivies", "") if params.get("suivies") in {"1", NEWS} else "",
            mentioned=params.get("mentions") == "1",
        )

    def encoded(self, **changes):
        """The parameters of an address for this filter, changed; always in the same order."""
        values = {
            "etat": self.state,
            "service": self.service,
            "a-moi": "1" if self.mine else "",
            "non-lues": "1" if self.unread else "",
            "q": self.query,
            "etiquette": self.tag,
            "suivies": self.followed,
            "mentions": "1" if self.mentioned else "",
            **changes,
        }
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in values.items() if value})
        return query.urlencode()

    def address(self, **changes):
        """Address of the queue with this filter, changed."""
        return f"{reverse('admin:crc_queue')}?{self.encoded(**changes)}"

    @property
    def is_words(self):
        """Whether words are searched, neither a reference nor an address."""
        return bool(self.query) and "@" not in self.query and not is_reference(self.query.upper())

    def page(self, tickets, user, cursor, *, size):
        """The page after the cursor, of the tickets that the filter keeps."""
        tickets = tickets.select_related("service", "assignee").prefetch_related("tags")
        if self.is_words:
            return page_by_words(tickets, self.query, cursor, size=size)
        return page_after(*self.apply(tickets, user), cursor, size=size)

    def apply(self, tickets, user):
        """Filtered tickets and the order that suits them; words are not searched here."""
        if self.query:
            reference = self.query.upper()
            if is_reference(reference):
                return tickets.filter(reference=reference), BY_LATEST
            return tickets.from_address(self.query), BY_RECEPTION
        # By their keys: the planner then knows how common they are, and reads the shorter side.
        if self.service:
            tickets = tickets.filter(service=_key_of(Service, self.service))
        if self.mine:
            tickets = tickets.filter(assignee=user)
        if self.unread:
            tickets = tickets.filter(has_unread=True)
        if self.tag:
            tickets = tickets.filter(ticket_tags__tag=_key_of(Tag, self.tag))
        if self.followed:
            fresh = {"followers__seen_at__lt": F("last_message_at")} if self.followed == NEWS else {}
            tickets = tickets.filter(followers__user=user, **fresh)
        if self.mentioned:
            tickets = tickets.filter(pk__in=user.mentions.filter(seen_at__isnull=True).values("ticket"))
        if self.state == EVERY:
            return tickets, BY_LATEST
        if self.state == TO_ANSWER:
            return tickets.to_answer(), BY_DUE_DATE
        if self.state == LATE:
            return tickets.late(), BY_DUE_DATE
        if self.state == SIGNALLED:
            late = Escalation.objects.filter(ticket=OuterRef("pk"), step=EscalationStep.LATE)
            return tickets.to_answer().filter(Exists(late)), BY_DUE_DATE
        if self.state == SILENCE:
            return tickets.filter(pk__in=clocks_to_watch().order_by().values("answers")), BY_DUE_DATE
        if self.state == SILENCE_PAST:
            return tickets.filter(pk__in=clocks_elapsed().order_by().values("answers")), BY_DUE_DATE
        tickets = tickets.filter(state=self.state)
        return tickets, BY_DUE_DATE if self.state in {State.NEW, State.OPEN} else BY_LATEST


def _key_of(model, code):
    """Key of the row with this code; 0, which is nobody's, for none."""
    return model.objects.filter(code=code).values_list("pk", flat=True).first() or 0
