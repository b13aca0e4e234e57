"""Rights on one's data by the API: a copy, a correction, the end of the account, and the calendar's secret address."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from learners.domain.privacy.exports import make_export
from learners.enums import RightKind, RightState
from learners.models import AccountClosure, CalendarFeed, DataExport, FileAccess, RightRequest
from tests.api.calls import API, read, same_number_of_queries, send
from tests.learners.factories import LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "un-mot-de-passe-fictif"
SIGN_IN = "/api/compte/app/v1/auth/"


class Application:
    """Calls with the token of a person who signed in as applications do."""

    def __init__(self, user):
        self.user, self.client = user, Client(enforce_csrf_checks=True)
        self.sign_in()

    def sign_in(self):
        self.token = None
        answer = self._post("login", {"email": self.user.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        self.token = answer.json()["meta"]["session_token"]

    def prove(self):
        assert self._post("reauthenticate", {"password": PASSWORD}).status_code == 200

    def _post(self, name, data):
        return self.client.post(f"{SIGN_IN}{name}", json.dumps(data), **self._kwargs())

    def _kwargs(self, **headers):
        token = {"x-session-token": self.token} if self.token else {}
        return {"content_type": "application/json", "headers": {**token, **headers}}

    def call(self, method, path, data=None, key="cle"):
        body = json.dumps(data or {})
        call = getattr(self.client, method)
        args = () if method == "get" else (body,)
        return call(f"{API}{path}", *args, **self._kwargs(**{"idempotency-key": key}))


@pytest.fixture
def application():
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    LearnerProfileFactory(user=user)
    return Application(user)


class TestCopy:
    def test_is_asked_after_a_new_proof_then_fetched_by_its_owner_alone(self, application):
        url = "moi/donnees/copies/"
        refused = application.call("post", url, key="a")
        assert (refused.status_code, "auth/reauthenticate" in refused.json()["detail"]) == (403, True)
        assert not DataExport.objects.exists()

        application.prove()
        asked = application.call("post", url, key="b")
        twice = application.call("post", url, key="c")
        assert (asked.status_code, asked.json()["etat"], twice.json()) == (201, "pending", asked.json())
        pk = asked.json()["id"]
        assert application.call("get", f"{url}{pk}/fichier/").status_code == 404, "not ready yet"
        make_export(pk)
        assert application.call("get", f"{url}{pk}/").json()["fichier"]
        content = b"".join(application.call("get", f"{url}{pk}/fichier/").streaming_content)
        assert "donnees.json" in zipfile.ZipFile(BytesIO(content)).namelist()
        late = application.call("post", f"{url}{pk}/recommencer/", key="d")
        assert late.json()["detail"] == "Cette copie est déjà prête, en préparation ou effacée."

        application.sign_in()
        assert application.call("get", f"{url}{pk}/fichier/").status_code == 403, "a new session proves nothing"

    def test_old_copy_is_not_found(self, application):
        application.prove()
        pk = application.call("post", "moi/donnees/copies/").json()["id"]
        make_export(pk)
        DataExport.objects.filter(pk=pk).update(created_at=timezone.now() - timedelta(days=8))
        assert application.call("get", f"moi/donnees/copies/{pk}/fichier/").status_code == 404


class TestRequests:
    def test_correction_is_asked_once_and_followed(self, application):
        said = {"nature": "last_name", "demande": "Exemple-Fictif"}
        asked = application.call("post", "moi/donnees/demandes/", said, key="a")
        assert (asked.status_code, asked.json()["etat"]) == (201, RightState.OPEN)
        twice = application.call("post", "moi/donnees/demandes/", said, key="b")
        assert (twice.status_code, "déjà en cours" in twice.json()["detail"]) == (409, True)
        wrong = {"nature": "date_of_birth", "demande": "demain"}
        assert application.call("post", "moi/donnees/demandes/", wrong, key="c").status_code == 409
        assert application.call("get", "moi/donnees/demandes/").json() == [asked.json()]
        assert RightRequest.objects.get().kind == RightKind.LAST_NAME

    def test_account_without_a_file_is_told_why(self, client):
        client.force_login(UserFactory())
        refused = send(client, "post", "moi/donnees/demandes/", {"nature": "other", "demande": "Rien"})
        assert (refused.status_code, refused.json()["detail"][:13]) == (409, "Votre dossier")

    def test_services_that_opened_the_file_are_told_never_who(self, client, application):
        agent = UserFactory(last_name="Agente")
        FileAccess.objects.create(
            learner=application.user.learner_profile,
            agent=agent,
            service="Agent du CRC",
            kind="profile",
            page="fiche",
            day=timezone.localdate(),
        )
        told = application.call("get", "moi/donnees/consultations/")
        assert [(row["service"], row["ouvert"]) for row in told.json()] == [("Agent du CRC", "Dossier")]
        assert "Agente" not in told.content.decode()

    def test_list_asks_the_same_queries_whatever_its_length(self, client):
        learner = LearnerProfileFactory()
        client.force_login(learner.user)

        def add():
            RightRequest.objects.create(
                learner=learner,
                kind=RightKind.OTHER,
                wanted="x",
                due_on=timezone.localdate(),
                state=RightState.DONE,
                settled_at=timezone.now(),
            )

        assert same_number_of_queries(client, "moi/donnees/demandes/", add)


class TestClosure:
    def test_ends_the_tokens_and_is_given_up_by_signing_in_again(self, application):
        url = "moi/donnees/fermeture/"
        before = application.call("get", url).json()
        assert before["demandee_le"] is None
        assert before["garde"], "what is kept is read before"
        assert application.call("post", url, {"confirmation": True}, key="a").status_code == 403
        application.prove()
        assert "confirmation" in application.call("post", url, {"confirmation": False}, key="b").json()["errors"]
        asked = application.call("post", url, {"confirmation": True}, key="c")
        assert asked.status_code == 201, asked.content
        assert asked.json()["prevue_le"] is not None
        assert application.call("get", url).status_code == 401, "the token is worth nothing any more"

        application.sign_in()
        assert application.call("delete", url).status_code == 204
        assert application.call("delete", url).status_code == 204
        assert AccountClosure.objects.get().cancelled_at is not None
        assert application.call("get", url).json()["demandee_le"] is None


def test_address_of_the_calendar_is_given_renewed_and_taken_back(client):
    client.force_login(UserFactory())
    url = "moi/calendrier/abonnement/"
    assert read(client, url)["url"] is None
    first = send(client, "post", url, key="a").json()["url"]
    second = send(client, "post", url, key="b").json()["url"]
    assert first != second
    assert read(client, url)["url"] == second
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert client.delete(f"{API}{url}").status_code == 204
    assert not CalendarFeed.objects.exists()
