"""The second factor of staff: nothing but public and account pages without it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.checks import run_checks
from django.urls import reverse

from cned_portal.users.enums import Role
from cned_portal.users.mfa import LAST_FACTOR
from tests.users.totp import current_code

pytestmark = pytest.mark.django_db
PASSWORD = "un-mot-de-passe-fictif"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def agent(staff):
    agent = staff(Role.CRC_AGENT)
    agent.set_password(PASSWORD)
    agent.save()
    agent.emailaddress_set.create(email=agent.email, verified=True, primary=True)
    return agent


def sign_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def test_agent_without_second_factor_is_sent_to_set_one_up(client, agent):
    sign_in(client, agent)
    answer = client.get(reverse("admin:crc_queue"), follow=True)
    assert answer.redirect_chain == [(reverse("mfa_index"), 302)]
    assert "ajoutez un second facteur" in answer.content.decode()
    assert client.get(reverse("learners:space")).status_code == 302
    assert client.get(reverse("home:home")).status_code == 200


def test_learner_needs_no_second_factor(client, learner):
    client.force_login(learner)
    assert client.get(reverse("learners:space")).status_code == 200


def test_agent_signs_in_with_the_code_of_the_application(client, agent):
    secret = generate_totp_secret()
    TOTP.activate(agent, secret)
    answer = sign_in(client, agent)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(reverse("admin:index")).status_code == 302

    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get(reverse("admin:index")).status_code == 302

    client.post(reverse("mfa_authenticate"), {"code": current_code(secret)})
    assert client.get(reverse("admin:index")).status_code == 200


def test_session_opened_before_the_second_factor_must_confirm_it(client, agent):
    sign_in(client, agent)
    TOTP.activate(agent, secret := generate_totp_secret())
    answer = client.get(reverse("admin:index"))
    assert answer["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fgestion%2F"
    client.post(reverse("mfa_reauthenticate"), {"code": current_code(secret)})
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "account_email", "account_change_password"]
)
def test_session_opened_before_the_second_factor_changes_nothing_of_the_account(client, agent, name):
    """A session left open elsewhere, and the password: not enough to take the second factor off."""
    sign_in(client, agent)
    TOTP.activate(agent, generate_totp_secret())
    for answer in (client.get(reverse(name)), client.post(reverse(name))):
        assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=agent).exists()
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


class TestLastFactor:
    @pytest.fixture
    def strong(self, client, agent):
        TOTP.activate(agent, secret := generate_totp_secret())
        sign_in(client, agent)
        client.post(reverse("mfa_authenticate"), {"code": current_code(secret)})
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        return client

    def key(self, agent):
        return Authenticator.objects.create(user=agent, type="webauthn", data={"name": "Clé"})

    def test_staff_keep_it(self, strong, agent):
        page = strong.post(reverse("mfa_deactivate_totp"))
        assert LAST_FACTOR in page.content.decode()
        assert Authenticator.objects.filter(user=agent, type="totp").exists()

    def test_staff_remove_one_of_two(self, strong, agent):
        self.key(agent)
        strong.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(user=agent, type="totp").exists()

    @pytest.mark.parametrize("is_last", [True, False])
    def test_key(self, strong, agent, is_last):
        key = self.key(agent)
        if is_last:
            Authenticator.objects.filter(user=agent, type="totp").delete()
        page = strong.post(reverse("mfa_remove_webauthn", args=[key.pk]), follow=True)
        assert Authenticator.objects.filter(pk=key.pk).exists() is is_last
        assert (LAST_FACTOR in page.content.decode()) is is_last


def test_code_serves_once(client, agent):
    TOTP.activate(agent, secret := generate_totp_secret())
    code = current_code(secret)
    sign_in(client, agent)
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.logout()
    sign_in(client, agent)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("admin:index")).status_code == 302


def test_codes_cannot_be_guessed_without_end(client, agent):
    TOTP.activate(agent, secret := generate_totp_secret())
    sign_in(client, agent)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": current_code(secret)})
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_activation_in_the_browser_gives_recovery_codes(client, agent):
    sign_in(client, agent)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)})
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(answer["Location"]).status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200, "the code has just been given"


def test_production_refuses_staff_without_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False
    assert "users.E001" in {error.id for error in run_checks(include_deployment_checks=True)}
    settings.STAFF_MFA_REQUIRED = True
    assert "users.E001" not in {error.id for error in run_checks(include_deployment_checks=True)}
