import pytest
from django.db import IntegrityError, transaction

from exams.enums import Academy, Pathway, Series, Sex
from tests.exams.factories import ExamSessionFactory, ReferenceResultFactory, SeriesBreakFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [
        {"present": 111},
        {"admitted": 101},
        {"admitted": 80, "refused": 21},
        {"admitted_first": 80, "admitted_second": 1},
        {"sent_to_second": 3, "admitted_second": 1, "refused_second": 1},
        {"congratulated": 1, "very_good": 9, "good": 20, "fairly_good": 20, "no_honours": 31},
        {"series": Series.STMG},
        {"academy": Academy.FRANCE},
        {"sex": Sex.EVERY},
        {"present": -1},
    ],
)
def test_reference_result_refuses_impossible_counts(wrong):
    ReferenceResultFactory(academy=Academy.PARIS)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceResultFactory(**wrong)


@pytest.mark.parametrize("unknown", ["registered", "present", "admitted", "refused"])
def test_reference_result_accepts_an_unknown_count(unknown):
    assert getattr(ReferenceResultFactory(**{unknown: None}), unknown) is None


def test_reference_result_counts_the_same_candidates_once():
    first = ReferenceResultFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceResultFactory(session=first.session, load=first.load)


def test_series_break_is_explained():
    with pytest.raises(IntegrityError), transaction.atomic():
        SeriesBreakFactory(reason="")


def test_series_break_is_described_once_for_a_voie():
    SeriesBreakFactory(pathway=Pathway.GENERAL)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeriesBreakFactory(pathway=Pathway.GENERAL)


def test_exam_session_is_a_year():
    with pytest.raises(IntegrityError), transaction.atomic():
        ExamSessionFactory(year=20)
