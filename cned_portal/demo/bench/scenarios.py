"""What is measured: a page, the data that grows, and how many times the floor it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from catalogue.models import Training, VocabularyWord
from cned_portal.common.keyset import cursor_of
from cned_portal.demo.people import LEARNER, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain.queries.search import LATEST
from crc.domain.tracking import tracking_token
from crc.models import Ticket

ASKED = 220  # as many requests as a scenario sends
TRAININGS = ("trainings", (200, 2_000, 20_000))
LEARNERS = ("learners", (1_000, 100_000))  # ten activities each
TICKETS = ("tickets", (1_000, 100_000, 1_000_000))
QUIET_AGENT = "agent-comptable@exemple.example"


@dataclass(frozen=True)
class Scenario:
    """`bar` is the number of floors that the median may cost at the largest volume, None for no bar.

    `addresses` gives one address, asked for again and again, or many, asked for in turn.
    """

    label: str
    volume: tuple[str, tuple[int, ...]]
    addresses: Callable[[], list[str]]
    bar: float | None = None
    p95_ms: float | None = None
    # A role of the demonstration, an address, or a function that gives the people who ask in turn
    signed_in_as: Role | str | Callable[[], list[User]] | None = None
    requests: int = 200

    def users(self):
        """Who asks in turn; None for a visitor."""
        if self.signed_in_as is None:
            return [None]
        if callable(self.signed_in_as):
            return self.signed_in_as()
        email = STAFF[self.signed_in_as][0] if self.signed_in_as in STAFF else self.signed_in_as
        return [User.objects.get(email=email)]


def _space():
    return [reverse("learners:space")]


def _learners(number=ASKED):
    """That many learners, the latest: whatever is kept of one does not serve the next."""
    return list(User.objects.filter(learner_profile__isnull=False).order_by("-learner_profile__pk")[:number])


def _search(query=""):
    return lambda: [f"{reverse('catalogue:search')}{query}"]


def _searches():
    """Searches of words that differ, with a filter: nothing was kept of any."""
    words = VocabularyWord.objects.filter(length__gte=5).order_by("word").values_list("word", flat=True)[:ASKED]
    return [f"{reverse('catalogue:search')}?q={word}&niveau={3 + place % 4}" for place, word in enumerate(words)]


def _suggestions():
    return [f"{reverse('catalogue:suggestions')}?q={word}" for word in ("inf", "compta", "petite+enf", "infirmi")]


def _training():
    return [Training.objects.published().order_by("-pk").first().get_absolute_url()]


def _tracking():
    return [reverse("crc:tracking", args=[tracking_token(Ticket.objects.order_by("-pk").first())])]


def _queue(query=""):
    return lambda: [f"{reverse('admin:crc_queue')}{query}"]


def _deep_queue():
    """A page of every ticket, far from the first one: by key, in the middle of the table."""
    middle = Ticket.objects.order_by("-last_message_at", "-pk")[Ticket.objects.count() // 2]
    return [f"{reverse('admin:crc_queue')}?etat=toutes&apres={cursor_of(middle, LATEST)}"]


def _busy_requester():
    ticket = Ticket.objects.filter(requester_email=LEARNER[0]).order_by("-pk").first()
    return [reverse("admin:crc_ticket", args=[ticket.reference])]


SCENARIOS = [
    Scenario("recherche et facettes", TRAININGS, _search("?q=informatique"), 3, 100),
    Scenario("recherche sans mot", TRAININGS, _search(), 3, 100),
    Scenario("recherches toutes neuves", TRAININGS, _searches, None, 100),
    Scenario("suggestions", TRAININGS, _suggestions, 3, 100),
    Scenario("page de formation", TRAININGS, _training, 1.5),
    Scenario("export LHEO", TRAININGS, lambda: [reverse("catalogue:lheo")], requests=4),
    Scenario("mon espace, chaque fois un autre", LEARNERS, _space, 2, None, _learners),
    Scenario("mon espace, le même", LEARNERS, _space, 2, None, lambda: _learners(1)),
    Scenario("mon espace, tout en cours", LEARNERS, _space, None, None, LEARNER[0]),
    Scenario("mes cours", LEARNERS, lambda: [reverse("learners:courses")], None, None, LEARNER[0]),
    Scenario("mes devoirs", LEARNERS, lambda: [reverse("learners:homework")], None, None, LEARNER[0]),
    Scenario("suivi à faire", LEARNERS, lambda: [reverse("admin:learners_followup")], None, 300, Role.CRC_SUPERVISOR),
    Scenario("page de suivi", TICKETS, _tracking),
    Scenario("file à répondre", TICKETS, _queue(), None, 300, Role.CRC_SUPERVISOR),
    Scenario("demandes, mot courant", TICKETS, _queue("?q=devoir"), None, 500, Role.CRC_SUPERVISOR),
    Scenario("demandes, mot rare", TICKETS, _queue("?q=dossier500"), None, 500, Role.CRC_SUPERVISOR),
    Scenario("demandes, deux mots", TICKETS, _queue("?q=devoir+facture"), None, 500, Role.CRC_SUPERVISOR),
    Scenario("demandes, adresse", TICKETS, _queue("?q=fictive500@exemple.example"), None, 500, Role.CRC_SUPERVISOR),
    Scenario("tableau de bord", TICKETS, lambda: [reverse("admin:crc_board")], None, 1_000, Role.CRC_SUPERVISOR),
    Scenario("file, toutes", TICKETS, _queue("?etat=toutes"), None, 300, Role.CRC_SUPERVISOR),
    Scenario("file, loin", TICKETS, _deep_queue, None, 300, Role.CRC_SUPERVISOR),
    Scenario("file d’un agent", TICKETS, _queue(), None, 300, Role.CRC_AGENT),
    Scenario("file, closes non lues", TICKETS, _queue("?etat=closed&non-lues=1"), None, 300, Role.CRC_AGENT),
    Scenario("service calme, un mot", TICKETS, _queue("?q=devoir"), None, 500, QUIET_AGENT),
    Scenario("demande, assidu", TICKETS, _busy_requester, None, 500, Role.CRC_SUPERVISOR),
    Scenario("mes demandes", TICKETS, lambda: [reverse("crc:mine")], None, 300, LEARNER[0]),
]
