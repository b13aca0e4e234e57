"""What the address of the queue asks for."""

from dataclasses import dataclass

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse

from crc.domain.clocks import clocks_to_watch
from crc.domain.words import with_words
from crc.enums import EscalationStep, State
from crc.models import Tag
from crc.validators import is_reference

TO_ANSWER = "a-repondre"
LATE = "en-retard"
SIGNALLED = "signalees"
SILENCE = "silence"
EVERY = "toutes"
NEWS = "nouveautes"
BY_DUE_DATE = ["due_at", "id"]
BY_LATEST = ["-last_message_at", "-id"]


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
            state=state if state in {TO_ANSWER, LATE, SIGNALLED, SILENCE, EVERY, *State.values} else TO_ANSWER,
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

    def apply(self, tickets, user):
        """Filtered tickets and the order that suits them."""
        if self.query:
            reference = self.query.upper()
            if is_reference(reference):
                return tickets.filter(reference=reference), BY_LATEST
            if "@" in self.query:
                return tickets.from_address(self.query), BY_LATEST
            return with_words(tickets, self.query), BY_LATEST
        if self.service:
            tickets = tickets.filter(service__code=self.service)
        if self.mine:
            tickets = tickets.filter(assignee=user)
        if self.unread:
            tickets = tickets.filter(has_unread=True)
        if self.tag:
            # By its key: the planner then knows how common the tag is, and reads the shorter side.
            tag = Tag.objects.filter(code=self.tag).values_list("pk", flat=True).first()
            tickets = tickets.filter(ticket_tags__tag=tag) if tag else tickets.none()
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
            return tickets.to_answer().filter(escalations__step=EscalationStep.LATE), BY_DUE_DATE
        if self.state == SILENCE:
            return tickets.filter(pk__in=clocks_to_watch().order_by().values("ticket")), BY_DUE_DATE
        tickets = tickets.filter(state=self.state)
        return tickets, BY_DUE_DATE if self.state in {State.NEW, State.OPEN} else BY_LATEST
