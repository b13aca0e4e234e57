"""Applications sign in by the accounts' API; their token opens what is the person's, and ends as a session does."""

import re

import pytest
from allauth.headless.internal.sessionkit import session_store
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cned_portal.users.api.authentication import ENDED
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from tests.learners.factories import LearnerProfileFactory
from tests.users.totp import current_code

pytestmark = pytest.mark.django_db
ACCOUNT = "/api/compte/app/v1/"
OWN = "/api/v1/demandes/"
PASSWORD = "un-mot-de-passe-fictif"


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def call(method, name, data=None, token=None):
    """A call of an application: no cookie, no CSRF token."""
    headers = {"x-session-token": token} if token else {}
    body = {} if data is None else {"data": data, "content_type": "application/json"}
    return getattr(Client(enforce_csrf_checks=True), method)(f"{ACCOUNT}{name}", **body, headers=headers)


def sign_in(user, password=PASSWORD):
    return call("post", "auth/login", {"email": user.email, "password": password})


def token_of(user):
    answer = sign_in(user)
    assert answer.status_code == 200, answer.content
    return answer.json()["meta"]["session_token"]


def read(token, url=OWN):
    return Client(enforce_csrf_checks=True).get(url, headers={"x-session-token": token})


@pytest.fixture
def person(learner):
    return with_password(learner)


@pytest.fixture
def token(person):
    return token_of(person)


def test_token_opens_what_is_the_persons_without_cookie_nor_csrf_token(token, person):
    answer = read(token)
    assert answer.status_code == 200
    assert not answer.cookies
    asked = Client(enforce_csrf_checks=True).post(
        OWN, {}, content_type="application/json", headers={"x-session-token": token, "idempotency-key": "a"}
    )
    assert asked.status_code == 400  # read, and judged on its content
    who = call("get", "auth/session", token=token).json()
    assert who["data"]["user"]["email"] == person.email


def test_history_names_the_person_who_calls_by_a_token(token, person):
    profile = LearnerProfileFactory(user=person)
    said = {"public": "student"}
    client = Client(enforce_csrf_checks=True)
    headers = {"x-session-token": token}
    assert client.patch("/api/v1/moi/", said, content_type="application/json", headers=headers).status_code == 200
    change = profile.events.order_by("-pgh_id").first()
    assert change.pgh_context["user"] == person.pk


def test_token_lasts_as_a_session_of_the_site(token, settings):
    seconds = cache._cache.get_client(None).ttl(cache.make_key(session_store(token).cache_key))
    assert 0 < seconds <= settings.SESSION_COOKIE_AGE


def test_expired_token_says_what_to_do(token):
    session_store(token).delete()  # as Redis does at the end of its time
    answer = read(token)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == ENDED
    assert call("get", "auth/session", token=token).status_code == 410


def test_signed_out_token_opens_nothing(token):
    assert call("delete", "auth/session", token=token).status_code == 401
    assert read(token).status_code == 401


def test_token_is_listed_and_revoked_from_the_site(client, token, person):
    client.force_login(person)
    session = UserSession.objects.get(session_key=token)
    assert client.get(reverse("usersessions_list")).status_code == 200
    client.post(reverse("usersessions_list"))  # « déconnecter les autres appareils »
    assert not UserSession.objects.filter(pk=session.pk).exists()
    assert read(token).status_code == 401


@pytest.mark.parametrize("change", ["deactivated", "password"])
def test_token_ends_with_the_account_or_its_password(token, person, change):
    if change == "deactivated":
        person.is_active = False
    else:
        person.set_password("un-autre-mot-de-passe")
    person.save()
    assert read(token).status_code == 401


@pytest.mark.parametrize("wrong", ["", "x", "a" * 32, "a" * 31, "A" * 32, "é" * 32, "a" * 6_000, "a b", "../../etc"])
def test_wrong_token_is_refused(wrong, db):
    answer = read(wrong)
    assert answer.status_code == 401
    assert answer.json()["detail"] == ENDED
    assert call("get", "auth/session", token=wrong).status_code in {401, 410}


def test_wrong_token_is_not_saved_by_the_cookie_of_the_site(client, person):
    client.force_login(person)
    assert client.get(OWN).status_code == 200
    assert client.get(OWN, headers={"x-session-token": "a" * 32}).status_code == 401


