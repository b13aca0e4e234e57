"""The bench measures pages that exist, and says which bar is missed."""

import pytest
from django.test import Client

from cned_portal.demo.bench.run import _verdict
from cned_portal.demo.bench.scenarios import SCENARIOS, TRAININGS, Scenario


@pytest.mark.django_db
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.label)
def test_scenario_is_a_page_of_the_demonstration(scenario, world):
    client = Client()
    user = scenario.users()[0]
    if user:
        client.force_login(user)
    addresses = scenario.addresses()
    for address in {addresses[0], addresses[-1]}:
        assert client.get(address).status_code == 200


def test_verdict_puts_what_is_missed_first():
    scenario = Scenario("x", TRAININGS, lambda: ["/"], bar=3, p95_ms=100)
    assert _verdict(scenario, 2, 90) == "oui (≤ 3 × le socle) ; oui (≤ 100 ms au p95)"
    assert _verdict(scenario, 2, 101) == "NON (≤ 100 ms au p95) ; oui (≤ 3 × le socle)"
    assert _verdict(Scenario("x", TRAININGS, lambda: ["/"]), 50, 900) == ""
