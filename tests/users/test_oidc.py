"""Sign-in by an identity provider, against a real one on this machine."""

from urllib.parse import parse_qs, urlsplit

import environ
import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from cned_portal.settings.identity import openid_providers
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from tests.users.factories import UserFactory
from tests.users.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def declared(provider, settings, monkeypatch):
    """Declare providers as the environment would: one for the public, one for agents."""
    monkeypatch.setenv("OIDC_PROVIDERS", "franceconnect,proconnect")
    for name in ("FRANCECONNECT", "PROCONNECT"):
        monkeypatch.setenv(f"OIDC_{name}_SERVER_URL", provider.url)
        monkeypatch.setenv(f"OIDC_{name}_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv(f"OIDC_{name}_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("OIDC_FRANCECONNECT_NAME", "FranceConnect (essai)")
    monkeypatch.setenv("OIDC_FRANCECONNECT_ACR_VALUES", "eidas1")
    monkeypatch.setenv("OIDC_PROCONNECT_AUDIENCE", "agents")
    monkeypatch.setenv("OIDC_PROCONNECT_TRUST_EMAIL", "true")
    monkeypatch.setenv("OIDC_PROCONNECT_STRONG_ACR", "eidas2")
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_providers(environ.Env())}}
    return provider


def leave(client, provider_id="franceconnect"):
    """Press the button; the address of the provider where the person is sent."""
    answer = client.post(reverse("openid_connect_login", args=[provider_id]) + "?process=login")
    assert answer.status_code == 302, answer.content.decode()[:500]
    return answer["Location"]


def come_back(client, provider, provider_id="franceconnect"):
    return client.get(provider.authorize(leave(client, provider_id)))


def signed_in(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_button_is_on_the_sign_in_page(client, declared):
    page = client.get(reverse("account_login")).content.decode()
    assert page.index("FranceConnect (essai)") < page.index("proconnect")


def test_request_carries_state_nonce_and_challenge(client, declared):
    asked = parse_qs(urlsplit(leave(client)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["acr_values"] == ["eidas1"]
    assert all(len(asked[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))


def test_new_person_gets_an_account_with_a_verified_address(client, declared):
    come_back(client, declared)
    user = signed_in(client)
    assert (user.email, user.first_name, user.last_name) == ("camille@exemple.example", "Camille", "Exemple")
    assert not user.is_staff
    assert not user.has_usable_password()


@pytest.mark.parametrize("fault", ["nonce", "audience", "expired", "signature", "kid"])
def test_forged_identity_opens_nothing(client, declared, fault):
    declared.fault = fault
    answer = come_back(client, declared)
    assert "La connexion n’a pas abouti" in answer.content.decode()
    assert signed_in(client) is None
    assert not User.objects.exists()


def test_callback_replayed_or_invented_opens_nothing(client, declared):
    back = declared.authorize(leave(client))
    client.get(back)
    client.logout()
    for address in (back, reverse("openid_connect_callback", args=["franceconnect"]) + "?code=x&state=y"):
        assert "La connexion n’a pas abouti" in client.get(address).content.decode()
        assert signed_in(client) is None


def test_answer_meant_for_another_browser_opens_nothing(client, declared):
    back = declared.authorize(leave(Client()))
    assert "La connexion n’a pas abouti" in client.get(back).content.decode()
    assert signed_in(client) is None


@pytest.mark.parametrize("fault", ["away", "garbage"])
def test_provider_away_is_said(client, declared, fault):
    declared.fault = fault
    answer = client.post(reverse("openid_connect_login", args=["franceconnect"]))
    assert answer.status_code == 502
    assert "ne répond pas" in answer.content.decode()

    declared.fault = ""
    back = declared.authorize(leave(client))
    declared.fault = fault
    assert client.get(back).status_code == 502


def test_unknown_provider_is_not_found(client, declared):
    assert client.post(reverse("openid_connect_login", args=["inconnu"])).status_code == 404


def test_address_of_a_public_provider_does_not_open_the_account_of_that_address(client, declared):
    """FranceConnect does not prove addresses: whoever writes mine there must not enter here."""
    owner = UserFactory(email="camille@exemple.example")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    come_back(client, declared)
    assert signed_in(client) is None
    assert not owner.socialaccount_set.exists()


class TestAgents:
    @pytest.fixture
    def agent(self, staff):
        agent = staff(Role.CRC_AGENT, email="camille@exemple.example")
        EmailAddress.objects.create(user=agent, email=agent.email, verified=True, primary=True)
        return agent

    def test_unknown_agent_gets_no_account(self, client, declared):
        answer = come_back(client, declared, "proconnect")
        assert "créés par un administrateur" in answer.content.decode()
        assert not User.objects.exists()

    def test_unverified_address_opens_nothing(self, client, declared, agent):
        declared.claims["email_verified"] = False
        come_back(client, declared, "proconnect")
        assert signed_in(client) is None

    @pytest.mark.parametrize(("acr", "opens"), [("eidas2", True), ("eidas1", False)])
    def test_strong_identity_stands_for_the_second_factor(self, client, declared, agent, settings, acr, opens):
        settings.STAFF_MFA_REQUIRED = True
        declared.claims["acr"] = acr
        come_back(client, declared, "proconnect")
        assert signed_in(client) == agent
        answer = client.get(reverse("admin:index"))
        assert answer.status_code == (200 if opens else 302)
        if not opens:
            assert answer["Location"] == reverse("mfa_index")

    def test_public_provider_with_the_same_claim_is_not_strong(self, client, declared, agent, settings):
        settings.STAFF_MFA_REQUIRED = True
        come_back(client, declared, "proconnect")
        client.post(reverse("openid_connect_login", args=["franceconnect"]) + "?process=connect")
        declared.claims["acr"] = "eidas2"
        client.get(declared.authorize(leave(client)))
        assert client.get(reverse("admin:index")).status_code == 302


def test_wrong_audience_is_refused_at_start(monkeypatch):
    for name, value in {"SERVER_URL": "x", "CLIENT_ID": "x", "CLIENT_SECRET": "x", "AUDIENCE": "tous"}.items():
        monkeypatch.setenv(f"OIDC_A_{name}", value)
    monkeypatch.setenv("OIDC_PROVIDERS", "a")
    with pytest.raises(ImproperlyConfigured, match="OIDC_A_AUDIENCE"):
        openid_providers(environ.Env())
