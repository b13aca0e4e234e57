from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from crc.domain.privacy.anonymise import anonymise_ticket
from crc.domain.tickets import close_ticket
from crc.enums import Channel, Kind
from crc.forms import new_stamp
from crc.models import Ticket
from crc.models.tickets import REOPEN_WINDOW
from crc.views.mine import PAGE_SIZE
from tests.crc.factories import ServiceFactory, TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db
MINE = "/mon-espace/demandes/"


@pytest.fixture
def ticket(learner):
    return make_ticket(requester=learner, subject="La mienne")


def test_person_sees_their_own_requests(client, ticket, learner, stranger):
    client.force_login(learner)
    assert "La mienne" in client.get(MINE).content.decode()
    client.force_login(stranger)
    assert "La mienne" not in client.get(MINE).content.decode()


def test_person_reads_and_replies_to_their_own(client, ticket, learner, stranger):
    url = reverse("crc:mine_ticket", args=[ticket.reference])
    typed = {"body": "Je complète", "stamp": new_stamp()}
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(url, typed).status_code == 404
    client.force_login(learner)
    assert client.get(url).status_code == 200
    assert client.post(url, typed).status_code == 302
    assert ticket.messages.count() == 2


def test_same_address_is_not_the_same_person(client, stranger, ticket):
    """Anybody can type an address: only the account counts."""
    make_ticket(requester_email=stranger.email, subject="Pas la sienne")
    client.force_login(stranger)
    assert "Pas la sienne" not in client.get(MINE).content.decode()


# Mails from an address that is the account’s --------------------------------------------------------------------------
@pytest.fixture
def verified(learner):
    return EmailAddress.objects.create(user=learner, email=learner.email, verified=True, primary=True)


@pytest.fixture
def mailed(learner, verified):
    """What the person wrote by mail, whatever the case of the address."""
    return make_ticket(requester_email=learner.email.upper(), subject="Écrite par courriel", channel=Channel.EMAIL)


def shown(client, user):
    """References in « Mes demandes » and in the API, which must agree with the pages of the requests."""
    client.force_login(user)
    listed = {ticket.reference for ticket in client.get(MINE).context["page"].rows}
    told = {row["reference"] for row in client.get("/api/v1/demandes/").json()["demandes"]}
    opened = {
        ticket.reference
        for ticket in Ticket.objects.all()
        if client.get(reverse("crc:mine_ticket", args=[ticket.reference])).status_code == 200
    }
    called = {
        ticket.reference
        for ticket in Ticket.objects.all()
        if client.get(f"/api/v1/demandes/{ticket.reference}/").status_code == 200
    }
    assert listed == told == opened == called
    return listed


def test_mail_from_a_verified_address_is_among_the_requests_of_the_account(client, learner, stranger, mailed):
    assert shown(client, learner) == {mailed.reference}
    assert shown(client, stranger) == set()


def test_person_replies_complains_and_follows_up_from_a_mailed_request(client, learner, stranger, mailed, agent):
    url = reverse("crc:mine_ticket", args=[mailed.reference])
    typed = {"body": "Je complète", "stamp": new_stamp()}
    client.force_login(stranger)
    assert client.post(url, typed).status_code == 404
    assert client.post(f"{url}reclamation/", typed).status_code == 404
    client.force_login(learner)
    assert client.post(url, typed).status_code == 302
    assert client.post(f"{url}reclamation/", {**typed, "stamp": new_stamp()}).status_code == 302
    complaint = Ticket.objects.get(kind=Kind.COMPLAINT)
    assert complaint.requester == learner
    close_ticket(mailed, reason="Terminé", acting_user=agent)
    old = timezone.now() - REOPEN_WINDOW - timedelta(days=1)
    Ticket.objects.filter(pk=mailed.pk).update(received_at=old, closed_at=old)
    client.post(url, {"body": "Encore une question", "stamp": new_stamp()})
    following = Ticket.objects.get(follows=mailed, kind=mailed.kind)
    assert following.requester == learner
    assert shown(client, learner) == {mailed.reference, complaint.reference, following.reference}


