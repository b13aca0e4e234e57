"""The monthly report: figures against a month made by hand, a document made once, people who may fetch it."""

import hashlib
import io
from datetime import UTC, date, datetime, timedelta

import page as pdf_checker
import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.progress import RunState
from cned_portal.users.enums import Role
from crc.domain.queries.indicators import indicator_lines
from crc.domain.queries.periods import month_bounds, previous_month
from crc.enums import Kind, Public
from crc.models import CallCount, Complaint, Ticket
from quality.domain import reports
from quality.domain.improvements import decide_improvement
from quality.domain.queries.register import register_of
from quality.domain.queries.requests import monthly_requests
from quality.domain.referentials import load_referentials
from quality.domain.reports import Refusal, build_report, recover_reports, request_report, retry_report
from quality.enums import Measure
from quality.models import Improvement, ReportRun
from tests.crc.factories import ServiceFactory, TopicFactory
from tests.quality.factories import make_closed_ticket, make_complaint, make_improvement

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def at(*parts):
    return timezone.make_aware(datetime(*parts))


@pytest.fixture
def october():
    """Three tickets of October, one of each edge of the month in Paris time, two of restricted or later origin."""
    topic = TopicFactory(kind=Kind.COMPLAINT)
    inside = [
        make_closed_ticket(received_at=at(2026, 10, 1, 0, 5), closed_at=at(2026, 10, 2, 12), public=Public.ADULT),
        make_closed_ticket(received_at=at(2026, 10, 12, 9), closed_at=at(2026, 10, 14, 12), public=Public.COMPANY),
        make_closed_ticket(received_at=at(2026, 10, 31, 23, 55), closed_at=at(2026, 11, 5, 12), topic=topic),
    ]
    for ticket, minutes in zip(inside, (30, 60, 120), strict=True):
        Ticket.objects.filter(pk=ticket.pk).update(first_answer_minutes=minutes)
    make_closed_ticket(received_at=at(2026, 9, 30, 23, 55), closed_at=at(2026, 10, 1, 10))
    make_closed_ticket(received_at=at(2026, 11, 1, 0, 5), closed_at=at(2026, 11, 3, 10))
    make_closed_ticket(
        received_at=at(2026, 10, 6, 9), closed_at=at(2026, 10, 7, 9), service=ServiceFactory(is_restricted=True)
    )
    return inside


def test_month_is_that_of_paris_with_its_hour_more_or_less():
    start, end = month_bounds(OCTOBER)
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(days=31, hours=1)
    assert previous_month(date(2026, 1, 1)) == date(2025, 12, 1)
    assert month_bounds(date(2026, 12, 1))[1] == at(2027, 1, 1)


def test_figures_are_those_counted_by_hand(october):
    found = monthly_requests(OCTOBER)
    assert found.desk.received == 3
    assert dict(found.by_public) == {Public.ADULT.label: 2, Public.COMPANY.label: 1}
    assert found.complaints == 1
    # First answers fall halfway between reception and closure: those of September's and of two of October's tickets.
    assert found.desk.first_answer.count == 3
    assert found.desk.resolution.count == 3
    assert found.desk.reopened.total == 3
    assert found.late_now == 0


def test_median_and_ninetieth_centile(october):
    keys = [ticket.pk for ticket in october]
    Ticket.objects.filter(pk__in=keys).update(
        received_at=at(2026, 10, 1), first_answer_at=at(2026, 10, 20), closed_at=at(2026, 10, 21)
    )
    Ticket.objects.exclude(pk__in=keys).filter(closed_at__lt=at(2026, 10, 2)).update(
        received_at=at(2026, 9, 1), first_answer_at=at(2026, 9, 2)
    )
    found = monthly_requests(OCTOBER)
    assert found.desk.first_answer.count == 3
    assert found.desk.first_answer.median == 60
    assert found.desk.first_answer.p90 == pytest.approx(60 + 0.8 * 60)


def test_number_of_queries_does_not_depend_on_the_rows(october, django_assert_num_queries):
    with django_assert_num_queries(14):
        monthly_requests(OCTOBER)
    with django_assert_num_queries(14):
        monthly_requests(date(2020, 1, 1))


def test_report_is_an_accessible_document_made_once(october, quality_manager, tmp_path):
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    assert request_report(month=OCTOBER, acting_user=quality_manager) == run
    assert build_report(run.pk)
    assert not build_report(run.pk), "the second message does nothing"
    run.refresh_from_db()
    with run.file.open("rb") as file:
        content = file.read()
    assert (run.state, run.progress) == (RunState.DONE, 100)
    assert run.sha256 == hashlib.sha256(content).hexdigest()
    (tmp_path / "report.pdf").write_bytes(content)
    assert pdf_checker.is_pdf_compliant(str(tmp_path / "report.pdf"), profile="ua1")
    with pikepdf.open(io.BytesIO(content)) as document:
        assert document.Root.Lang == "fr"
        assert document.Root.MarkInfo.Marked


def test_document_shows_the_figures_of_the_desk_and_of_the_telephone(october, quality_manager):
    counts = {"offered": 200, "answered": 150, "answered_in_time": 120, "threshold_seconds": 20, "abandoned": 50}
    CallCount.objects.create(day=date(2026, 10, 5), line="Élèves", **counts)
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    figures, before = monthly_requests(OCTOBER), monthly_requests(previous_month(OCTOBER))
    text = render_to_string("quality/pdf/monthly_requests.html", reports.report_context(run, figures, before))
    for line in indicator_lines(figures.desk, before.desk):
        assert line.definition.label in text
        assert line.definition.text in text
    assert "75,0\u00a0% (150 sur 200)" in text
    assert "Délai de décroché fixé pour les lignes : 20 secondes." in text
    of_service = monthly_requests(OCTOBER, ServiceFactory())
    text = render_to_string("quality/pdf/monthly_requests.html", reports.report_context(run, of_service, of_service))
    assert "Taux de décroché" not in text


