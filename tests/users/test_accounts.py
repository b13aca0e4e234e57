"""Sign-up, sign-in and lost passwords: what a person sees, what a curious one does not learn."""

import re

import pytest
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from cned_portal.users.models import User
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "un-mot-de-passe-fictif"


@pytest.fixture(autouse=True)
def _outbox(settings):
    """Mails are rows, as everywhere: pytest-django replaces Django's backend by a list in memory."""
    settings.EMAIL_BACKEND = "cned_portal.common.outbox.backend.OutboxBackend"


@pytest.fixture
def member():
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def link_in_last_mail():
    return re.search(r"http://[^/]+(/\S+)", Mail.objects.latest("pk").text)[1]


def sign_up(client, email="nouvelle@exemple.example", **data):
    data |= {"first_name": "Nour", "last_name": "Exemple", "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), data)


def test_sign_up_opens_once_the_address_is_verified(client):
    sign_up(client)
    user = User.objects.get()
    assert (user.first_name, user.last_name) == ("Nour", "Exemple")
    assert sign_in(client, user.email)["Location"] == reverse("account_email_verification_sent")
    client.post(link_in_last_mail())
    sign_in(client, user.email)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("asked", "reached"),
    [("/formations/un/inscription/", "/formations/un/inscription/"), ("https://ailleurs.example/", "/mon-espace/")],
)
def test_person_who_signed_up_goes_on_where_they_were_going(client, asked, reached):
    refused = client.post(reverse("account_signup"), {"email": "non", "next": asked}).content.decode()
    assert f'value="{asked}"' in refused
    sign_up(client, next=asked)
    client.post(link_in_last_mail())
    assert sign_in(client, "nouvelle@exemple.example")["Location"] == reached
    client.logout()
    assert sign_in(client, "nouvelle@exemple.example")["Location"] == "/mon-espace/"


@pytest.mark.parametrize("name", ["account_email_verification_sent", "account_reset_password_done"])
def test_page_that_announces_a_mail_is_in_plain_french(client, name):
    page = client.get(reverse(name)).content.decode()
    assert "Rien reçu" in page
    assert not re.search(r"\w'\w", re.search("<main.*</main>", page, re.DOTALL)[0])


def test_sign_up_does_not_tell_that_an_account_exists(client, member):
    known, new = sign_up(client, member.email), sign_up(client)
    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    assert User.objects.filter(email=member.email).count() == 1
    assert Mail.objects.filter(to=member.email).count() == 1


def test_sign_in_does_not_tell_that_an_account_exists(client, member):
    def shown(email):
        page = sign_in(client, email, "mauvais").content.decode()
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|\b\S+@exemple.example', "", page)

    assert shown(member.email) == shown("personne@exemple.example")


@pytest.mark.parametrize("exists", [True, False])
def test_five_errors_close_the_sign_in_whether_the_account_exists_or_not(client, member, exists):
    email = member.email if exists else "personne@exemple.example"
    for number in range(5):
        sign_in(client, email, "mauvais", REMOTE_ADDR=f"192.0.2.{number}")
    page = sign_in(client, email, REMOTE_ADDR="192.0.2.99")
    assert page.status_code == 200
    assert "Trop de tentatives" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_limits_by_address_count_the_person_behind_our_proxy(client, member, settings):
    settings.TRUSTED_PROXIES = 1
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    for _ in range(2):
        sign_in(client, member.email, "mauvais", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert sign_in(client, member.email, HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 429
    assert sign_in(client, member.email, HTTP_X_FORWARDED_FOR="198.51.100.2").status_code == 302


def test_lost_password_is_changed_by_the_mail_and_the_link_serves_once(client, member):
    client.post(reverse("account_reset_password"), {"email": member.email})
    link = link_in_last_mail()
    page = client.get(link, follow=True)
    new = "un-autre-mot-de-passe-fictif"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    client.logout()
    assert sign_in(client, member.email, new).status_code == 302
    client.logout()
    assert "n’est plus valable" in client.get(link).content.decode()


def test_lost_password_does_not_tell_that_an_account_exists(client, member):
    known = client.post(reverse("account_reset_password"), {"email": member.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "personne@exemple.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_subjects_of_account_mails_hold_no_personal_data(client, member):
    client.post(reverse("account_reset_password"), {"email": member.email})
    sign_up(client)
    sign_up(client, member.email)
    assert Mail.objects.count() == 3
    for mail in Mail.objects.all():
        assert "<p>Bonjour" in mail.html
        assert "@" not in mail.subject
        assert "Exemple" not in mail.subject
        assert "Bonjour" in mail.text


def test_staff_start_at_their_desk(client, staff, member, settings):
    assert sign_in(client, member.email)["Location"] == "/mon-espace/"
    client.logout()
    member.is_staff = True
    member.save()
    assert sign_in(client, member.email)["Location"] == reverse("admin:index")
