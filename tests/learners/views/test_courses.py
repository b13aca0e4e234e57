"""« Mes cours », « Mes devoirs », the calendar and its feed, as the learner, a guardian and a stranger meet them."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from learners.domain.calendar import occurrences_of
from learners.enums import ContactKind, CopyState, LearnerPublic
from learners.models import Activity, CalendarFeed, Copy, CopyFile, DevoirDate
from tests.html_checks import html_problems
from tests.learners.factories import (
    ContactFactory,
    CopyFactory,
    CorrectionFactory,
    DevoirFactory,
    EnrolmentFactory,
    GuardianshipFactory,
    LearnerProfileFactory,
    ModuleFactory,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 exemple"
MEGABYTE = 1024 * 1024


@pytest.fixture
def devoir():
    return DevoirFactory()


@pytest.fixture
def enrolment(learner, devoir):
    return EnrolmentFactory(active=True, learner=LearnerProfileFactory(user=learner), training=devoir.module.training)


@pytest.fixture
def url(enrolment, devoir):
    return reverse("learners:devoir", kwargs={"pk": enrolment.pk, "devoir": devoir.pk})


@pytest.fixture
def signed_in(client, learner):
    client.force_login(learner)
    return client


def file(name="copie.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def sent(client, url, *files, **fields):
    data = {"client_key": str(uuid.uuid4()), "version": 1, "comment": "Je vous remercie.", **fields}
    return client.post(url, {**data, "files": list(files)})


def test_copy_is_handed_in_then_shown(signed_in, url):
    assert "Rendre mon devoir" in signed_in.get(url).content.decode()
    assert sent(signed_in, url, file()).status_code == 302
    page = signed_in.get(url).content.decode()
    assert "copie.pdf" in page
    assert "Remplacer ma copie" in page
    assert not html_problems(page)


def test_form_asks_the_check_against_forgery(learner, url):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(learner)
    assert sent(strict, url, file()).status_code == 403
    assert not Copy.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("copie.exe", b"MZ\x90\0", "Ce type de fichier n’est pas accepté"),
        ("copie.pdf", b"PK\x03\x04 truc", "n’est pas lisible"),
        ("copie.pdf", b"<html>", "n’est pas celui que son nom annonce"),
        ("copie.pdf", b"", "vide"),
    ],
)
def test_wrong_file_is_said_beside_the_field_and_nothing_typed_is_lost(signed_in, url, name, content, said):
    response = sent(signed_in, url, file(name, content))
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "Je vous remercie." in page
    assert 'href="#id_files"' in page
    assert not html_problems(page)
    assert not Copy.objects.exists()


def test_fifty_megabytes_are_refused_without_being_kept(signed_in, url, settings, monkeypatch):
    kept = []
    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk",
        lambda self, data, start: kept.append(len(data)),
    )
    settings.HOMEWORK_MAX_BYTES = 2 * MEGABYTE
    response = sent(signed_in, url, file("lourd.pdf", PDF + b"0" * 50 * MEGABYTE))
    page = response.content.decode()
    assert response.status_code == 413
    assert "lourd.pdf : ce fichier dépasse 2 Mo." in page
    assert "Je vous remercie." in page
    assert sum(kept) <= 2 * MEGABYTE
    assert not Copy.objects.exists()


def test_six_files_are_too_many(signed_in, url):
    assert "5 fichiers au plus" in sent(signed_in, url, *[file() for _ in range(6)]).content.decode()


@pytest.mark.parametrize("fields", [{"client_key": "x"}, {"version": "999"}, {"version": ""}, {"comment": "a" * 3_000}])
def test_hostile_fields_are_refused(signed_in, url, fields):
    assert sent(signed_in, url, file(), **fields).status_code == 422
    assert not Copy.objects.exists()


def test_stranger_finds_nothing(client, stranger, url, enrolment):
    copy = CopyFactory(enrolment=enrolment)
    row = CopyFile.objects.create(copy=copy, name="a.pdf", file="devoirs/a.pdf", size=1, scan="unscanned")
    client.force_login(stranger)
    for address in (url, reverse("learners:copy_file", args=[row.pk])):
        assert client.get(address).status_code == 404
    assert sent(client, url, file()).status_code == 404


def test_guardian_reads_and_the_page_says_whose_it_is_but_does_not_hand_in(client, url, enrolment):
    guardianship = GuardianshipFactory(learner=enrolment.learner, accepted=True)
    client.force_login(guardianship.guardian)
    name = enrolment.learner.user.get_full_name()
    for address in (url, reverse("learners:courses"), reverse("learners:homework")):
        page = client.get(address).content.decode()
        assert f"Inscription de {name}" in page
    assert sent(client, url, file()).status_code == 404
    assert not Copy.objects.exists()


def test_grade_and_feedback_are_shown_once_marked(signed_in, enrolment, devoir, url):
    correction = CorrectionFactory(copy=CopyFactory(enrolment=enrolment, devoir=devoir, state=CopyState.TAKEN))
    assert "en cours de correction" in signed_in.get(url).content.decode()
    correction.marked_at, correction.grade, correction.feedback = timezone.now(), "12.50", "Un bon début."
    correction.save()
    Copy.objects.update(state=CopyState.MARKED)
    for page in (signed_in.get(url).content.decode(), signed_in.get(reverse("learners:homework")).content.decode()):
        assert "12,5 sur 20" in page
    assert "Un bon début." in signed_in.get(url).content.decode()


@pytest.mark.parametrize("view", ["courses", "homework", "calendar"])
@pytest.mark.parametrize("count", [1, 3])
def test_lists_read_a_fixed_number_of_rows(signed_in, learner, view, count, django_assert_max_num_queries):
    profile = LearnerProfileFactory(user=learner)
    for _ in range(count):
        item = DevoirFactory()
        DevoirFactory(module=item.module)
        enrolment = EnrolmentFactory(active=True, learner=profile, training=item.module.training)
        CorrectionFactory(marked=True, copy__enrolment=enrolment, copy__devoir=item)
    signed_in.get(reverse(f"learners:{view}"))
    with django_assert_max_num_queries(6):  # the account, the menu, the page's three or four
        signed_in.get(reverse(f"learners:{view}"))


def test_module_is_opened_by_a_post_alone(signed_in, enrolment, devoir):
    url = reverse("learners:module", kwargs={"pk": enrolment.pk, "module": devoir.module_id})
    signed_in.get(url)
    assert not Activity.objects.exists()
    signed_in.post(url, {"act": "open"})
    key = str(uuid.uuid4())
    for _ in range(2):
        signed_in.post(url, {"act": "finish", "minutes": "30", "client_key": key})
    assert Activity.objects.filter(enrolment=enrolment).count() == 2
    assert "100 % des modules" in signed_in.get(reverse("learners:courses")).content.decode()
    wrong = signed_in.post(url, {"act": "finish", "minutes": "beaucoup", "client_key": key})
    assert wrong.status_code == 200
    elsewhere = reverse("learners:module", kwargs={"pk": enrolment.pk, "module": ModuleFactory().pk})
    assert signed_in.get(elsewhere).status_code == 404


def test_learner_answers_their_tutor_and_nobody_elses(signed_in, stranger, enrolment):
    reminder = ContactFactory(enrolment=enrolment)
    url = reverse("learners:reminder_answer", args=[reminder.pk])
    assert "Répondre à mon tuteur" in signed_in.get(reverse("learners:courses")).content.decode()
    other = Client()
    other.force_login(stranger)
    assert other.post(url, {f"r{reminder.pk}-text": "Non."}).status_code == 404
    signed_in.post(url, {f"r{reminder.pk}-text": "Je reprends."})
    reminder.refresh_from_db()
    assert reminder.answer == "Je reprends."


def test_calendar_of_a_guardian_says_whose_each_date_is(
    signed_in, learner, enrolment, devoir, django_assert_num_queries
):
    page = signed_in.get(reverse("learners:calendar")).content.decode()
    assert f"{devoir.title}</dd>" in page
    minor = LearnerProfileFactory(public=LearnerPublic.PUPIL)
    child = EnrolmentFactory(active=True, learner=minor, training=devoir.module.training)
    GuardianshipFactory(learner=minor, guardian=learner, accepted=True)
    ContactFactory(enrolment=child, kind=ContactKind.MEETING, meets_at=timezone.now() + timedelta(days=1))
    with django_assert_num_queries(3):
        shown = {(one.title, one.learner) for one in occurrences_of(learner)}
    due = f"À rendre : {devoir.title}"
    assert shown == {(due, None), (due, minor), ("Rendez-vous avec le tuteur", minor)}
    page = signed_in.get(reverse("learners:calendar")).content.decode()
    assert f"{devoir.title}, pour {minor.user.get_full_name()}</dd>" in page


def test_feed_is_read_by_any_client_and_names_nobody(signed_in, client, enrolment, devoir):
    signed_in.post(reverse("learners:calendar"), {"act": "renew"})
    address = CalendarFeed.objects.get().get_absolute_url()
    answer = Client().get(address)
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert answer["Content-Type"].startswith("text/calendar")
    assert [f"{event['summary']}" for event in events] == [f"À rendre : {devoir.title}"]
    assert events[0]["dtstart"].dt == enrolment.started_on + timedelta(days=10)
    text = answer.content.decode()
    assert enrolment.learner.user.last_name not in text
    assert enrolment.learner.number not in text
    assert Client().get(address).content == answer.content


@pytest.mark.parametrize("act", ["renew", "revoke"])
def test_former_address_of_the_feed_works_no_more(signed_in, enrolment, act):
    signed_in.post(reverse("learners:calendar"), {"act": "renew"})
    former = CalendarFeed.objects.get().get_absolute_url()
    signed_in.post(reverse("learners:calendar"), {"act": act})
    assert Client().get(former).status_code == 404
    assert Client().get("/calendrier/pas-une-adresse.ics").status_code == 404


def test_session_date_is_the_one_shown(signed_in, learner, devoir):
    from tests.catalogue.factories import TrainingActionFactory, TrainingSessionFactory

    session = TrainingSessionFactory(action=TrainingActionFactory(training=devoir.module.training))
    profile = LearnerProfileFactory(user=learner)
    EnrolmentFactory(active=True, learner=profile, training=devoir.module.training, session=session)
    DevoirDate.objects.create(devoir=devoir, session=session, due_on=timezone.localdate() + timedelta(days=3))
    assert devoir.title in signed_in.get(reverse("learners:space")).content.decode(), "a next step of the home page"
