import pytest
import time_machine

from crc.domain.tickets import revoke_tracking_links
from crc.domain.tracking import TRACKING_DAYS, find_tracked, tracking_token
from tests.crc.factories import make_ticket

pytestmark = pytest.mark.django_db


def test_token_opens_its_ticket_only():
    ticket, other = make_ticket(), make_ticket()
    token = tracking_token(ticket)
    assert find_tracked(token) == ticket
    assert find_tracked(token.replace(ticket.reference, other.reference)) is None


@pytest.mark.parametrize(
    "token", ["", "x", "2026-BCDFGHJK-1", "a.b.c", "\0", "é" * 50, "x" * 5000, "2026-BCDFGHJK-1.1.x"]
)
def test_forged_token_opens_nothing(token):
    make_ticket()
    assert find_tracked(token) is None


def test_token_ends_with_time():
    with time_machine.travel("2026-01-05 10:00", tick=False) as clock:
        token = tracking_token(make_ticket())
        clock.shift(TRACKING_DAYS * 86400 - 60)
        assert find_tracked(token)
        clock.shift(120)
        assert find_tracked(token) is None


def test_revoked_token_opens_nothing(agent):
    ticket = make_ticket()
    token = tracking_token(ticket)
    renewed = revoke_tracking_links(ticket, acting_user=agent)
    assert find_tracked(token) is None
    assert find_tracked(tracking_token(renewed)) == ticket
