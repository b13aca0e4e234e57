"""The second factor of staff: nothing but public and account pages without it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.checks import run_checks
from django.urls import reverse

from cned_portal.users.enums import Role
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


def test_activation_in_the_browser_gives_recovery_codes(client, agent):
    sign_in(client, agent)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)}, follow=True)
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert answer.redirect_chain[0][0] == reverse("mfa_view_recovery_codes")


def test_production_refuses_staff_without_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False
    assert "users.E001" in {error.id for error in run_checks(include_deployment_checks=True)}
    settings.STAFF_MFA_REQUIRED = True
    assert "users.E001" not in {error.id for error in run_checks(include_deployment_checks=True)}
