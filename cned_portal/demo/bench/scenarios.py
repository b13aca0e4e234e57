"""What is measured: a page, the data that grows, and how many times the floor it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from catalogue.models import Training
from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain.tracking import tracking_token
from crc.models import Ticket

TRAININGS = ("trainings", (200, 2_000, 20_000))
TICKETS = ("tickets", (1_000, 100_000, 1_000_000))


@dataclass(frozen=True)
class Scenario:
    """`bar` is the number of floors that the median may cost at the largest volume, None for no bar."""

    label: str
    volume: tuple[str, tuple[int, ...]]
    address: Callable[[], str]
    bar: float | None = None
    p95_ms: float | None = None
    signed_in_as: Role | None = None

    def user(self):
        return User.objects.get(email=STAFF[self.signed_in_as][0]) if self.signed_in_as else None


def _training():
    return Training.objects.published().order_by("-pk").first().get_absolute_url()


def _tracking():
    return reverse("crc:tracking", args=[tracking_token(Ticket.objects.order_by("-pk").first())])


SCENARIOS = [
    Scenario("recherche et facettes", TRAININGS, lambda: f"{reverse('catalogue:search')}?q=informatique", 3, 100),
    Scenario("recherche sans mot", TRAININGS, lambda: reverse("catalogue:search"), 3, 100),
    Scenario("page de formation", TRAININGS, _training, 1.5),
    Scenario("page de suivi", TICKETS, _tracking),
    Scenario("file à répondre", TICKETS, lambda: reverse("admin:crc_queue"), None, 300, Role.CRC_SUPERVISOR),
    Scenario(
        "file, toutes", TICKETS, lambda: f"{reverse('admin:crc_queue')}?etat=toutes", None, 300, Role.CRC_SUPERVISOR
    ),
]