def test_address_not_verified_shows_nothing_until_it_is(client, learner, mailed, verified):
    EmailAddress.objects.update(verified=False)
    assert shown(client, learner) == set()
    EmailAddress.objects.update(verified=True)
    assert shown(client, learner) == {mailed.reference}, "even what was written before"


def test_address_given_up_takes_its_mails_away(client, learner, mailed, verified):
    EmailAddress.objects.update(email="nouvelle@exemple.example")
    assert shown(client, learner) == set()
    learner.email = mailed.requester_email.lower()  # the column of the account proves nothing
    learner.save()
    assert shown(client, learner) == set()


def test_second_account_that_only_claims_the_address_sees_nothing(client, learner, stranger, mailed):
    EmailAddress.objects.create(user=stranger, email=learner.email, verified=False, primary=True)
    assert shown(client, stranger) == set()
    assert shown(client, learner) == {mailed.reference}


def test_request_of_another_account_is_not_shared_by_its_address(client, learner, stranger, verified):
    make_ticket(requester=stranger, requester_email=learner.email, channel=Channel.EMAIL)
    assert shown(client, learner) == set()


@pytest.mark.parametrize("channel", [Channel.FORM, Channel.PHONE, Channel.LETTER, Channel.API])
def test_address_that_somebody_typed_or_said_is_nobody_s(client, learner, verified, channel):
    make_ticket(requester_email=learner.email, channel=channel)
    assert shown(client, learner) == set()


def test_complaints_and_restricted_services_open_by_their_links_only(client, learner, mailed):
    make_ticket(requester_email=learner.email, channel=Channel.EMAIL, kind=Kind.COMPLAINT)
    restricted = ServiceFactory(is_restricted=True)
    make_ticket(requester_email=learner.email, channel=Channel.EMAIL, service=restricted)
    assert shown(client, learner) == {mailed.reference}
    Ticket.objects.filter(pk=mailed.pk).update(service=restricted)
    assert shown(client, learner) == set()


def test_anonymised_mail_belongs_to_nobody(client, learner, mailed, agent):
    close_ticket(mailed, reason="Terminé", acting_user=agent)
    anonymise_ticket(mailed.pk, acting_user=None)
    assert shown(client, learner) == set()


@pytest.mark.parametrize("url", [MINE, f"{MINE}2026-BCDFGHJK/"])
def test_visitor_signs_in_first(client, url):
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("reference", ["2026-BCDFGHJK", "x", "a%00b"])
def test_unknown_reference_is_not_found(client, learner, reference):
    client.force_login(learner)
    assert client.get(f"{MINE}{reference}/").status_code == 404


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "W251bGwsbnVsbF0", "é", "WyIyMDI2LTAxLTAxIiwxXQ"])
def test_made_up_cursor_is_not_found(client, learner, cursor):
    client.force_login(learner)
    assert client.get(MINE, {"apres": cursor}).status_code == 404


def test_pages_follow_without_gap_or_double(client, learner):
    fallback_service()
    topic, now = TopicFactory(), timezone.now()
    made = {
        make_ticket(topic=topic, requester=learner, at=now - timedelta(hours=number // 3)).reference
        for number in range(PAGE_SIZE + 5)
    }
    client.force_login(learner)
    first = client.get(MINE).context["page"]
    second = client.get(MINE, {"apres": first.next_cursor}).context["page"]
    seen = [ticket.reference for ticket in first.rows + second.rows]
    assert len(seen) == len(set(seen)) == len(made)
    assert set(seen) == made
    assert not second.next_cursor


def test_list_costs_the_same_with_more_rows(client, learner, ticket, mailed, django_assert_num_queries):
    client.force_login(learner)
    client.get(MINE)
    with django_assert_num_queries(3):
        client.get(MINE)
    make_ticket(requester=learner)
    make_ticket(requester_email=learner.email, channel=Channel.EMAIL)
    with django_assert_num_queries(3):
        client.get(MINE)
