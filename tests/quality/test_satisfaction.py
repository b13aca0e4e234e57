"""Results of the survey, against counts made by hand; who may read them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from quality.domain.queries.satisfaction import satisfaction, satisfaction_by_service
from quality.domain.surveys import answer_survey, invite
from tests.crc.factories import ServiceFactory
from tests.quality.factories import make_closed_ticket, make_survey


@pytest.fixture
def survey(db):
    return make_survey()


def answered(survey, score, *, yes=True, text="", service=None, number=0):
    ticket = make_closed_ticket(service=service, requester_email=f"p{number}-{score}@exemple.example")
    invite(survey, ticket.pk, acting_user=None, now=timezone.now() - timedelta(hours=1))
    if score is not None:
        first, second, third = survey.questions.all()
        given = {first: ("score", score), second: ("yes", yes)}
        answer_survey(ticket.survey_invitation, given | ({third: ("text", text)} if text else {}), acting_user=None)
    return ticket


@pytest.fixture
def period():
    return timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)


def test_figures_are_those_counted_by_hand(survey, period):
    for number, score in enumerate([5, 5, 4, 2, 1, None]):
        answered(survey, score, yes=score != 1, number=number)
    found = satisfaction(period)
    assert (found.response.count, found.response.total) == (5, 6)
    assert found.mean == pytest.approx(17 / 5)
    assert found.distribution == ((1, 1), (2, 1), (3, 0), (4, 1), (5, 2))
    assert (found.satisfied.count, found.satisfied.total) == (3, 5)
    assert found.satisfied.percent == pytest.approx(60)
    assert found.satisfied.interval == pytest.approx((23.07, 88.24), abs=0.01)
    assert (found.resolved.count, found.resolved.total) == (4, 5)
    assert satisfaction((period[0] - timedelta(days=9), period[0])).response.total == 0


@pytest.mark.parametrize(
    ("state", "counts"),
    [("sent", True), ("unknown", True), ("cancelled", False), ("failed", False), ("bounced", False)],
)
def test_invitation_that_reached_nobody_is_no_missing_answer(survey, period, state, counts):
    answered(survey, 5, number=1)
    asked = answered(survey, None, number=2)
    mail = Mail.objects.filter(key__endswith=f":{asked.pk}", kind="quality/email/ticket_survey")
    assert mail.update(state=state, sent_at=timezone.now()) == 1
    found = satisfaction(period)
    assert (found.response.count, found.response.total) == (1, 2 if counts else 1)


def test_small_groups_show_no_score(survey, period):
    small, large = ServiceFactory(name="Petit"), ServiceFactory(name="Grand")
    for number in range(5):
        answered(survey, 3, service=large, number=number)
    answered(survey, 1, service=small)
    assert {row.label: row.is_shown for row in satisfaction_by_service(period)} == {"Grand": True, "Petit": False}


@pytest.mark.parametrize("services", [1, 3])
def test_page_costs_the_same_with_more_rows(client, quality_manager, survey, services, django_assert_num_queries):
    for number in range(services):
        answered(survey, 4, service=ServiceFactory(), number=number, text="Bien")
    client.force_login(quality_manager)
    client.get(reverse("admin:quality_satisfaction"))
    with django_assert_num_queries(12):
        client.get(reverse("admin:quality_satisfaction"))


def test_verbatims_are_for_those_who_may_read_the_tickets(client, survey, quality_manager, staff):
    restricted = ServiceFactory()
    answered(survey, 4, text="Phrase ouverte")
    answered(survey, 4, text="Phrase restreinte", service=restricted, number=1)
    restricted.is_restricted = True
    restricted.save()
    client.force_login(quality_manager)
    page = client.get(reverse("admin:quality_satisfaction")).content.decode()
    assert "Phrase ouverte" in page
    assert "Phrase restreinte" not in page
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert "Phrase ouverte" not in client.get(reverse("admin:quality_satisfaction")).content.decode()
    client.force_login(staff(Role.CRC_AGENT))
    assert client.get(reverse("admin:quality_satisfaction")).status_code == 403


def test_table_for_a_spreadsheet(client, survey, quality_manager):
    answered(survey, 5, service=ServiceFactory(name="=CMD()"))
    client.force_login(quality_manager)
    lines = client.get(reverse("admin:quality_satisfaction_csv")).content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("Ensemble;1;1;100,0;;")
    assert lines[2].startswith("'=CMD();1;1")


@pytest.mark.parametrize("query", ["mois=2026-13", "mois=x", "service=%00", "apres=x", "mois=" + "9" * 3000])
def test_hostile_address_gets_a_clean_page(client, quality_manager, survey, query):
    client.force_login(quality_manager)
    assert client.get(f"{reverse('admin:quality_satisfaction')}?{query}").status_code in {200, 404}
