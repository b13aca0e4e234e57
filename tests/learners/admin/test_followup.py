"""Marking and follow-up at the desk: what a tutor may see and do."""

import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from learners.domain.copies import take_copy
from learners.domain.followup import assign_tutor
from learners.enums import CopyState
from learners.models import Contact, Copy, Correction, FollowUpAttestation
from tests.html_checks import html_problems
from tests.learners.factories import ContactFactory, CopyFactory, EnrolmentFactory, SignalFactory

pytestmark = pytest.mark.django_db
QUEUE = "/gestion/corrections/"


@pytest.fixture
def tutor(staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    return staff(Role.TUTOR)


@pytest.fixture
def desk(client, tutor):
    client.force_login(tutor)
    return client


@pytest.fixture
def followed(tutor):
    enrolment = EnrolmentFactory(active=True)
    assign_tutor(enrolment, tutor, acting_user=None)
    return enrolment


def handed_in(tutor, **fields):
    copy = CopyFactory(**fields)
    assign_tutor(copy.enrolment, tutor, acting_user=None)
    return copy


def test_queue_shows_the_copies_of_ones_own_learners(desk, tutor):
    mine, other = handed_in(tutor), CopyFactory()
    page = desk.get(QUEUE).content.decode()
    assert mine.devoir.title in page
    assert other.devoir.title not in page
    assert desk.post(QUEUE, {"copy": other.pk}).status_code == 404
    assert desk.post(QUEUE, {"copy": "9" * 40}).status_code == 404


def test_copy_is_taken_marked_and_the_next_one_follows(desk, tutor):
    first, second = handed_in(tutor), handed_in(tutor)
    mark = desk.post(QUEUE).url
    page = desk.get(mark).content.decode()
    assert first.devoir.title in page
    assert not html_problems(page)
    wrong = desk.post(mark, {"grade": "21", "feedback": "", "act": "next"})
    assert wrong.status_code == 422
    assert "Une note va de 0 à 20" in wrong.content.decode()
    annotated = SimpleUploadedFile("annotee.pdf", b"%PDF-1.7 a")
    following = desk.post(mark, {"grade": "14,25", "feedback": "Clair.", "act": "next", "files": [annotated]})
    first.refresh_from_db()
    assert (first.state, first.correction.grade) == (CopyState.MARKED, Decimal("14.25"))
    assert first.correction.files.get().name == "annotee.pdf"
    assert Correction.objects.get(copy=second).pk == int(following.url.rstrip("/").rpartition("/")[2])


def test_copy_in_other_hands_is_not_opened(desk, tutor, staff):
    copy = handed_in(tutor)
    correction = take_copy(copy, acting_user=staff(Role.TUTOR))
    assert desk.get(f"{QUEUE}{correction.pk}/").status_code == 404
    assert "déjà prise" in desk.post(QUEUE, {"copy": copy.pk}, follow=True).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_queue_and_worklist_read_a_fixed_number_of_rows(desk, tutor, count, django_assert_max_num_queries):
    for _ in range(count):
        copy = handed_in(tutor)
        SignalFactory(enrolment=copy.enrolment)
        take_copy(handed_in(tutor), acting_user=tutor)
    for url in (QUEUE, "/gestion/suivi/"):
        desk.get(url)
        with django_assert_max_num_queries(9):
            desk.get(url)


def test_worklist_says_why_and_shows_ones_own_learners(desk, followed):
    signal, other = SignalFactory(enrolment=followed), SignalFactory()
    page = desk.get("/gestion/suivi/?regle=inactivity").content.decode()
    assert followed.learner.user.get_full_name() in page
    assert signal.explanation in page
    assert f"/gestion/suivi/{other.enrolment_id}/" not in page
    assert desk.get(f"/gestion/suivi/{other.enrolment_id}/").status_code == 404
    assert desk.get("/gestion/suivi/?apres=faux").status_code == 404


def test_contact_and_reminder_are_written_once(desk, followed):
    url = f"/gestion/suivi/{followed.pk}/"
    data = {"client_key": str(uuid.uuid4()), "kind": "call", "outcome": "answered", "note": "Reprend lundi."}
    for _ in range(2):
        desk.post(url, data)
        desk.post(url, {"act": "remind", "client_key": data["client_key"].replace("-", "")[::-1]})
    assert sorted(Contact.objects.values_list("kind", flat=True)) == ["call", "reminder"]
    wrong = desk.post(url, {**data, "kind": "call", "meets_at": "31/01/2027 14:30", "client_key": str(uuid.uuid4())})
    assert (wrong.status_code, Contact.objects.count()) == (422, 2)
    assert "Seul un rendez-vous" in wrong.content.decode()
    page = desk.get(url).content.decode()
    assert "Reprend lundi." in page
    assert not html_problems(page)


def test_outcome_of_a_contact_of_another_tutor_is_out_of_reach(desk, followed):
    mine, other = ContactFactory(enrolment=followed), ContactFactory()
    for contact in (mine, other):
        desk.post(reverse("admin:learners_followup_settle", args=[contact.pk]), {"outcome": "answered"})
    assert set(Contact.objects.values_list("pk", "outcome")) == {(mine.pk, "answered"), (other.pk, "waiting")}


def test_followup_is_attested_by_the_tutor_and_read_by_the_auditor(desk, client, followed, staff):
    url = "/gestion/suivi/attestations/"
    today = f"{timezone.localdate():%d/%m/%Y}"
    data = {"starts_on": "01/01/2026", "ends_on": today, "comment": "Vérifié module par module."}
    assert desk.post(url, {**data, "comment": ""}).status_code == 422
    assert desk.post(url, data).status_code == 302
    assert desk.post(url, data).status_code == 409
    assert FollowUpAttestation.objects.get().lines.get().enrolment == followed
    client.force_login(staff(Role.AUDITOR))
    page = client.get(url).content.decode()
    assert "Vérifié module par module." in page
    assert "J’atteste" not in page
    assert client.post(url, data).status_code == 404


def test_people_without_the_role_are_refused(client, staff, learner, followed):
    for person in (staff(Role.CRC_AGENT), learner):
        client.force_login(person)
        for url in (QUEUE, "/gestion/suivi/", f"/gestion/suivi/{followed.pk}/", "/gestion/suivi/attestations/"):
            assert client.get(url).status_code in {302, 403}
    assert Copy.objects.count() == 0


def test_supervisor_gives_an_enrolment_to_a_tutor_and_a_tutor_does_not(client, staff, tutor):
    enrolment = EnrolmentFactory(active=True)
    url = reverse("admin:learners_tutor", args=[enrolment.pk])
    client.force_login(tutor)
    assert client.post(url, {"tutor": tutor.pk}).status_code == 403
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert "Choisissez un tuteur" in client.post(url, {"tutor": enrolment.learner.user_id}).content.decode()
    assert not enrolment.tutoring.exists()
    client.post(url, {"tutor": tutor.pk})
    assert enrolment.tutoring.get().tutor == tutor
