"""Courses, devoirs, the calendar and the follow-up by the API: once, within the rules of the pages, in their words."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cned_portal.users.models import IdempotentCall
from learners.enums import ActivityKind, ContactKind, CopyState
from learners.models import Activity, Copy, CopyFile, ModuleProgress
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
MOI = "/api/v1/moi/"
PDF = b"%PDF-1.7 exemple"


@pytest.fixture
def devoir():
    return DevoirFactory()


@pytest.fixture
def enrolment(learner, devoir):
    return EnrolmentFactory(active=True, learner=LearnerProfileFactory(user=learner), training=devoir.module.training)


@pytest.fixture
def signed(client, enrolment):
    client.force_login(enrolment.learner.user)
    return client


@pytest.fixture
def guardian(client, enrolment):
    client.force_login(GuardianshipFactory(learner=enrolment.learner, accepted=True).guardian)
    return client


@pytest.fixture
def url(enrolment, devoir):
    return f"{MOI}devoirs/{enrolment.pk}/{devoir.pk}/"


def hand_in(client, url, *files, key="cle", **fields):
    data = {"version": 1, "commentaire": "Merci.", **fields, "fichiers": list(files)}
    return client.post(f"{url}copies/", data, headers={"idempotency-key": key})


def file(name="copie.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def say(client, url, data, key="cle"):
    return client.post(url, json.dumps(data), content_type="application/json", headers={"idempotency-key": key})


def content(response):
    return b"".join(response.streaming_content)


class TestHandIn:
    def test_copy_is_handed_in_and_its_file_read_back(self, signed, url):
        answer = hand_in(signed, url, file())
        assert answer.status_code == 201, answer.content
        told = signed.get(url).json()
        assert told == answer.json()
        assert (told["etat"], told["copie"]["version"], told["copies"][0]["commentaire"]) == ("rendus", 1, "Merci.")
        assert content(signed.get(told["copies"][0]["fichiers"][0]["url"])) == PDF

    def test_copy_is_one_even_after_the_answer_is_forgotten(self, signed, url):
        key = str(uuid.uuid4())
        first = hand_in(signed, url, file(), key=key)
        assert hand_in(signed, url, file(), key=key)["Idempotent-Replayed"] == "true"
        IdempotentCall.objects.update(created_at=timezone.now() - timedelta(hours=25))
        again = hand_in(signed, url, file(), key=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert Copy.objects.count() == CopyFile.objects.count() == 1
        assert Activity.objects.filter(kind=ActivityKind.HANDED_IN).count() == 1

    def test_same_key_at_another_devoir_is_another_copy(self, signed, url, enrolment, devoir):
        hand_in(signed, url, file())
        IdempotentCall.objects.all().delete()
        other = DevoirFactory(module=devoir.module)
        assert hand_in(signed, f"{MOI}devoirs/{enrolment.pk}/{other.pk}/", file()).json()["id"] == other.pk
        assert Copy.objects.filter(devoir=other).count() == 1

    def test_new_version_replaces_until_the_marking_starts_then_is_a_conflict(self, signed, url):
        hand_in(signed, url, file())
        assert hand_in(signed, url, file(content=PDF + b"2"), key="b", version=2).json()["copie"]["version"] == 2
        Copy.objects.filter(version=2).update(state=CopyState.TAKEN)
        refused = hand_in(signed, url, file(content=PDF + b"3"), key="c", version=3)
        assert refused.status_code == 409
        assert "La correction de ce devoir a commencé" in refused.json()["detail"]
        assert Copy.objects.count() == 2

    def test_enrolment_that_is_over_is_a_conflict(self, signed, url, enrolment):
        type(enrolment).objects.filter(pk=enrolment.pk).update(state="finished", finished_on=timezone.localdate())
        refused = hand_in(signed, url, file())
        assert (refused.status_code, Copy.objects.count()) == (409, 0)
        assert signed.get(url).json()["etat"] == "clos"

    @pytest.mark.parametrize(
        ("files", "fields", "named"),
        [
            ([("copie.exe", b"MZ\x90\0")], {}, "fichiers"),
            ([("copie.pdf", b"<html>")], {}, "fichiers"),
            ([("copie.pdf", b"")], {}, "fichiers"),
            ([], {}, "fichiers"),
            ([("copie.pdf", PDF)] * 6, {}, "fichiers"),
            ([("copie.pdf", PDF)], {"version": "999"}, "version"),
            ([("copie.pdf", PDF)], {"commentaire": "a" * 3_000}, "commentaire"),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field(self, signed, url, files, fields, named):
        refused = hand_in(signed, url, *[file(*one) for one in files], **fields)
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [named])
        assert not Copy.objects.exists()

    def test_too_large_a_file_is_refused_by_its_name(self, signed, url, settings):
        settings.HOMEWORK_MAX_BYTES = 1024 * 1024
        refused = hand_in(signed, url, file("lourd.pdf", PDF + b"0" * 2 * 1024 * 1024))
        assert refused.status_code == 413
        assert refused.json()["detail"] == "lourd.pdf : ce fichier dépasse 1 Mo."
        assert hand_in(signed, url, file("enorme.pdf", PDF + b"0" * 6 * 1024 * 1024)).status_code == 413
        assert not Copy.objects.exists()


class TestGuardian:
    def test_reads_as_on_the_pages_and_writes_nothing(self, guardian, url, enrolment, devoir):
        assert guardian.get(url).json()["a_vous"] is False
        assert guardian.get(url).json()["peut_rendre"] is False
        assert [one["id"] for one in guardian.get(f"{MOI}devoirs/").json()["devoirs"]] == [devoir.pk]
        assert guardian.get(f"{MOI}cours/{enrolment.pk}/").status_code == 200
        assert hand_in(guardian, url, file()).status_code == 404
        module = f"{MOI}cours/{enrolment.pk}/modules/{devoir.module_id}/"
        assert say(guardian, module, {"nature": "done"}).status_code == 404
        ContactFactory(enrolment=enrolment)
        assert guardian.get(f"{MOI}suivi/").json()["contacts"] == []
        assert not Copy.objects.exists()
        assert not Activity.objects.exists()


class TestHomework:
    def test_lists_go_by_state_and_page_without_a_hole_nor_a_twin(self, signed, enrolment, devoir):
        late = DevoirFactory(module=devoir.module, due_days=None)
        more = [DevoirFactory(module=devoir.module) for _ in range(3)]
        CopyFactory(enrolment=enrolment, devoir=more[0])
        seen, address = [], f"{MOI}devoirs/?taille=2&etat=a-rendre"
        while address:
            told = signed.get(address).json()
            seen += [one["id"] for one in told["devoirs"]]
            address = told["suivant"]
        assert seen == [devoir.pk, more[1].pk, more[2].pk, late.pk]
        assert [one["id"] for one in signed.get(f"{MOI}devoirs/?etat=rendus").json()["devoirs"]] == [more[0].pk]

    @pytest.mark.parametrize("query", ["etat=autre", "curseur=xx", "curseur=e30", "curseur=WzEsMl0", "taille=0"])
    def test_query_that_is_not_one_of_ours_is_refused(self, signed, query):
        refused = signed.get(f"{MOI}devoirs/?{query}")
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [query.partition("=")[0]])

    def test_correction_is_told_once_given_back(self, signed, url, enrolment, devoir):
        copy = CopyFactory(enrolment=enrolment, devoir=devoir, state=CopyState.TAKEN)
        correction = CorrectionFactory(copy=copy)
        assert signed.get(url).json()["correction"] is None
        Copy.objects.filter(pk=copy.pk).update(state=CopyState.MARKED)
        type(correction).objects.update(marked_at=timezone.now(), grade="12.50", feedback="Un bon début.")
        told = signed.get(url).json()
        assert (told["etat"], told["correction"]["note"]) == ("corriges", "12.50")
        assert told["correction"]["appreciation"] == "Un bon début."

    @pytest.mark.parametrize("number", [1, 3])
    def test_queries_do_not_grow_with_the_rows(self, signed, enrolment, devoir, number, django_assert_max_num_queries):
        for _ in range(number):
            other = DevoirFactory(module=devoir.module)
            CorrectionFactory(
                copy=CopyFactory(enrolment=enrolment, devoir=other, state=CopyState.MARKED),
                marked_at=timezone.now(),
                grade="12",
            )
            ModuleFactory(training=enrolment.training)
            ContactFactory(enrolment=enrolment, kind=ContactKind.CALL)
        for path, most in (("devoirs/", 6), ("cours/", 6), ("suivi/", 4), ("calendrier/", 6)):
            with django_assert_max_num_queries(most):
                assert signed.get(f"{MOI}{path}").status_code == 200


class TestCourses:
    def test_module_opened_then_finished_moves_the_progress_once(self, signed, enrolment, devoir):
        url = f"{MOI}cours/{enrolment.pk}/modules/{devoir.module_id}/"
        assert say(signed, url, {"nature": "opened"}).json()["modules"][0]["ouvert_le"]
        for _ in range(2):
            told = say(signed, url, {"nature": "done", "minutes": 45}, key="b").json()
            IdempotentCall.objects.all().delete()
        assert (told["avancement"], told["modules"][0]["minutes"]) == (100, 45)
        assert ModuleProgress.objects.get().done_at
        assert signed.get(f"{MOI}cours/").json() == [told]

    @pytest.mark.parametrize("data", [{"nature": "handed_in"}, {"nature": "done", "minutes": 2_000}, {}])
    def test_what_is_no_activity_of_a_module_is_refused(self, signed, enrolment, devoir, data):
        assert say(signed, f"{MOI}cours/{enrolment.pk}/modules/{devoir.module_id}/", data).status_code == 400
        assert not Activity.objects.exists()


class TestCalendar:
    def test_dates_are_those_between_two_days(self, signed, enrolment, devoir):
        due_on = enrolment.started_on + timedelta(days=10)
        [told] = signed.get(f"{MOI}calendrier/?du={due_on}&au={due_on}").json()
        assert (told["jour"], told["titre"]) == (due_on.isoformat(), f"À rendre : {devoir.title}")
        assert signed.get(f"{MOI}calendrier/?du={due_on + timedelta(days=1)}").json() == []

    @pytest.mark.parametrize("query", ["du=demain", "au=2026-13-01", "du=2026-02-01&au=2026-01-01"])
    def test_days_that_are_none_are_refused(self, signed, query):
        assert signed.get(f"{MOI}calendrier/?{query}").status_code == 400


class TestFollowUp:
    def test_reminder_is_answered_once_and_what_the_tutor_notes_is_not_told(self, signed, enrolment):
        reminder = ContactFactory(enrolment=enrolment, note="Note du tuteur pour lui-même")
        listed = signed.get(f"{MOI}suivi/")
        assert "Note du tuteur" not in listed.content.decode()
        assert listed.json()["contacts"][0]["attend_reponse"] is True
        url = f"{MOI}suivi/{reminder.pk}/reponse/"
        told = say(signed, url, {"texte": "Je reprends lundi."})
        assert (told.status_code, told.json()["reponse"]) == (201, "Je reprends lundi.")
        assert say(signed, url, {"texte": "Autre chose."}, key="b").status_code == 409
        reminder.refresh_from_db()
        assert reminder.answer == "Je reprends lundi."

    def test_only_a_reminder_is_answered_and_not_by_nothing(self, signed, enrolment):
        call = ContactFactory(enrolment=enrolment, kind=ContactKind.CALL)
        assert say(signed, f"{MOI}suivi/{call.pk}/reponse/", {"texte": "Bonjour"}).status_code == 404
        reminder = ContactFactory(enrolment=enrolment)
        assert say(signed, f"{MOI}suivi/{reminder.pk}/reponse/", {"texte": " "}).status_code == 400
