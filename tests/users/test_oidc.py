"""Sign-in by an identity provider, against a real one on this machine."""

from urllib.parse import parse_qs, urlsplit

import environ
import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from cned_portal.settings.identity import form_origins, openid_providers
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from tests.users.factories import UserFactory
from tests.users.oidc_provider import CLIENT_SECRET, Provider

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
        monkeypatch.setenv(f"OIDC_{name}_CLIENT_ID", f"portail-{name.lower()}")
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


def test_person_signed_by_the_provider_is_read(client, declared):
    """FranceConnect and ProConnect answer userinfo as a signed token."""
    declared.signs_userinfo = True
    come_back(client, declared)
    assert signed_in(client).first_name == "Camille"


def test_of_what_the_provider_says_only_its_identifier_is_kept(client, declared):
    declared.claims |= {"birthdate": "1990-01-01", "gender": "female", "birthplace": "99100"}
    for _ in range(2):  # at the first sign-in, and at the next ones
        come_back(client, declared)
        identity = signed_in(client).socialaccount_set.get()
        assert (identity.uid, identity.extra_data) == ("123", {})
        client.logout()


FORGERIES = ["nonce", "audience", "expired", "signature", "kid", "no kid", "not a token", "no token", "no keys"]
FORGERIES += ["somebody else", "list", "userinfo signature"]


@pytest.mark.parametrize("fault", FORGERIES)
def test_forged_identity_opens_nothing(client, declared, fault):
    declared.fault = fault
    declared.signs_userinfo = fault == "userinfo signature"
    answer = come_back(client, declared)
    assert answer.status_code in {401, 403}
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


def test_refusal_is_logged_without_a_word_about_the_person(client, declared, caplog):
    declared.fault = "no kid"
    come_back(client, declared)
    record = next(record for record in caplog.records if record.getMessage() == "identity refused")
    assert (record.provider, record.error) == ("franceconnect", "OAuth2Error")
    assert "camille" not in caplog.text.lower()


@pytest.mark.parametrize("fault", ["away", "garbage", "no endpoints"])
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


class TestUnprovedAddress:
    """The address that a public provider gives without proof may be somebody else's."""

    @pytest.fixture(autouse=True)
    def _unproved(self, declared):
        declared.claims["email_verified"] = False

    def confirm(self, client):
        address = EmailAddress.objects.get()
        return client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC.create(address).key]))

    def test_nobody_enters_before_the_address_is_proved(self, client, declared):
        come_back(client, declared)
        assert signed_in(client) is None
        assert client.get(reverse("learners:space")).status_code == 302

    def test_same_browser_proves_the_address_and_keeps_the_identity(self, client, declared):
        come_back(client, declared)
        self.confirm(client)
        come_back(client, declared)
        assert signed_in(client).email == "camille@exemple.example"

    def test_owner_of_the_address_shuts_out_whoever_opened_the_account(self, client, declared):
        thief = Client()
        come_back(thief, declared)
        answer = self.confirm(client)
        assert not User.objects.get().socialaccount_set.exists()
        assert "Par sécurité" in client.get(answer["Location"]).content.decode()
        come_back(thief, declared)
        assert signed_in(thief) is None

    def test_owner_who_resets_the_password_shuts_them_out_too(self, client, declared):
        thief = Client()
        come_back(thief, declared)
        client.post(reverse("account_reset_password"), {"email": "camille@exemple.example"})
        user = User.objects.get()
        form = client.get(
            reverse(
                "account_reset_password_from_key",
                kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
            )
        )["Location"]
        client.post(form, {"password1": "un-mot-de-passe-tout-neuf", "password2": "un-mot-de-passe-tout-neuf"})
        client.post(reverse("account_login"), {"login": user.email, "password": "un-mot-de-passe-tout-neuf"})
        self.confirm(client)
        come_back(thief, declared)
        assert signed_in(thief) is None


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


def test_content_policy_lets_the_button_reach_the_provider(monkeypatch):
    """A browser checks each redirection that answers a form."""
    monkeypatch.setenv("OIDC_PROVIDERS", "franceconnect,pro-connect")
    monkeypatch.setenv("OIDC_FRANCECONNECT_SERVER_URL", "https://oidc.exemple.example/api/v2")
    monkeypatch.setenv("OIDC_FRANCECONNECT_ORIGINS", "https://relais.exemple.example/")
    monkeypatch.setenv("OIDC_PRO_CONNECT_SERVER_URL", "https://agents.exemple.example:8443/api/v2")
    assert form_origins(environ.Env()) == [
        "https://oidc.exemple.example",
        "https://relais.exemple.example",
        "https://agents.exemple.example:8443",
    ]


def test_two_providers_of_one_client_are_refused_at_start(monkeypatch):
    """allauth finds again the provider of a sign-in under way by its client identifier."""
    monkeypatch.setenv("OIDC_PROVIDERS", "a,b")
    for name in ("A", "B"):
        for key in ("SERVER_URL", "CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.setenv(f"OIDC_{name}_{key}", "x")
    with pytest.raises(ImproperlyConfigured, match="CLIENT_ID"):
        openid_providers(environ.Env())


def test_wrong_audience_is_refused_at_start(monkeypatch):
    for name, value in {"SERVER_URL": "x", "CLIENT_ID": "x", "CLIENT_SECRET": "x", "AUDIENCE": "tous"}.items():
        monkeypatch.setenv(f"OIDC_A_{name}", value)
    monkeypatch.setenv("OIDC_PROVIDERS", "a")
    with pytest.raises(ImproperlyConfigured, match="OIDC_A_AUDIENCE"):
        openid_providers(environ.Env())
