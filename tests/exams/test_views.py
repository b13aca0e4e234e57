import csv
import io

import pytest
from django.urls import reverse

from cned_portal.common.spreadsheets import safe_cell
from cned_portal.demo import exams as demo
from cned_portal.users.enums import Role
from exams.enums import CandidateStatus, Pathway, Series
from tests.exams.factories import ExamSessionFactory, ReferenceResultFactory
from tests.html_checks import html_problems

pytestmark = pytest.mark.django_db
URL = "/examens/resultats-du-bac/"


def test_page_shows_counts_rate_and_interval(client):
    demo.load()
    page = client.get(URL).content.decode()

    assert "76,7\u00a0%" in page
    assert "75,1\u00a0% à 78,2\u00a0%" in page
    assert "2\u202f782" in page
    assert "73,9\u00a0%" in page  # admis / inscrits
    assert "DEPP" in page
    assert page.count("<svg") == 3
    assert not html_problems(page)


def test_page_without_result_says_so(client):
    page = client.get(URL).content.decode()

    assert "Aucun résultat n’est chargé" in page
    assert not html_problems(page)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("", 11),
        ("session=2022", 11),
        ("session=toutes", 55),
        ("session=toutes&voie=generale", 15),
        ("voie=generale&statut=individuel", 1),
        ("voie=generale&statut=apprentissage", 0),
    ],
)
def test_filters_narrow_the_table(client, query, kept):
    demo.load()

    assert len(client.get(f"{URL}?{query}").context["rows"]) == kept


@pytest.mark.parametrize(
    "query",
    [
        "session=1492&voie=magique&statut=inconnu",
        "session=%00&voie=%F0%9F%98%80&statut=<script>alert(1)</script>",
        "session=2025&session=2024",
        "session=" + "9" * 500,
    ],
)
def test_invented_filters_give_a_valid_page(client, query):
    demo.load()
    for address in (URL, f"{URL}tableau.csv"):
        response = client.get(f"{address}?{query}")
        assert response.status_code == 200
    page = client.get(f"{URL}?{query}").content.decode()

    assert not html_problems(page)
    assert "<script>alert" not in page


def test_unknown_filter_is_said_beside_its_field(client):
    demo.load()
    page = client.get(f"{URL}?voie=magique").content.decode()

    assert "Cette voie n’est pas connue." in page


def test_small_group_shows_no_rate(client):
    ReferenceResultFactory(
        status=CandidateStatus.CONTINUING,
        pathway=Pathway.TECHNOLOGICAL,
        series=Series.STMG,
        registered=4,
        present=3,
        admitted=2,
    )
    for address in (URL, f"{URL}tableau.csv"):
        page = client.get(address).content.decode()
        assert "masqué" in page
        assert "effectif trop faible" in page
        assert "66," not in page


def test_queries_do_not_grow_with_the_rows(client, django_assert_num_queries):
    for year in (2023, 2024, 2025):
        ReferenceResultFactory(session=ExamSessionFactory(year=year))
        client.get(URL)
        with django_assert_num_queries(3):
            client.get(f"{URL}?session=toutes")


def test_csv_is_the_table_displayed(client):
    demo.load()
    response = client.get(f"{URL}tableau.csv?session=2025&voie=generale")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))

    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert rows[2] == [
        *("2025", "Générale", "Enseignement à distance", "2888", "2782", "2134"),
        *("76,71", "75,10", "78,24", "73,89", ""),
    ]
    assert len(rows) == 4


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "\r=1"])
def test_csv_cell_is_never_a_formula(text):
    assert safe_cell(text) == f"'{text}"


def test_page_is_open_to_everyone_and_read_only(client, stranger):
    assert client.get(reverse("exams:results")).status_code == 200
    assert client.post(reverse("exams:results")).status_code == 405
    client.force_login(stranger)
    assert client.get(reverse("exams:results")).status_code == 200


@pytest.mark.parametrize("model", ["referenceresult", "referenceload", "seriesbreak", "examsession"])
def test_analyst_reads_the_figures_and_an_agent_does_not(client, staff, model, settings):
    settings.STAFF_MFA_REQUIRED = False
    demo.load()
    url = reverse(f"admin:exams_{model}_changelist")
    for role, status in ((Role.EXAM_ANALYST, 200), (Role.CRC_AGENT, 403)):
        client.force_login(staff(role))
        assert client.get(url).status_code == status


def test_analyst_describes_breaks_and_never_edits_figures(client, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    row = ReferenceResultFactory()
    client.force_login(staff(Role.EXAM_ANALYST))

    assert client.get(reverse("admin:exams_seriesbreak_add")).status_code == 200
    assert client.get(reverse("admin:exams_referenceresult_add")).status_code == 403
    url = reverse("admin:exams_referenceresult_change", args=[row.pk])
    assert client.post(url, {"present": 1}).status_code == 403
