"""The screen of outgoing mail: read by those who may, acted on by POST, hostile content shown harmless."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from cned_portal.common.outbox.enums import MailState
from cned_portal.users.enums import Role

pytestmark = pytest.mark.django_db
LIST = "admin:outbox_mail_changelist"


@pytest.fixture
def administrator(staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    return staff(Role.ADMINISTRATOR, is_staff=True)


def act(client, name, mail):
    return client.post(reverse(LIST), {"action": name, "_selected_action": [mail.pk]}, follow=True)


def test_administrator_sees_the_list_and_others_do_not(client, administrator, agent, make_mail):
    make_mail()
    client.force_login(administrator)
    assert "Ce qui n’est pas réglé" in client.get(reverse(LIST)).content.decode()
    client.force_login(agent)
    assert client.get(reverse(LIST)).status_code in {302, 403}


@pytest.mark.parametrize("number", [1, 3])
def test_list_costs_the_same_for_any_number_of_rows(client, administrator, make_mail, number, count_list_queries):
    for index in range(number):
        make_mail(index)
    assert count_list_queries(client, administrator) <= 16


@pytest.fixture
def count_list_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(client, person):
        client.force_login(person)
        client.get(reverse(LIST))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse(LIST))
        return len(queries)

    return count


def test_hostile_html_is_shown_harmless(client, administrator, make_mail):
    mail = make_mail(html='<p onclick="x()">Bonjour<img src="http://x.example/"><script>alert(1)</script></p>')
    client.force_login(administrator)
    page = client.get(reverse("admin:outbox_mail_change", args=[mail.pk])).content.decode()
    assert "<p>Bonjour</p>" in page
    assert "x.example" not in page
    assert "alert(1)" not in page


@pytest.mark.parametrize(("shown", "present"), [(True, True), (False, False)])
def test_account_links_are_masked_in_production(client, administrator, make_mail, settings, shown, present):
    settings.OUTBOX_SHOW_SECRETS = shown
    mail = make_mail(kind="django", text="https://cned.example/reset/secret", html="")
    client.force_login(administrator)
    page = client.get(reverse("admin:outbox_mail_change", args=[mail.pk])).content.decode()
    assert ("reset/secret" in page) is present


@pytest.mark.parametrize(
    ("name", "state", "result"),
    [
        ("resend", MailState.FAILED, MailState.PENDING),
        ("resend", MailState.PENDING, MailState.PENDING),
        ("cancel", MailState.PENDING, MailState.CANCELLED),
        ("mark_sent", MailState.UNKNOWN, MailState.SENT),
        ("mark_bounced", MailState.UNKNOWN, MailState.BOUNCED),
        ("mark_bounced", MailState.FAILED, MailState.FAILED),
    ],
)
def test_actions_change_only_what_they_may(client, administrator, make_mail, name, state, result):
    mail = make_mail(state=state)
    client.force_login(administrator)
    assert act(client, name, mail).status_code == 200
    mail.refresh_from_db()
    assert mail.state == result


def test_reader_without_change_permission_cannot_act(client, administrator, make_mail):
    group = administrator.role_grants.get().group
    group.permissions.remove(Permission.objects.get(codename="change_mail"))
    mail = make_mail()
    client.force_login(administrator)
    act(client, "cancel", mail)
    mail.refresh_from_db()
    assert mail.state == MailState.PENDING
