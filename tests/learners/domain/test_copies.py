"""A devoir from the learner's hands to the marker's and back: once, whatever is sent twice."""

import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cned_portal.common.files import RefusedFile
from cned_portal.common.outbox.models import Mail
from learners.domain.copies import hand_in, mark_copy, release_copy, take_copy, take_next_copy
from learners.domain.homework_files import scan_homework
from learners.domain.queries.courses import devoirs_of
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import CopyState, ScanState
from learners.models import Activity, Copy, CopyFile, Correction, DevoirDate, Enrolment, EnrolmentProgress
from tests.catalogue.factories import TrainingActionFactory, TrainingSessionFactory
from tests.learners.factories import CopyFactory, CorrectionFactory, DevoirFactory, EnrolmentFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PDF = ("copie.pdf", b"%PDF-1.7 exemple")


@pytest.fixture
def devoir():
    return DevoirFactory()


@pytest.fixture
def enrolment(devoir):
    return EnrolmentFactory(active=True, training=devoir.module.training)


def sent(enrolment, devoir, *, files=(PDF,), version=1, client_key=None, **fields):
    return hand_in(
        enrolment,
        devoir.pk,
        files=files,
        version=version,
        client_key=client_key or uuid.uuid4(),
        acting_user=enrolment.learner.user,
        **fields,
    )


def due_on(enrolment):
    return devoirs_of(Enrolment.objects.filter(pk=enrolment.pk)).get().due_on


def test_copy_is_handed_in_with_its_file_and_its_activity(enrolment, devoir):
    copy = sent(enrolment, devoir, comment="Merci.")
    file = copy.files.get()
    assert (copy.version, copy.state, copy.is_late, copy.comment) == (1, CopyState.HANDED_IN, False, "Merci.")
    assert file.name == "copie.pdf"
    assert "copie" not in file.file.name, "the stored name tells nothing"
    with file.file.open() as stored:
        assert stored.read() == PDF[1]
    assert EnrolmentProgress.objects.get(enrolment=enrolment).copies == 1


def test_copy_sent_twice_with_one_key_is_one_copy(enrolment, devoir):
    key = uuid.uuid4()
    first = sent(enrolment, devoir, client_key=key)
    again = sent(enrolment, devoir, client_key=key, files=[("autre.pdf", b"%PDF-1.7 autre")])
    assert first == again
    assert (Copy.objects.count(), CopyFile.objects.count(), Activity.objects.count()) == (1, 1, 1)


def test_second_tab_with_the_same_file_gives_the_same_copy_and_another_file_is_explained(enrolment, devoir):
    first = sent(enrolment, devoir)
    assert sent(enrolment, devoir) == first
    with pytest.raises(Refusal, match="autre fenêtre"):
        sent(enrolment, devoir, files=[("autre.pdf", b"%PDF-1.7 autre")])
    assert Copy.objects.count() == 1


def test_new_version_replaces_the_former_until_the_marking_begins(enrolment, devoir):
    first = sent(enrolment, devoir)
    second = sent(enrolment, devoir, version=2, files=[("v2.pdf", b"%PDF-1.7 deux")])
    first.refresh_from_db()
    assert (first.state, second.state) == (CopyState.REPLACED, CopyState.HANDED_IN)
    take_copy(second, acting_user=UserFactory())
    with pytest.raises(MoveRefused, match="a commencé"):
        sent(enrolment, devoir, version=3, files=[("v3.pdf", b"%PDF-1.7 trois")])
    assert Copy.objects.count() == 2


def test_versions_are_bounded(enrolment, devoir):
    devoir.versions = 1
    devoir.save()
    sent(enrolment, devoir)
    with pytest.raises(Refusal, match="1 versions au plus"):
        sent(enrolment, devoir, version=2, files=[("v2.pdf", b"%PDF-1.7 deux")])


def test_refused_file_leaves_nothing(enrolment, devoir):
    with pytest.raises(RefusedFile):
        sent(enrolment, devoir, files=[PDF, ("virus.exe", b"MZ\x90\0")])
    assert not Copy.objects.exists()
    assert not Activity.objects.exists()


@pytest.mark.parametrize("state", ["requested", "abandoned"])
def test_enrolment_that_is_not_under_way_hands_in_nothing(devoir, state):
    fields = {"requested": {}, "abandoned": {"abandoned_on": timezone.localdate(), "abandon_reason": "time"}}[state]
    confirmed = {} if state == "requested" else {"confirmed_at": timezone.now()}
    enrolment = EnrolmentFactory(training=devoir.module.training, state=state, **fields, **confirmed)
    with pytest.raises(Refusal, match="pas en cours"):
        sent(enrolment, devoir)


def test_devoir_of_another_training_or_hidden_is_refused(enrolment, devoir):
    with pytest.raises(Refusal, match="pas de cette formation"):
        sent(enrolment, DevoirFactory())
    devoir.is_published = False
    devoir.save()
    with pytest.raises(Refusal, match="pas de cette formation"):
        sent(enrolment, devoir)


def test_due_date_counts_from_the_start_unless_the_session_has_its_own(devoir):
    action = TrainingActionFactory(training=devoir.module.training)
    session = TrainingSessionFactory(action=action)
    enrolment = EnrolmentFactory(active=True, training=devoir.module.training, session=session)
    assert due_on(enrolment) == enrolment.started_on + timedelta(days=10)
    DevoirDate.objects.create(devoir=devoir, session=session, due_on="2030-01-15")
    assert f"{due_on(enrolment)}" == "2030-01-15"


