"""What the database itself refuses of a candidate."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from exams.enums import Academy, Honours, Outcome, Papers, Pathway, RegistrationState, Series, Speciality
from exams.models import BacRegistration, BacResult
from tests.exams.factories import BacRegistrationFactory, BacResultFactory, ExamDatesFactory

pytestmark = pytest.mark.django_db


def refused(make):
    with pytest.raises(DatabaseError), transaction.atomic():
        make()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pathway": Pathway.TECHNOLOGICAL, "series": Series.GENERAL},
        {"series": Series.EVERY},
        {"academy": Academy.FRANCE},
        {"specialities": [Speciality.MATHS, Speciality.MATHS]},
        {"specialities": [Speciality.MATHS, Speciality.SES, Speciality.NSI]},
        {"specialities": ["alchimie"]},
        {"pathway": Pathway.TECHNOLOGICAL, "series": Series.STMG, "specialities": [Speciality.MATHS]},
        {"state": RegistrationState.CONFIRMED},
        {"state": RegistrationState.CANCELLED},
    ],
)
def test_registration_that_is_not_one_is_refused(wrong):
    BacRegistrationFactory(specialities=[Speciality.MATHS, Speciality.SES])
    refused(lambda: BacRegistrationFactory(**wrong))


def test_one_live_registration_for_the_papers_of_a_session():
    first = BacRegistrationFactory(made=True)
    same = {"learner": first.learner, "session": first.session}
    refused(lambda: BacRegistrationFactory(**same))
    BacRegistrationFactory(**same, papers=Papers.ANTICIPATED)
    BacRegistration.objects.filter(pk=first.pk).update(state=RegistrationState.CANCELLED, cancelled_at=timezone.now())
    BacRegistrationFactory(**same)


def test_cancelled_registration_never_comes_back():
    item = BacRegistrationFactory(state=RegistrationState.CANCELLED, cancelled_at=timezone.now())
    row = BacRegistration.objects.filter(pk=item.pk)
    refused(lambda: row.update(state=RegistrationState.DECLARED, cancelled_at=None))


@pytest.mark.parametrize(
    ("outcome", "honours", "average"),
    [
        (Outcome.ADMITTED_SECOND, Honours.FAIRLY_GOOD, None),
        (Outcome.ADMITTED_FIRST, "", "9.99"),
        (Outcome.REFUSED_FIRST, "", "10"),
        (Outcome.TO_SECOND, "", "7.99"),
        (Outcome.ABSENT, "", "0"),
        (Outcome.NO_DECISION, "", "12"),
        (Outcome.ADMITTED_FIRST, Honours.GOOD, "13.99"),
        (Outcome.ADMITTED_FIRST, Honours.GOOD, "16"),
        (Outcome.ADMITTED_FIRST, Honours.CONGRATULATED, "17.99"),
        (Outcome.ADMITTED_FIRST, "", "20.01"),
    ],
)
def test_result_that_contradicts_itself_is_refused(outcome, honours, average):
    registration = BacRegistrationFactory(confirmed=True)
    average = average and Decimal(average)
    refused(lambda: BacResultFactory(registration=registration, outcome=outcome, honours=honours, average=average))
    BacResultFactory(registration=registration, honours=Honours.GOOD, average=Decimal("14"))


def test_result_belongs_to_who_was_registered_for_final_papers():
    refused(lambda: BacResultFactory(registration=BacRegistrationFactory()))
    refused(lambda: BacResultFactory(registration=BacRegistrationFactory(confirmed=True, papers=Papers.ANTICIPATED)))
    made = BacRegistrationFactory(made=True)
    refused(lambda: BacResultFactory(registration=made, confirmed=True))
    BacResultFactory(registration=made)


def test_registration_with_a_result_is_not_cancelled():
    item = BacResultFactory().registration
    row = BacRegistration.objects.filter(pk=item.pk)
    cancelled = {"state": RegistrationState.CANCELLED, "cancelled_at": timezone.now()}
    refused(lambda: row.update(**cancelled))
    BacResult.objects.all().delete()
    assert row.update(**cancelled) == 1


def test_confirmed_result_says_its_source():
    item = BacResultFactory(confirmed=True)
    refused(lambda: BacResult.objects.filter(pk=item.pk).update(source=""))


def test_dates_of_an_academie_replace_those_of_all_one_by_one():
    national = ExamDatesFactory(results_on=timezone.localdate() + timedelta(days=90))
    own = ExamDatesFactory(
        session=national.session, academy=Academy.LILLE, closes_on=national.closes_on + timedelta(days=9)
    )
    there, elsewhere, unknown = (
        BacRegistrationFactory(session=national.session, academy=academy)
        for academy in (Academy.LILLE, Academy.NICE, "")
    )
    found = BacRegistration.objects.with_dates().in_bulk()
    assert found[there.pk].closes_on == own.closes_on
    assert found[there.pk].results_on == national.results_on
    assert found[elsewhere.pk].closes_on == found[unknown.pk].closes_on == national.closes_on
