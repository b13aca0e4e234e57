"""The account pages that only a state of the account shows: axe, HTML and gestures, on a phone."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from tests.browser.conftest import AXE, axe_violations
from tests.browser.pages import Frame, SignInPage
from tests.html_checks import html_problems
from tests.users.totp import current_code

PASSWORD = "un-mot-de-passe-fictif"


@pytest.fixture
def agent(staff, settings):
    settings.STAFF_MFA_REQUIRED = True
    settings.EMAIL_BACKEND = "cned_portal.common.outbox.backend.OutboxBackend"
    agent = staff(Role.CRC_AGENT)
    agent.set_password(PASSWORD)
    agent.save()
    agent.emailaddress_set.create(email=agent.email, verified=True, primary=True)
    return agent


def assert_sound(page):
    page.evaluate(AXE)
    assert axe_violations(page) == []
    assert html_problems(page.content()) == []


def test_agent_sets_up_a_second_factor_then_uses_it(phone, agent):
    SignInPage(phone).open().sign_in(agent.email, PASSWORD)
    assert "ajoutez un second facteur" in Frame(phone).content
    assert_sound(phone)
    phone.get_by_role("link", name="Activer").click()
    phone.locator("main input[name=password]").fill(PASSWORD)
    assert_sound(phone)
    phone.locator("main form:has([name=password]) [type=submit]").click()
    phone.locator(".account-qr").wait_for()
    assert_sound(phone)
    secret = phone.locator("#authenticator_secret").input_value()
    phone.locator("main input[name=code]").fill(current_code(secret))
    phone.locator("main form:has([name=code]) [type=submit]").click()
    phone.locator("#recovery_codes").wait_for()
    assert_sound(phone)
    for name in ("mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_index"):
        phone.goto(reverse(name))
        assert_sound(phone)


def test_code_is_asked_at_sign_in(phone, agent):
    TOTP.activate(agent, generate_totp_secret())
    SignInPage(phone).open().sign_in(agent.email, PASSWORD)
    assert_sound(phone)
    SignInPage(phone).give_code("000000")
    assert "Il reste à corriger" in Frame(phone).content
    assert_sound(phone)


def test_lost_password(phone, agent):
    phone.goto(reverse("account_reset_password"))
    phone.locator("main input[name=email]").fill(agent.email)
    phone.locator("main form:has([name=email]) [type=submit]").click()
    phone.wait_for_url("**/password/reset/done/")
    link = urlsplit(re.search(r"http\S+", Mail.objects.latest("pk").text)[0]).path
    phone.goto(link)
    assert Frame(phone).heading == "Nouveau mot de passe"
    assert_sound(phone)
    phone.goto(f"{link.rpartition('-')[0]}-faux/")
    assert Frame(phone).heading == "Ce lien n’est plus valable"
    assert_sound(phone)


def test_passkey_is_added_then_opens_the_account(desktop, agent):
    keys = desktop.context.new_cdp_session(desktop)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    SignInPage(desktop).open().sign_in(agent.email, PASSWORD)
    desktop.goto(reverse("mfa_add_webauthn"))
    desktop.locator("main input[name=password]").fill(PASSWORD)
    desktop.locator("main form:has([name=password]) [type=submit]").click()
    desktop.locator("main input[name=name]").fill("Clé de mon poste")
    desktop.locator("main input[name=passwordless]").check(force=True)
    assert_sound(desktop)
    desktop.locator("#mfa_webauthn_add").click()
    desktop.locator("#recovery_codes").wait_for()
    assert agent.authenticator_set.filter(type="webauthn").exists()
    desktop.goto(reverse("mfa_list_webauthn"))
    assert "Clé de mon poste" in Frame(desktop).content
    assert_sound(desktop)

    desktop.context.clear_cookies()
    SignInPage(desktop).open()
    desktop.locator("#passkey_login").click()
    desktop.wait_for_url("**/gestion/")
    assert Frame(desktop).heading == "Espace de gestion"
