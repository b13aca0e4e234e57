"""What members see of their learners: their own enrolments, once agreed to; grades if an agreement says so."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from learners.domain.organisations import follow_up
from learners.domain.organisations.groups import accept_group, process_group, request_group
from learners.domain.organisations.relations import add_agreement
from learners.enums import LearnerPublic, OrganisationKind
from learners.models import Seat
from tests.learners.factories import EnrolmentFactory, OrganisationFactory, member_of, people_file, voucher_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def grades():
    column = follow_up.add_column("moyenne", lambda rows: {row.pk: "14,5" for row in rows}, is_grade=True)
    yield column
    follow_up.remove_column(column)


def shown(client, user, organisation, name="organisation_follow_up", **keys):
    client.force_login(user)
    address = reverse(f"learners:{name}", kwargs={"organisation": organisation.pk, **keys})
    response = client.get(address)
    return b"".join(response).decode()


def agreement(organisation, **fields):
    values = {"title": "Convention", "starts_on": timezone.localdate(), "ends_on": None, "paper": None}
    add_agreement(organisation, shares_grades=True, acting_user=None, **{**values, **fields})


def test_members_follow_their_own_learners_alone(organisation, client):
    mine = EnrolmentFactory(organisation=organisation, active=True)
    other = EnrolmentFactory(organisation=OrganisationFactory(), active=True)
    alone = EnrolmentFactory(learner=mine.learner, active=True)
    text = shown(client, member_of(organisation), organisation)
    assert mine.training.title in text
    assert "En cours" in text
    assert other.training.title not in text
    assert alone.training.title not in text
    assert mine.learner.user.email not in text


def test_state_waits_for_the_person_agreement(organisation, client):
    voucher = voucher_for(organisation)
    run = request_group(
        voucher, name="l.csv", content=people_file(("Exemple", "Alix", "a@exemple.example")), acting_user=None
    )
    process_group(run.pk)
    accept_group(run, mode="all", acting_user=None)
    process_group(run.pk)
    member = member_of(organisation)
    assert [row[3] for row in follow_up.follow_up_rows(organisation)] == ["En attente de la personne"]
    Seat.objects.update(agreed_at=timezone.now())
    assert [row[3] for row in follow_up.follow_up_rows(organisation)] == ["Demandée"]
    text = shown(client, member, organisation, "organisation_follow_up_table", extension="csv")
    assert "Alix Exemple" in text
    assert "a@exemple.example" not in text


def test_grades_are_shown_while_an_agreement_says_so(organisation, grades, client):
    EnrolmentFactory(organisation=organisation, active=True)
    member = member_of(organisation)
    assert "14,5" not in shown(client, member, organisation)
    yesterday = timezone.localdate() - timedelta(days=1)
    agreement(organisation, starts_on=yesterday, ends_on=yesterday)
    assert "14,5" not in shown(client, member, organisation)
    agreement(organisation)
    assert "14,5" in shown(client, member, organisation)
    assert "14,5" in shown(client, member, organisation, "organisation_follow_up_table", extension="csv")


def test_grades_of_a_minor_are_for_establishments(organisation, grades, client):
    enrolment = EnrolmentFactory(organisation=organisation, active=True, learner__public=LearnerPublic.PUPIL)
    assert enrolment.learner.is_minor
    agreement(organisation)
    member = member_of(organisation)
    assert "14,5" not in shown(client, member, organisation)
    organisation.kind = OrganisationKind.FRENCH_SCHOOL
    organisation.save(update_fields=["kind"])
    assert "14,5" in shown(client, member, organisation)


def test_list_costs_the_same_with_one_and_three(organisation, client, django_assert_max_num_queries):
    member, counts = member_of(organisation), []
    client.force_login(member)
    address = reverse("learners:organisation_follow_up", kwargs={"organisation": organisation.pk})
    client.get(address)
    for _ in range(3):
        EnrolmentFactory(organisation=organisation, active=True)
        with django_assert_max_num_queries(20) as queries:
            client.get(address)
        counts.append(len(queries))
    assert len(set(counts)) == 1
