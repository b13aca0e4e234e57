"""Guardians and minors by the API: what is agreed to, who follows whom, what the table of rules lets see."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from learners.domain.guardian_rules import Subject
from learners.domain.guardians import invite_guardian
from learners.enums import LearnerPublic, Relationship
from learners.models import ConsentEntry, GuardianAgreement, Guardianship
from tests.api.calls import API, read, same_number_of_queries, send
from tests.learners.factories import (
    EnrolmentFactory,
    EnrolmentFileFactory,
    GuardianshipFactory,
    LearnerProfileFactory,
)
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guardian(client):
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.force_login(user)
    return user


def child(age=12):
    birth = timezone.localdate() - timedelta(days=round(age * 365.25) + 30)
    return LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=birth, phone="+33612345678")


def file_of(learner):
    return EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=learner), needs_agreement=True)


class TestAgreement:
    @pytest.fixture
    def bond(self, guardian):
        return GuardianshipFactory(learner=child(), guardian=guardian, accepted_at=timezone.now())

    def test_text_is_read_then_answered_and_stays_as_it_was(self, client, bond):
        file = file_of(bond.learner)
        url = f"moi/accords/{file.pk}/"
        asked = read(client, url)
        assert asked["attendu"]
        assert bond.learner.user.get_full_name() in asked["texte"]
        changed = send(client, "post", f"{url}reponse/", {"accord": True, "texte": "Un autre texte."}, key="a")
        assert (changed.status_code, GuardianAgreement.objects.count()) == (409, 0)

        said = {"accord": True, "texte": asked["texte"]}
        given = send(client, "post", f"{url}reponse/", said, key="b")
        assert given.status_code == 201, given.content
        file.enrolment.training.title = "Un autre intitulé"
        file.enrolment.training.save()
        told = read(client, url)
        assert (told["attendu"], told["accord"], told["texte"]) == (False, True, asked["texte"])
        other = send(client, "post", f"{url}reponse/", {**said, "accord": False}, key="c")
        assert other.json()["detail"] == "Un responsable a déjà répondu pour cette inscription."

    def test_adult_who_does_not_sign_finds_nothing_nor_does_the_minor(self, client, guardian, bond):
        file = file_of(bond.learner)
        said = {"accord": True, "texte": "x"}
        Guardianship.objects.update(relationship=Relationship.OTHER)
        assert client.get(f"{API}moi/accords/{file.pk}/").status_code == 404
        assert send(client, "post", f"moi/accords/{file.pk}/reponse/", said).status_code == 404
        assert read(client, "moi/accords/")["accords"] == []
        client.force_login(bond.learner.user)
        assert send(client, "post", f"moi/accords/{file.pk}/reponse/", said).status_code == 404

    def test_list_asks_the_same_queries_whatever_its_length(self, client, bond):
        assert same_number_of_queries(client, "moi/accords/", lambda: file_of(bond.learner), "accords")


class TestWards:
    def test_link_makes_the_guardian_once(self, client, guardian, monkeypatch):
        monkeypatch.setattr("learners.domain.guardians.secrets.token_urlsafe", lambda size: "jeton-du-lien")
        invite_guardian(child(), email=guardian.email, acting_user=None)
        wrong = send(client, "post", "moi/mineurs/", {"jeton": "autre"}, key="a")
        assert (wrong.status_code, wrong.json()["detail"]) == (409, "Ce lien n’est pas valable.")
        made = send(client, "post", "moi/mineurs/", {"jeton": "jeton-du-lien"}, key="b")
        assert made.status_code == 201, made.content
        assert [row["url"] for row in read(client, "moi/mineurs/")] == [made.json()["url"]]

    @pytest.mark.parametrize(
        ("age", "relationship", "shown"), [(12, "parent", True), (16, "parent", False), (12, "other", False)]
    )
    def test_shows_what_the_rules_let_see(self, client, guardian, age, relationship, shown):
        bond = GuardianshipFactory(
            learner=child(age), guardian=guardian, accepted_at=timezone.now(), relationship=relationship
        )
        told = read(client, f"moi/mineurs/{bond.pk}/")
        assert (told["profil"] is not None, bool(told["consentements"])) == (shown, shown)
        assert (str(Subject.PROFILE) in told["visible"], str(Subject.PROFILE) in told["reserve"]) == (shown, not shown)
        consent = send(client, "put", f"moi/mineurs/{bond.pk}/consentements/news/", {"accord": True})
        assert consent.status_code == (200 if shown else 404)
        assert ConsentEntry.objects.filter(by_guardian=True).exists() is shown

    def test_is_followed_no_more(self, client, guardian):
        bond = GuardianshipFactory(learner=child(), guardian=guardian, accepted_at=timezone.now())
        file = file_of(bond.learner)
        assert client.delete(f"{API}moi/mineurs/{bond.pk}/").status_code == 204
        assert client.get(f"{API}moi/mineurs/{bond.pk}/").status_code == 404
        assert client.get(f"{API}moi/dossiers/{file.pk}/").status_code == 404


class TestGuardians:
    @pytest.fixture
    def minor(self, client):
        learner = child()
        client.force_login(learner.user)
        return learner

    def test_minor_invites_sends_again_and_takes_back(self, client, minor):
        said = {"courriel": "parent@exemple.example", "lien": "parent"}
        invited = send(client, "post", "moi/responsables/", said, key="a")
        assert invited.status_code == 201, invited.content
        twice = send(client, "post", "moi/responsables/", said, key="b")
        assert twice.json()["detail"] == "Cette personne est déjà invitée ou responsable de cet apprenant."
        row = read(client, "moi/responsables/")[0]
        assert (row["courriel"], row["nom"], row["a_retirer"]) == ("parent@exemple.example", "", True)
        soon = send(client, "post", f"moi/responsables/{row['id']}/renvoi/", key="c")
        assert (soon.status_code, "attendez une heure" in soon.json()["detail"]) == (409, True)
        Guardianship.objects.update(invited_at=timezone.now() - timedelta(hours=2))
        again = send(client, "post", f"moi/responsables/{row['id']}/renvoi/", key="d")
        assert again.json()["id"] != row["id"]
        replayed = send(client, "post", f"moi/responsables/{row['id']}/renvoi/", key="d")
        assert replayed.json() == again.json()
        assert client.delete(f"{API}moi/responsables/{again.json()['id']}/").status_code == 204
        assert read(client, "moi/responsables/") == []

    def test_who_signs_is_not_taken_back_alone(self, client, minor):
        bond = GuardianshipFactory(learner=minor, accepted=True)
        answer = client.delete(f"{API}moi/responsables/{bond.pk}/")
        assert (answer.status_code, answer.json()["detail"][:10]) == (409, "Écrivez-no")
        bond.refresh_from_db()
        assert bond.ended_at is None

    def test_invitations_of_a_day_are_counted_with_those_of_the_page(self, client, minor, monkeypatch):
        monkeypatch.setattr("learners.api.guardians.INVITATIONS_A_DAY", 1)
        said = {"courriel": "un@exemple.example", "lien": "parent"}
        client.post("/mon-espace/responsables/", {"email": "zero@exemple.example", "relationship": "parent"})
        refused = send(client, "post", "moi/responsables/", said)
        assert (refused.status_code, "Retry-After" in refused) == (429, True)
        assert Guardianship.objects.count() == 1

    def test_adult_invites_nobody(self, client):
        client.force_login(LearnerProfileFactory(public=LearnerPublic.ADULT).user)
        refused = send(client, "post", "moi/responsables/", {"courriel": "un@exemple.example", "lien": "parent"})
        assert (refused.status_code, Guardianship.objects.count()) == (409, 0)

    def test_list_asks_the_same_queries_whatever_its_length(self, client, minor):
        def add():
            GuardianshipFactory(learner=minor, accepted=True)

        assert same_number_of_queries(client, "moi/responsables/", add)
