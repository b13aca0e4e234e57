import hashlib
from datetime import timedelta

import page
import pikepdf
import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from catalogue.enums import Perimeter
from cned_portal.common.progress import RunState
from learners import tasks
from learners.domain import documents
from learners.domain.courses import finish_module
from learners.domain.queries.verification import verify_document
from learners.domain.refusals import MoveRefused, Refusal
from learners.models import Document
from tests.learners.factories import CorrectionFactory, DocumentFactory, EnrolmentFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """Run the work that leaves after the commit: `with commit(): …`."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def content_of(document):
    with document.file.open("rb") as file:
        return file.read()


@pytest.fixture
def enrolment():
    return EnrolmentFactory(active=True)


def test_certificate_is_made_by_the_worker(enrolment, commit):
    with commit():
        asked = documents.request_document(enrolment, acting_user=enrolment.learner.user)
        assert asked.state == RunState.PENDING

    asked.refresh_from_db()
    content = content_of(asked)
    assert (asked.state, asked.progress, asked.error) == (RunState.DONE, 100, "")
    assert asked.sha256 == hashlib.sha256(content).hexdigest()
    assert asked.data["name"] == enrolment.learner.user.get_full_name()
    assert content.startswith(b"%PDF")


def test_certificate_is_an_accessible_document(enrolment, commit, tmp_path):
    with commit():
        asked = documents.request_document(enrolment, acting_user=None)
    asked.refresh_from_db()
    path = tmp_path / "certificat.pdf"
    path.write_bytes(content_of(asked))

    assert page.is_pdf_compliant(str(path), profile="ua1"), page.validate_pdf(str(path), profile="ua1")
    with pikepdf.open(path) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert pdf.docinfo["/Title"] == "Certificat de scolarité"
        assert "/StructTreeRoot" in pdf.Root
        assert len(pdf.pages) == 1


def test_two_clicks_give_one_document(enrolment):
    first = documents.request_document(enrolment, acting_user=None)

    assert documents.request_document(enrolment, acting_user=None) == first
    assert Document.objects.count() == 1


def test_certificate_of_the_day_is_given_again_until_it_would_change(enrolment, commit):
    with commit():
        first = documents.request_document(enrolment, acting_user=None)
    assert documents.request_document(enrolment, acting_user=None) == first

    enrolment.learner.user.last_name = "Corrigé"
    enrolment.learner.user.save()
    second = documents.request_document(enrolment, acting_user=None)

    assert second != first
    first.refresh_from_db()
    assert "Corrigé" not in first.data["name"]


def test_revoked_certificate_is_not_given_again(enrolment, commit):
    with commit():
        first = documents.request_document(enrolment, acting_user=None)
    documents.revoke_document(first, reason="Erreur de nom", acting_user=None)

    assert documents.request_document(enrolment, acting_user=None) != first


def test_certificate_is_refused_before_confirmation():
    with pytest.raises(Refusal, match="confirmée"):
        documents.request_document(EnrolmentFactory(), acting_user=None)
    assert not Document.objects.exists()


def test_task_run_twice_makes_one_file(enrolment, settings):
    asked = documents.request_document(enrolment, acting_user=None)
    tasks.build_document(asked.pk)
    asked.refresh_from_db()
    before = (asked.file.name, asked.sha256, asked.issued_at)

    tasks.build_document(asked.pk)

    asked.refresh_from_db()
    assert (asked.file.name, asked.sha256, asked.issued_at) == before
    assert len(list((settings.MEDIA_ROOT / "documents").iterdir())) == 1


def test_enrolment_that_ended_meanwhile_gives_no_certificate(enrolment):
    asked = documents.request_document(enrolment, acting_user=None)
    enrolment.state, enrolment.abandoned_on, enrolment.abandon_reason = "abandoned", timezone.localdate(), "time"
    enrolment.save()

    assert not documents.build_document(asked.pk)
    asked.refresh_from_db()
    assert asked.state == RunState.FAILED
    assert "confirmée" in asked.error


def test_failure_is_said_and_may_be_tried_again(enrolment, settings, tmp_path, caplog, commit):
    asked = documents.request_document(enrolment, acting_user=None)
    settings.MEDIA_ROOT = tmp_path / "full"
    settings.MEDIA_ROOT.write_text("a file where a folder is needed")
    assert not documents.build_document(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.error) == (RunState.FAILED, documents.FAILURE)
    assert "could not be made" in caplog.text

    settings.MEDIA_ROOT.unlink()
    with commit():
        documents.retry_document(asked, acting_user=None)
    asked.refresh_from_db()
    assert asked.state == RunState.DONE
    with pytest.raises(MoveRefused):
        documents.retry_document(asked, acting_user=None)


def test_asking_again_after_a_failure_takes_the_same_row(enrolment):
    asked = documents.request_document(enrolment, acting_user=None)
    Document.objects.fail(asked.pk, "panne")

    again = documents.request_document(enrolment, acting_user=None)

    assert (again.pk, again.state) == (asked.pk, RunState.PENDING)


def test_slow_worker_does_not_overwrite_the_one_that_replaced_it(enrolment, settings):
    asked = documents.request_document(enrolment, acting_user=None)
    Document.objects.claim(asked.pk)  # the slow one
    documents._issue(asked.pk)  # the one that replaced it
    asked.refresh_from_db()
    before = asked.sha256

    assert not documents._issue(asked.pk)

    asked.refresh_from_db()
    assert asked.sha256 == before
    assert [path.name for path in (settings.MEDIA_ROOT / "documents").iterdir()] == [asked.file.name.split("/")[1]]


def test_sweeper_takes_up_stuck_documents_and_asks_lost_ones_again(enrolment):
    ago = timezone.now() - timedelta(minutes=11)
    stuck, deadly = documents.request_document(EnrolmentFactory(confirmed=True), acting_user=None), DocumentFactory()
    for document, began in ((stuck, ago), (deadly, ago - timedelta(hours=1))):
        Document.objects.claim(document.pk)
        Document.objects.filter(pk=document.pk).update(created_at=began, started_at=began, heartbeat_at=ago)
    alive = DocumentFactory()
    Document.objects.claim(alive.pk)
    lost = documents.request_document(enrolment, acting_user=None)
    Document.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(minutes=6))

    for _ in range(2):
        tasks.free_stuck_documents()

    states = dict(Document.objects.values_list("pk", "state"))
    assert states == {
        stuck.pk: RunState.DONE,
        deadly.pk: RunState.FAILED,  # it kills whoever takes it up
        alive.pk: RunState.RUNNING,
        lost.pk: RunState.DONE,
    }


def test_certificate_says_the_school_year_of_its_session(time_machine):
    time_machine.move_to("2026-07-10T10:00:00+02:00")
    enrolment = EnrolmentFactory(confirmed=True, training__perimeter=Perimeter.REGULATED)
    today = timezone.localdate()

    assert documents.certificate_data(enrolment, today)["school_year"] == "2025-2026"
    assert documents.certificate_data(enrolment, today + timedelta(days=60))["school_year"] == "2026-2027"
    assert documents.certificate_data(enrolment, today)["framework"] == "scolarité réglementée"


def test_revocation_has_one_time_and_a_reason():
    document = DocumentFactory(issued=True)
    documents.revoke_document(document, reason="Erreur", acting_user=None)

    for wrong in (document, DocumentFactory()):
        with pytest.raises(MoveRefused):
            documents.revoke_document(wrong, reason="Encore", acting_user=None)


def test_check_tells_what_is_true_and_not_of_whom():
    learner = LearnerProfileFactory(user=UserFactory(first_name="Élodie", last_name="Exemple"))
    document = DocumentFactory(issued=True, enrolment__learner=learner)

    found = verify_document(document.code)
    assert (found.kind, found.initials, found.is_valid) == ("Certificat de scolarité", "É. E.", True)
    assert found.issued_on == timezone.localdate()

    documents.revoke_document(document, reason="Erreur", acting_user=None)
    assert not verify_document(document.code).is_valid


def test_check_knows_neither_wrong_codes_nor_documents_in_preparation():
    assert verify_document(DocumentFactory().code) is None
    assert verify_document("0" * 16) is None
    assert verify_document("") is None


@pytest.mark.parametrize(("kind", "said"), [("attendance", "Module Exemple"), ("transcript", "12,5")])
def test_attendance_and_transcript_are_accessible_documents_with_their_code(commit, tmp_path, kind, said):
    copy = CorrectionFactory(marked=True).copy
    finish_module(copy.enrolment, copy.devoir.module, minutes=30, acting_user=copy.enrolment.learner.user)
    with commit():
        asked = documents.request_document(copy.enrolment, kind=kind, acting_user=copy.enrolment.learner.user)
    asked.refresh_from_db()
    assert asked.error == ""
    path = tmp_path / "document.pdf"
    path.write_bytes(content_of(asked))
    assert page.is_pdf_compliant(str(path), profile="ua1"), page.validate_pdf(str(path), profile="ua1")
    shown = render_to_string(documents.DOCUMENTS[kind].template, {"title": "x", "data": asked.data, "code": "0A1B"})
    assert said in shown
    assert "0A1B" in shown
    assert verify_document(asked.code).kind == asked.get_kind_display()


def test_attendance_and_transcript_are_refused_without_their_facts():
    enrolment = EnrolmentFactory(confirmed=True)
    for kind, said in (("attendance", "commencée"), ("transcript", "corrigé")):
        with pytest.raises(Refusal, match=said):
            documents.request_document(enrolment, kind=kind, acting_user=enrolment.learner.user)
