import pytest
from django.core.management import call_command

from cned_portal.demo import exams as demo
from exams.domain.queries.results import bac_results
from exams.enums import Academy, CandidateStatus, Pathway, Release, Sex
from exams.models import ReferenceLoad, ReferenceResult, SeriesBreak
from tests.exams.factories import ExamSessionFactory, ReferenceResultFactory, SeriesBreakFactory

pytestmark = pytest.mark.django_db


def test_detailed_rows_are_added_up():
    ReferenceResultFactory(sex=Sex.FEMALE)
    ReferenceResultFactory(sex=Sex.MALE, registered=40, present=30, admitted=20)

    (row,) = bac_results().rows
    assert (row.registered, row.present, row.admitted) == (150, 130, 100)


def test_detailed_rows_and_the_national_one_are_never_added():
    ReferenceResultFactory(national=True, registered=1_000, present=900, admitted=800)
    assert bac_results().rows[0].present == 900

    ReferenceResultFactory(academy=Academy.RENNES)
    (row,) = bac_results().rows
    assert row.present == 100
    assert row.is_partial


def test_session_with_every_academy_is_not_partial():
    for academy in Academy:
        if academy != Academy.FRANCE:
            ReferenceResultFactory(academy=academy, status=CandidateStatus.SCHOOL)
    ReferenceResultFactory(status=CandidateStatus.CONTINUING)

    assert not any(row.is_partial for row in bac_results().rows)


def test_sum_with_an_unknown_cell_is_unknown():
    ReferenceResultFactory()
    ReferenceResultFactory(sex=Sex.MALE, registered=None, present=10, admitted=None)

    (row,) = bac_results().rows
    assert (row.registered, row.present, row.admitted) == (None, 110, None)
    assert row.rate.note == "non communiqué"
    assert row.admitted_of_registered is None


def test_provisional_figures_stay_apart():
    ReferenceResultFactory(release=Release.PROVISIONAL, present=90, admitted=80)
    ReferenceResultFactory()

    assert [row.present for row in bac_results().rows] == [100]
    assert [row.present for row in bac_results(Release.PROVISIONAL).rows] == [90]


def test_chart_marks_the_breaks_of_its_voie_and_sessions():
    for year in (2021, 2022):
        ReferenceResultFactory(session=ExamSessionFactory(year=year))
    SeriesBreakFactory(session=ExamSessionFactory(year=2022), pathway=Pathway.GENERAL, label="épreuves en mai")
    SeriesBreakFactory(session=ExamSessionFactory(year=2022), pathway=Pathway.VOCATIONAL, label="autre voie")
    SeriesBreakFactory(session=ExamSessionFactory(year=2022), status=CandidateStatus.SCHOOL, label="autre statut")
    SeriesBreakFactory(session=ExamSessionFactory(year=2030), label="plus tard")

    chart = bac_results().chart(pathway=Pathway.GENERAL)

    assert "épreuves en mai" in chart.note
    assert not any(word in chart.note for word in ("autre voie", "autre statut", "plus tard"))
    assert [row[0] for row in chart.rows] == ["2021", "2022"]
    assert chart.rows[0][1] == "80,0\u00a0% [71,1\u00a0% ; 86,7\u00a0%]"


def test_chart_of_a_voie_without_result_does_not_exist():
    assert bac_results().chart(pathway=Pathway.GENERAL) is None


def test_break_common_to_voies_is_explained_once():
    ReferenceResultFactory()
    for pathway in (Pathway.GENERAL, Pathway.TECHNOLOGICAL):
        SeriesBreakFactory(pathway=pathway)

    found = bac_results().explained_breaks(Pathway.values, {CandidateStatus.DISTANCE})

    assert [item.scope for item in found] == ["Session 2025, voies générale et technologique"]


def test_queries_do_not_grow_with_the_rows(django_assert_num_queries):
    for year in (2023, 2024, 2025):
        ReferenceResultFactory(session=ExamSessionFactory(year=year))
        SeriesBreakFactory(session=ExamSessionFactory(year=year))
        with django_assert_num_queries(3):
            results = bac_results()
            results.chart(pathway=Pathway.GENERAL)
            results.explained_breaks(Pathway.values, {CandidateStatus.DISTANCE})


def test_demonstration_holds_published_national_figures():
    demo.load()
    demo.load()

    assert ReferenceLoad.objects.count() == 1
    (row,) = bac_results().table(year=2025, pathway="generale", status="enseignement-a-distance")
    assert (row.present, row.admitted, round(row.rate.percent, 2)) == (2782, 2134, 76.71)
    assert sum(row.admitted for row in bac_results().table(year=2025)) == 682_001


def test_demonstration_leaves_loaded_figures_alone():
    ReferenceResultFactory()
    demo.load()

    assert ReferenceResult.objects.count() == 1


def test_breaks_described_again_keep_what_people_corrected():
    call_command("describe_exam_sessions", verbosity=0)
    SeriesBreak.objects.filter(session__year=2020).update(label="corrigé")
    number = SeriesBreak.objects.count()

    call_command("describe_exam_sessions", verbosity=0)

    assert SeriesBreak.objects.count() == number
    assert SeriesBreak.objects.get(session__year=2020).label == "corrigé"
