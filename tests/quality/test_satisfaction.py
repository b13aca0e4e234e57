"""Results of the survey, against counts made by hand; who may read them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain.queries.indicators import indicator_lines, indicators
from crc.domain.queries.periods import Period
from crc.enums import Public
from quality.domain.queries.desk import surveys_of
from quality.domain.queries.satisfaction import satisfaction, satisfaction_by_service
from quality.domain.surveys import answer_survey, invite
from quality.models import SurveyInvitation
from tests.crc.factories import ServiceFactory, make_ticket
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


# On the pages of the desk --------------------------------------------------------------------------------------------
@pytest.fixture
def month():
    """The month of the invitations, which left an hour ago."""
    return Period.month(timezone.localdate(timezone.now() - timedelta(hours=1)).replace(day=1))


def test_desk_shows_the_survey_by_service_and_public_once_five_answered(survey, month):
    service = ServiceFactory()
    for number, score in enumerate([5, 5, 4, 2, 1]):
        answered(survey, score, number=number, service=service if number else None)
    every, one = indicators(month), indicators(month, service=service)
    assert every.brought["survey-response"].percent == 100
    assert (every.brought["csat"].count, every.brought["csat"].total) == (3, 5)
    assert (every.brought["resolved-by-requester"].count, every.brought["resolved-by-requester"].total) == (5, 5)
    assert one.brought["survey-response"].total == 4
    line = next(line for line in indicator_lines(one, every) if line.definition.code == "csat")
    assert (line.shown, line.shown_before) == ("n. d.", "60,0\u00a0% (3 sur 5)")
    assert "sous 5 réponses" in line.definition.text
    part = indicators(Period(month.first, month.last - timedelta(days=1))).brought
    assert part["csat"] is None, "two periods a day apart would tell one person's score"
    assert indicators(month, public=Public.COMPANY).brought["survey-response"].total == 0


def asked_long_ago():
    """Nobody is asked again within a month."""
    SurveyInvitation.objects.update(invited_at=timezone.now() - timedelta(days=60))


def test_ticket_page_tells_scores_to_quality_alone(client, staff, survey, settings):
    settings.STAFF_MFA_REQUIRED = False
    service = ServiceFactory(members=[agent := staff(Role.CRC_AGENT)])
    past = answered(survey, 2, text="Trop long", service=service)
    asked_long_ago()
    elsewhere = answered(survey, 2, service=ServiceFactory())
    stranger = answered(survey, 1, service=service)
    ticket = make_ticket(service=service, requester_email=past.requester_email)
    url = reverse("admin:crc_ticket", args=[ticket.reference])
    client.force_login(agent)
    content = client.get(url).content.decode()
    assert f"{past.reference} : envoyée le" in content
    assert "note 2 sur 5" not in content
    assert elsewhere.reference not in content
    assert stranger.reference not in content
    client.force_login(staff(Role.QUALITY_MANAGER))
    content = client.get(url).content.decode()
    assert "note 2 sur 5" in content
    assert "Trop long" not in content


@pytest.mark.parametrize("surveys", [1, 3])
def test_surveys_of_a_requester_cost_the_same_with_more_rows(survey, staff, surveys, django_assert_num_queries):
    reader = staff(Role.QUALITY_MANAGER)
    for _ in range(surveys):
        ticket = answered(survey, 4, number=1)
        asked_long_ago()
    reader = type(reader).objects.get(pk=reader.pk)
    reader.has_perm("quality.view_surveyanswer")
    with django_assert_num_queries(3):
        assert len(surveys_of(ticket, reader)) == surveys
