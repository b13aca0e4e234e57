"""Sign-in by an identity provider, on another origin: what only a browser checks."""

import re

import environ
import pytest
from django.urls import reverse

from cned_portal.settings.identity import form_origins, openid_providers
from tests.users.oidc_provider import CLIENT_SECRET, Provider


@pytest.fixture
def provider(settings, monkeypatch):
    provider = Provider()
    monkeypatch.setenv("OIDC_PROVIDERS", "franceconnect")
    monkeypatch.setenv("OIDC_FRANCECONNECT_NAME", "FranceConnect (essai)")
    monkeypatch.setenv("OIDC_FRANCECONNECT_SERVER_URL", provider.url)
    monkeypatch.setenv("OIDC_FRANCECONNECT_CLIENT_ID", "portail")
    monkeypatch.setenv("OIDC_FRANCECONNECT_CLIENT_SECRET", CLIENT_SECRET)
    env = environ.Env()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_providers(env)}}
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {**policy, "form-action": [*policy["form-action"], *form_origins(env)]}
    }
    yield provider
    provider.stop()


def test_person_signs_in_by_a_provider(provider, phone):
    phone.goto(reverse("account_login"))
    phone.get_by_role("link", name="FranceConnect (essai)").click()
    phone.locator("main").get_by_role("button").click()
    phone.wait_for_url(re.compile(reverse("learners:space")))
    assert "Camille" in phone.locator("main").inner_text()