def test_empty_month_makes_a_report(quality_manager):
    run = request_report(month=date(2026, 1, 1), acting_user=quality_manager)
    assert build_report(run.pk)


def test_month_to_come_is_refused(quality_manager):
    with pytest.raises(Refusal, match="commencé"):
        request_report(month=(timezone.localdate() + timedelta(days=40)).replace(day=1), acting_user=quality_manager)


def test_failure_says_so_and_may_be_tried_again(monkeypatch, quality_manager):
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage._wrapped.__class__, "_save", lambda *args: 1 / 0)
        assert not build_report(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "Vous pouvez recommencer" in run.error
    retry_report(run, acting_user=quality_manager)
    assert build_report(run.pk)
    with pytest.raises(Refusal):
        retry_report(run, acting_user=quality_manager)


def test_report_left_by_a_dead_worker_is_set_free(quality_manager):
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    ReportRun.objects.claim(run.pk)
    ReportRun.objects.update(heartbeat_at=timezone.now() - timedelta(hours=2))
    assert recover_reports()[0] == 1
    run.refresh_from_db()
    assert "recommencer" in reports.FAILURE
    assert run.state == RunState.FAILED


def test_manager_asks_from_the_screen_and_downloads(
    client, october, quality_manager, django_capture_on_commit_callbacks
):
    client.force_login(quality_manager)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("admin:quality_reports"), {"mois": "2026-10", "service": ""})
    run = ReportRun.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert "Télécharger le PDF" in client.get(run.get_absolute_url()).content.decode()
    file = client.get(reverse("admin:quality_report_download", args=[run.pk]))
    assert file["Content-Disposition"] == 'attachment; filename="demandes-2026-10.pdf"'
    assert b"".join(file.streaming_content).startswith(b"%PDF")


def test_auditor_reads_and_does_not_ask(client, staff, quality_manager):
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    build_report(run.pk)
    client.force_login(staff(Role.AUDITOR))
    file = client.get(reverse("admin:quality_report_download", args=[run.pk]))
    assert file.status_code == 200
    b"".join(file.streaming_content)
    assert client.post(reverse("admin:quality_reports"), {"mois": "2026-09"}).status_code == 403
    assert ReportRun.objects.count() == 1
    client.force_login(staff(Role.CRC_AGENT))
    assert client.get(reverse("admin:quality_report_download", args=[run.pk])).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_with_more_rows(client, quality_manager, rows, django_assert_num_queries):
    for month in range(1, rows + 1):
        request_report(month=date(2026, month, 1), service=ServiceFactory(), acting_user=quality_manager)
    client.force_login(quality_manager)
    client.get(reverse("admin:quality_reports"))
    with django_assert_num_queries(5):
        client.get(reverse("admin:quality_reports"))


@pytest.fixture
def register(quality_manager, staff):
    """Complaints of October: two of one cause, one of another, one restricted; an action from the first."""
    load_referentials(acting_user=None)
    service = ServiceFactory(name="Service des copies")
    for day in (5, 15):
        make_complaint("Délai de réponse", service=service, opened_at=at(2026, 10, day, 9))
    make_complaint("Information erronée", opened_at=at(2026, 10, 20, 9))
    make_complaint("Traitement refusé", service=ServiceFactory(is_restricted=True), opened_at=at(2026, 10, 21, 9))
    make_complaint("Délai de réponse", service=service, opened_at=at(2026, 9, 30, 23))
    known = Complaint.objects.filter(ticket__service=service).select_related("cause", "ticket__service")
    action = make_improvement(*known, by=quality_manager, title="Tenir les délais des copies")
    owner = staff(Role.CRC_SUPERVISOR)
    now = at(2026, 11, 2, 9)
    Improvement.objects.filter(pk=action.pk).update(opened_at=at(2026, 10, 25, 9))
    plan = {"planned_on": date(2026, 11, 30), "expected_effect": "Moins d’attente.", "measure": Measure.COMPLAINTS}
    decide_improvement(action, owner=owner, acting_user=quality_manager, now=now, **plan)
    return service


def test_register_counts_the_complaints_of_the_month_without_restricted_services(register):
    found = register_of(OCTOBER)
    assert found.by_cause == (("Délai de réponse", 2), ("Information erronée", 1))
    assert (found.opened, found.second_looks.count, found.second_looks.total) == (3, 3, 3)
    assert found.median_days == 1
    assert register_of(OCTOBER, register).by_cause == (("Délai de réponse", 2),)
    assert register_of(date(2026, 9, 1)).opened == 1


def test_register_costs_the_same_for_an_empty_month(register, django_assert_num_queries):
    for month in (OCTOBER, date(2026, 11, 1)):
        with django_assert_num_queries(7):
            register_of(month)


def test_document_shows_the_register_and_the_effect_of_actions(register, quality_manager):
    run = request_report(month=OCTOBER, acting_user=quality_manager)
    figures, before = monthly_requests(OCTOBER), monthly_requests(previous_month(OCTOBER))
    text = render_to_string("quality/pdf/monthly_requests.html", reports.report_context(run, figures, before))
    for said in ("cause : Délai de réponse", "issue : Fondée", "Tenir les délais des copies", "3\u00a0réclamations"):
        assert said in text
    assert "Traitement refusé" not in text
    assert "Référentiel de 2019" in text, "the version in force at the end of October"
    assert "31 (Difficultés, réclamations, aléas) et 32 (Amélioration continue)" in text
