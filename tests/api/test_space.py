"""« Mon espace » by the API: what the site shows and lets do, in the same words."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from catalogue.models import Favourite
from learners.enums import AccommodationKind, LearnerPublic
from learners.models import Document, Enrolment, LearnerProfile, NotificationChoice
from quality.models import SurveyAnswer
from tests.api.things import Person, public_things
from tests.crc.factories import fallback_service
from tests.exams.factories import ReferenceResultFactory
from tests.learners.factories import DocumentFactory, EnrolmentFactory, GuardianshipFactory, LearnerProfileFactory
from tests.learners.factories import open_training as make_open_training
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
API = "/api/v1/"


@pytest.fixture
def signed(client, learner):
    client.force_login(learner)
    return client


@pytest.fixture
def profile(learner):
    return LearnerProfileFactory(user=learner)


def send(client, method, path, data=None, key="cle"):
    headers = {"idempotency-key": key} if method == "post" else {}
    body = json.dumps(data if data is not None else {})
    return getattr(client, method)(f"{API}{path}", body, content_type="application/json", headers=headers)


class TestDashboard:
    def test_says_what_the_page_says(self, signed, profile):
        enrolment = EnrolmentFactory(learner=profile, confirmed=True)
        told = signed.get(f"{API}moi/tableau-de-bord/").json()
        page = signed.get("/mon-espace/").content.decode()
        for step in told["etapes"]:
            assert step["texte"].replace("'", "&#x27;") in page
            assert step["action"] in page
        assert told["inscriptions"][0]["id"] == enrolment.pk
        assert told["rubriques"][0]["libelle"] == "Tableau de bord"

    def test_unchanged_is_not_sent_again(self, signed, profile):
        first = signed.get(f"{API}moi/tableau-de-bord/")
        again = signed.get(f"{API}moi/tableau-de-bord/", headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        EnrolmentFactory(learner=profile)
        assert signed.get(f"{API}moi/tableau-de-bord/", headers={"if-none-match": first["ETag"]}).status_code == 200


class TestProfile:
    def test_account_without_a_file_reads_itself_and_is_told_how_to_open_one(self, signed, learner):
        assert signed.get(f"{API}moi/").json()["courriel"] == learner.email
        answer = send(signed, "patch", "moi/", {"public": "adult"})
        assert (answer.status_code, answer.json()["detail"][:13]) == (409, "Votre dossier")
        assert not LearnerProfile.objects.exists()

    def test_corrects_what_is_sent_and_keeps_the_rest(self, signed, profile):
        kind = AccommodationKind.EXTRA_TIME
        answer = send(signed, "patch", "moi/", {"telephone": "06 12 34 56 78", "amenagements": [kind]})
        assert answer.status_code == 200, answer.content
        told = send(signed, "patch", "moi/", {"public": "student"}).json()
        assert (told["public"], told["amenagements"]) == (LearnerPublic.STUDENT, [kind])
        assert told["telephone"] == answer.json()["telephone"] != ""
        profile.refresh_from_db()
        assert profile.public == LearnerPublic.STUDENT

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"telephone": "12"}, "telephone"),
            ({"public": "roi"}, "public"),
            ({"situation": "detained"}, "situation"),
            ({"amenagements": ["x"]}, "amenagements"),
            ({"amenagements": "x"}, "amenagements"),
        ],
    )
    def test_names_the_wrong_field(self, signed, profile, data, field):
        answer = send(signed, "patch", "moi/", data)
        assert answer.status_code == 400
        assert field in answer.json()["errors"]

    def test_name_and_birth_date_are_not_corrected_here(self, signed, profile, learner):
        send(signed, "patch", "moi/", {"nom": "Autre", "date_naissance": "1990-01-01"})
        profile.refresh_from_db()
        learner.refresh_from_db()
        assert profile.date_of_birth is None
        assert learner.last_name != "Autre"

    def test_address_is_put_read_and_removed(self, signed, profile):
        address = {"rue": "1 rue Fictive", "ville": "Poitiers", "code_postal": "86000", "pays": "France"}
        assert send(signed, "put", "moi/adresses/postale/", address).status_code == 200
        assert signed.get(f"{API}moi/").json()["adresses"]["postale"]["rue"] == "1 rue Fictive"
        refused = send(signed, "put", "moi/adresses/postale/", {**address, "code_postal": ""})
        assert list(refused.json()["errors"]) == ["code_postal"]
        assert send(signed, "put", "moi/adresses/lune/", address).status_code == 404
        assert signed.delete(f"{API}moi/adresses/postale/").json()["adresses"]["postale"] is None

    def test_consent_is_given_then_withdrawn(self, signed, profile):
        said = send(signed, "put", "moi/consentements/news/", {"accord": True}).json()["consentements"]
        assert [row["accord"] for row in said if row["finalite"] == "news"] == [True]
        said = send(signed, "put", "moi/consentements/news/", {"accord": False}).json()["consentements"]
        assert not any(row["accord"] for row in said)


class TestEnrolments:
    @pytest.fixture
    def asked(self):
        training, session = make_open_training()
        return {"formation": training.slug, "session": session.pk, "public": "adult"}

    def test_place_is_asked_for_once_and_followed(self, signed, learner, asked):
        offered = signed.get(f"{API}formations/{asked['formation']}/sessions-ouvertes/").json()
        assert [row["id"] for row in offered] == [asked["session"]]
        answer, again = (send(signed, "post", "moi/inscriptions/", asked) for _ in range(2))
        assert answer.status_code == 201, answer.content
        assert again.json() == answer.json()
        assert (answer.json()["etat"], answer.json()["etat_libelle"]) == ("requested", "Demandée")
        assert Enrolment.objects.of_user(learner).count() == 1
        assert signed.get(answer["Location"].partition("/api")[1] + answer["Location"].partition("/api")[2]).json() == (
            answer.json()
        )
        assert send(signed, "post", "moi/inscriptions/", asked, key="autre").status_code == 409

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"formation": "inconnue"}, "formation"),
            ({"session": 10**12}, "session"),
            ({"session": 10**30}, "session"),
            ({"public": "x"}, "public"),
            ({"date_naissance": "2999-01-01"}, "date_naissance"),
            ({"rue": "a\nb"}, "rue"),
        ],
    )
    def test_wrong_field_is_named_and_nothing_is_written(self, signed, asked, change, field):
        answer = send(signed, "post", "moi/inscriptions/", {**asked, **change})
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]
        assert not Enrolment.objects.exists()
        assert not LearnerProfile.objects.exists()

    def test_detail_says_what_the_file_waits_for_and_not_what_staff_do(self, signed, learner, asked):
        pk = send(signed, "post", "moi/inscriptions/", {**asked, "public": "pupil"}).json()["id"]
        awaited = signed.get(f"{API}moi/inscriptions/{pk}/").json()["attendu"]
        assert "guardian" in {row["de_qui"] for row in awaited}
        assert "staff" not in {row["de_qui"] for row in awaited}

    def test_account_without_a_name_gives_it(self, client, asked):
        nameless = UserFactory(first_name="", last_name="")
        client.force_login(nameless)
        answer = send(client, "post", "moi/inscriptions/", asked)
        assert set(answer.json()["errors"]) == {"prenom", "nom"}
        assert send(client, "post", "moi/inscriptions/", {**asked, "prenom": "A", "nom": "B"}).status_code == 201

    def test_pages_follow_one_another(self, signed, profile):
        for _ in range(3):
            EnrolmentFactory(learner=profile)
        url, seen = f"{API}moi/inscriptions/?taille=2", []
        while url:
            told = signed.get(url).json()
            seen += [row["id"] for row in told["inscriptions"]]
            url = told["suivant"]
        assert len(seen) == len(set(seen)) == 3

    @pytest.mark.parametrize("query", ["taille=0", "taille=x", "curseur=x", "etat=x", "curseur=%00"])
    def test_wrong_query_is_refused(self, signed, query):
        assert signed.get(f"{API}moi/inscriptions/?{query}").status_code == 400

    @pytest.mark.parametrize("number", [1, 3])
    @pytest.mark.parametrize("path", ["moi/inscriptions/", "moi/documents/", "moi/tableau-de-bord/"])
    def test_lists_cost_the_same_with_more_rows(self, signed, profile, number, path, django_assert_max_num_queries):
        for _ in range(number):
            DocumentFactory(enrolment=EnrolmentFactory(learner=profile, confirmed=True), issued=True)
        with django_assert_max_num_queries(12) as seen:
            signed.get(f"{API}{path}")
        counts = self.__class__.counts = getattr(self.__class__, "counts", {})
        assert counts.setdefault(path, len(seen)) == len(seen)


class TestDocuments:
    def test_certificate_is_asked_for_made_and_downloaded(self, signed, profile, django_capture_on_commit_callbacks):
        enrolment = EnrolmentFactory(learner=profile, confirmed=True)
        with django_capture_on_commit_callbacks(execute=True):
            asked = send(signed, "post", f"moi/inscriptions/{enrolment.pk}/documents/", {"nature": "schooling"})
        assert asked.status_code == 201, asked.content
        told = signed.get(f"{API}moi/documents/{asked.json()['id']}/").json()
        assert (told["etat"], told["progression"]) == ("done", 100)
        file = signed.get(f"{API}moi/documents/{told['id']}/fichier/")
        assert b"".join(file.streaming_content).startswith(b"%PDF")
        checked = signed.get(f"{API}verifications/{told['code']}/").json()
        assert (checked["nature"], checked["valable"]) == ("Certificat de scolarité", True)

    def test_unconfirmed_enrolment_gives_none(self, signed, profile):
        enrolment = EnrolmentFactory(learner=profile)
        answer = send(signed, "post", f"moi/inscriptions/{enrolment.pk}/documents/", {"nature": "schooling"})
        assert answer.status_code == 409
        assert not Document.objects.exists()

    def test_failed_one_is_asked_for_again(self, signed, profile):
        document = DocumentFactory(
            enrolment__learner=profile, state="failed", error="Raté.", finished_at=timezone.now()
        )
        assert signed.get(f"{API}moi/documents/{document.pk}/").json()["erreur"] == "Raté."
        assert send(signed, "post", f"moi/documents/{document.pk}/recommencer/").status_code == 201
        assert send(signed, "post", f"moi/documents/{document.pk}/recommencer/", key="b").status_code == 409

    @pytest.mark.parametrize("code", ["x", "0000-0000-0000-0000", "%00", "é" * 50])
    def test_unknown_code_is_not_found(self, client, code):
        assert client.get(f"{API}verifications/{code}/").status_code == 404

    def test_codes_are_not_tried_for_ever(self, client, monkeypatch):
        monkeypatch.setattr("learners.api.views.CHECKS_PER_HOUR", 2)
        answers = [client.get(f"{API}verifications/x/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert int(answers[-1]["Retry-After"]) > 0


class TestWards:
    def test_guardian_sees_what_the_rules_say(self, signed, learner):
        ward = LearnerProfileFactory(public=LearnerPublic.PUPIL, user__first_name="Mineur")
        bond = GuardianshipFactory(learner=ward, guardian=learner, accepted_at=timezone.now())
        document = DocumentFactory(enrolment=EnrolmentFactory(learner=ward, confirmed=True), issued=True)
        assert [row["prenom"] for row in signed.get(f"{API}moi/mineurs/").json()] == ["Mineur"]
        told = signed.get(f"{API}moi/mineurs/{bond.pk}/").json()
        assert [row["id"] for row in told["inscriptions"]] == [document.enrolment_id]
        assert [row["id"] for row in told["documents"]] == [document.pk]
        file = signed.get(f"{API}moi/mineurs/documents/{document.pk}/fichier/")
        assert b"".join(file.streaming_content).startswith(b"%PDF")
        assert signed.get(f"{API}moi/documents/{document.pk}/").status_code == 404
        bond.ended_at = timezone.now()
        bond.end_reason = "guardian"
        bond.save()
        assert signed.get(f"{API}moi/mineurs/").json() == []
        assert signed.get(f"{API}moi/mineurs/documents/{document.pk}/fichier/").status_code == 404


class TestFavourites:
    def test_kept_twice_is_kept_once_then_dropped(self, signed, learner, monkeypatch):
        training, _ = public_things()
        path = f"moi/favoris/{training.slug}/"
        assert [send(signed, "put", path).status_code for _ in range(2)] == [204, 204]
        assert [row["slug"] for row in signed.get(f"{API}moi/favoris/").json()] == [training.slug]
        assert [signed.delete(f"{API}{path}").status_code for _ in range(2)] == [204, 204]
        assert not Favourite.objects.exists()
        assert send(signed, "put", "moi/favoris/inconnue/").status_code == 404
        monkeypatch.setattr("catalogue.domain.favourites.FAVOURITES_MAX", 0)
        assert send(signed, "put", path).status_code == 409


class TestSurveys:
    @pytest.fixture
    def person(self):
        fallback_service()
        return Person()

    def answers(self, person, **changes):
        score, yes, text = person.survey.questions.all()
        said = {score.pk: {"note": 5}, yes.pk: {"oui": False}, text.pk: {"texte": "Merci"}, **changes}
        return {"reponses": [{"question": key, **value} for key, value in said.items()]}

    def test_answered_once_and_for_good(self, person):
        client = person.client()
        path = f"moi/enquetes/{person.invitation.pk}/reponses/"
        assert len(client.get(f"{API}moi/enquetes/").json()) == 1
        answer, again = (send(client, "post", path, self.answers(person)) for _ in range(2))
        assert answer.status_code == 201, answer.content
        assert again.json() == answer.json()
        assert SurveyAnswer.objects.count() == 3
        assert client.get(f"{API}moi/enquetes/").json() == []
        assert send(client, "post", path, self.answers(person), key="b").status_code == 409

    def test_required_answer_is_named(self, person):
        answer = send(person.client(), "post", f"moi/enquetes/{person.invitation.pk}/reponses/", {"reponses": []})
        assert answer.status_code == 400
        assert f"reponses.{person.survey.questions.first().pk}" in answer.json()["errors"]
        assert not SurveyAnswer.objects.exists()

    def test_expired_one_is_not_due(self, person):
        person.invitation.expires_at = person.invitation.invited_at + timedelta(seconds=1)
        person.invitation.invited_at -= timedelta(days=2)
        person.invitation.expires_at -= timedelta(days=1)
        person.invitation.save()
        client = person.client()
        assert client.get(f"{API}moi/enquetes/").json() == []
        path = f"moi/enquetes/{person.invitation.pk}/reponses/"
        assert send(client, "post", path, self.answers(person)).status_code == 409


class TestNotifications:
    def test_choice_is_kept_and_read(self, signed, learner):
        said = {
            "sujets": [{"sujet": "homework", "moyen": "none"}],
            "silence": {"debut": "21:00", "fin": "07:00", "fuseau": "Europe/Paris"},
        }
        told = send(signed, "put", "moi/notifications/", said).json()
        assert {row["sujet"]: row["moyen"] for row in told["sujets"]}["homework"] == "none"
        assert told["silence"] == said["silence"]
        assert signed.get(f"{API}moi/notifications/").json() == told
        assert NotificationChoice.objects.get(user=learner).channel == "none"
        assert send(signed, "put", "moi/notifications/", {**said, "silence": None}).json()["silence"] is None

    @pytest.mark.parametrize(
        "said",
        [
            {"sujets": [{"sujet": "x", "moyen": "mail"}], "silence": None},
            {"sujets": [], "silence": {"debut": "21:00", "fin": "21:00", "fuseau": "Europe/Paris"}},
            {"sujets": [], "silence": {"debut": "25:00", "fin": "21:00", "fuseau": "Mars"}},
            {"sujets": {}},
            [],
        ],
    )
    def test_wrong_choice_is_refused(self, signed, said):
        assert send(signed, "put", "moi/notifications/", said).status_code == 400

    def test_what_is_no_subscription_is_refused(self, signed):
        said = {"libelle": "Téléphone", "adresse": "http://x", "p256dh": "a", "auth": "b"}
        assert send(signed, "post", "moi/appareils/", said).status_code == 409


class TestResults:
    def test_small_groups_are_hidden_as_on_the_page(self, client):
        ReferenceResultFactory(registered=4, present=3, admitted=3)
        told = client.get(f"{API}resultats-du-bac/").json()["resultats"]
        assert told[0]["taux"]["pourcentage"] is None
        assert not told[0]["admis"].isdecimal()

    def test_filters_and_unknown_values(self, client):
        ReferenceResultFactory()
        assert len(client.get(f"{API}resultats-du-bac/?session=2025&voie=generale").json()["resultats"]) == 1
        assert client.get(f"{API}resultats-du-bac/?session=1999").status_code == 400
        assert client.get(f"{API}resultats-du-bac/?voie=x").status_code == 400


def test_too_many_calls_say_when_to_come_back(signed, monkeypatch):
    from rest_framework.throttling import ScopedRateThrottle

    rates = {**ScopedRateThrottle.THROTTLE_RATES, "espace": "2/min"}
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", rates)
    answers = [signed.get(f"{API}moi/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