def test_copy_after_the_date_is_late_and_keeps_the_date_it_had(enrolment, devoir):
    copy = sent(enrolment, devoir, at=timezone.now() + timedelta(days=11))
    assert copy.is_late
    assert copy.due_on == enrolment.started_on + timedelta(days=10)


def test_marked_copy_is_told_to_the_learner_once(enrolment, devoir):
    copy, marker = sent(enrolment, devoir), UserFactory()
    correction = take_copy(copy, acting_user=marker)
    mark_copy(
        correction, grade=Decimal("13.5"), feedback="Clair.", files=[("annotee.pdf", b"%PDF-1.7 a")], acting_user=marker
    )
    with pytest.raises(MoveRefused):
        mark_copy(correction, grade=Decimal(2), acting_user=marker)
    copy.refresh_from_db()
    assert (copy.state, copy.correction.grade) == (CopyState.MARKED, Decimal("13.5"))
    mail = Mail.objects.get(key=f"learners.homework_marked:{copy.pk}")
    assert devoir.title not in mail.subject
    assert "13,5" not in mail.text, "the grade is read in the space"
    assert "13.5" not in mail.text


def test_grade_or_ungraded_but_not_both(enrolment, devoir):
    marker = UserFactory()
    correction = take_copy(sent(enrolment, devoir), acting_user=marker)
    for fields in ({}, {"grade": Decimal(3), "is_ungraded": True}):
        with pytest.raises(Refusal, match="non noté"):
            mark_copy(correction, acting_user=marker, **fields)
    assert mark_copy(correction, acting_user=marker, is_ungraded=True).grade is None


def test_another_marker_touches_nothing(enrolment, devoir):
    correction = take_copy(sent(enrolment, devoir), acting_user=UserFactory())
    with pytest.raises(MoveRefused):
        mark_copy(correction, grade=Decimal(1), acting_user=UserFactory())
    with pytest.raises(MoveRefused):
        release_copy(correction, acting_user=UserFactory())
    assert Copy.objects.get().state == CopyState.TAKEN


def test_released_copy_comes_back_at_its_place(enrolment, devoir):
    copy, marker = sent(enrolment, devoir), UserFactory()
    CopyFactory(devoir=devoir, handed_in_at=timezone.now() + timedelta(hours=1))
    release_copy(take_copy(copy, acting_user=marker), acting_user=marker)
    assert take_next_copy(Copy.objects.all(), acting_user=marker).copy_id == copy.pk


def test_queue_gives_the_oldest_first_then_nothing():
    old = CopyFactory(handed_in_at=timezone.now() - timedelta(days=2))
    new = CopyFactory()
    marker = UserFactory()
    taken = [take_next_copy(Copy.objects.all(), acting_user=marker) for _ in range(3)]
    assert [item and item.copy_id for item in taken] == [old.pk, new.pk, None]


@pytest.mark.parametrize("fields", [{"grade": "20.5"}, {"grade": "-1"}, {"grade": "3", "is_ungraded": True}, {}])
def test_database_refuses_an_impossible_marking(fields):
    correction = CorrectionFactory()
    values = {"marked_at": timezone.now(), "grade": None, "is_ungraded": False} | fields
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(**values)


def test_infected_file_is_destroyed_and_never_opened(enrolment, devoir, settings, monkeypatch):
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    file = sent(enrolment, devoir).files.get()
    assert file.scan == ScanState.PENDING
    assert not file.is_readable
    assert scan_homework() == 0, "a daemon that is away opens nothing"
    monkeypatch.setattr("cned_portal.common.scanning.scan", lambda content, address: "Eicar")
    assert (scan_homework(), scan_homework()) == (1, 0)
    file.refresh_from_db()
    assert (file.scan, file.file.name, file.is_readable) == (ScanState.INFECTED, "", False)


def together(*acts):
    """Run each act in a thread of its own, all at once; results or exceptions."""
    barrier, found = threading.Barrier(len(acts)), []

    def run(act):
        barrier.wait()
        try:
            found.append(act())
        except Exception as error:  # the loser's word is what the test looks at
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_two_markers_at_once_get_one_copy_each_of_two_and_one_only_of_one():
    copy = CopyFactory()
    first, second = UserFactory(), UserFactory()
    found = together(*(lambda user=user: take_copy(copy, acting_user=user) for user in (first, second)))
    assert Correction.objects.count() == 1
    assert sorted(type(item).__name__ for item in found) == ["Correction", "MoveRefused"]
    CopyFactory(), CopyFactory()
    found = together(
        *(lambda user=user: take_next_copy(Copy.objects.all(), acting_user=user) for user in (first, second))
    )
    assert len({item.copy_id for item in found}) == 2


@pytest.mark.django_db(transaction=True)
def test_double_click_hands_in_once():
    devoir = DevoirFactory()
    enrolment = EnrolmentFactory(active=True, training=devoir.module.training)
    key = uuid.uuid4()
    found = together(*(lambda: sent(enrolment, devoir, client_key=key) for _ in range(2)))
    assert {item.pk for item in found} == {Copy.objects.get().pk}
    assert CopyFile.objects.count() == 1