def test_token_of_another_reads_only_the_others(token, person, stranger):
    other = token_of(with_password(stranger))
    assert call("get", "auth/session", token=other).json()["data"]["user"]["email"] == stranger.email
    assert token != other


def test_wrong_password_is_told_in_french_and_counted(person):
    answers = [sign_in(person, "faux") for _ in range(7)]
    assert answers[0].status_code == 400
    assert "mot de passe" in answers[0].json()["errors"][0]["message"]
    assert answers[-1].status_code in {400, 429}
    assert sign_in(person).status_code != 200


def test_too_many_calls_say_when_to_come_back(person, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    answers = [sign_in(person, "faux") for _ in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', '{"email": {"a": 1}}', '{"email": "\\u0000@a.fr"}'])
def test_malformed_sign_in_says_so(body, db):
    answer = Client().post(f"{ACCOUNT}auth/login", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("key", ["", "x", "-x", " - ", "zzzzzzzzzzzzzz-x", "é-é", "1-" + "a" * 5000])
def test_wrong_key_of_a_forgotten_password_says_so(key, db):
    read = Client().get(f"{ACCOUNT}auth/password/reset", headers={"x-password-reset-key": key})
    sent = call("post", "auth/password/reset", {"key": key, "password": PASSWORD})
    assert (read.status_code, sent.status_code) == (400, 400)
    assert sent.json()["errors"][0]["message"]


@pytest.mark.parametrize("name", ["auth/provider/token", "tokens/refresh", "account/phone", "auth/code/confirm"])
def test_what_is_not_offered_does_not_exist(name, token):
    assert call("post", name, {}, token=token).status_code == 404


def test_person_with_a_second_factor_gives_its_code(person):
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    answer = sign_in(person)
    assert answer.status_code == 401
    token = answer.json()["meta"]["session_token"]
    assert {"id": "mfa_authenticate", "is_pending": True, "types": ["totp"]} in answer.json()["data"]["flows"]
    assert read(token).status_code == 401
    done = call("post", "auth/2fa/authenticate", {"code": current_code(secret)}, token=token)
    assert done.status_code == 200
    assert read(done.json()["meta"].get("session_token", token)).status_code == 200


class TestStaff:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.STAFF_MFA_REQUIRED = True

    @pytest.fixture
    def agent(self, staff):
        return with_password(staff(Role.CRC_AGENT))

    def test_without_second_factor_nothing_is_read(self, agent):
        answer = read(token_of(agent))
        assert answer.status_code == 403
        assert "second facteur" in answer.json()["detail"]

    def test_with_it_everything_is(self, agent):
        secret = generate_totp_secret()
        TOTP.activate(agent, secret)
        token = sign_in(agent).json()["meta"]["session_token"]
        done = call("post", "auth/2fa/authenticate", {"code": current_code(secret)}, token=token)
        token = done.json()["meta"].get("session_token", token)
        assert read(token).status_code == 200
        assert call("get", "account/email", token=token).status_code == 200
        assert call("delete", "account/authenticators/totp", token=token).status_code == 403

    def test_session_older_than_the_factor_confirms_it_first(self, agent):
        token = token_of(agent)
        secret = generate_totp_secret()
        TOTP.activate(agent, secret)
        assert call("get", "account/email", token=token).status_code == 403
        assert read(token).status_code == 403
        assert call("post", "auth/2fa/reauthenticate", {"code": current_code(secret)}, token=token).status_code == 200
        assert call("get", "account/email", token=token).status_code == 200
        assert read(token).status_code == 200


def test_application_creates_an_account_then_confirms_the_address(db, mailoutbox):
    data = {"email": "alix@exemple.example", "password": PASSWORD, "first_name": "Alix", "last_name": "Exemple"}
    short = call("post", "auth/signup", {**data, "password": "court"})
    assert (short.status_code, short.json()["errors"][0]["param"]) == (400, "password")
    answer = call("post", "auth/signup", data)
    assert answer.status_code == 401
    assert {"id": "verify_email", "is_pending": True} in answer.json()["data"]["flows"]
    key = re.search(r"/compte/confirm-email/([^/\s]+)/", mailoutbox[0].body)[1]
    token = answer.json()["meta"]["session_token"]
    assert call("post", "auth/email/verify", {"key": key}, token=token).status_code in {200, 401}
    assert read(token_of(User.objects.get(email="alix@exemple.example"))).status_code == 200
