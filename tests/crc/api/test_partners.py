"""Partners: their token, what they may bring, and how little they read."""

import json
from threading import Thread

import pytest
from django.db import connection, connections
from django.test import Client

from crc.domain.partners import find_partner, renew_token
from crc.enums import Channel, Public
from crc.models import Partner, PartnerTicket, Ticket
from tests.crc.api.conftest import bearer, make_partner
from tests.crc.factories import make_ticket

URL = "/api/v1/partenaires/demandes/"
pytestmark = pytest.mark.django_db
ASKED = {
    "reference_externe": "DOSSIER-1",
    "public": "eleve",
    "nom": "Alix Exemple",
    "courriel": "alix@exemple.example",
    "objet": "Inscription",
    "message": "Bonjour, où en est l’inscription ?",
}


def bring(client, partner, key=None, **changes):
    return client.post(URL, {**ASKED, **changes}, content_type="application/json", headers=bearer(partner, key))


def test_partner_brings_a_request_and_follows_it(client, partner):
    answer = bring(client, partner)
    assert answer.status_code == 201, answer.content
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.topic, ticket.requester) == (Channel.API, partner.topic, None)
    told = client.get(f"{URL}{ticket.reference}/", headers=bearer(partner))
    assert told.json() == answer.json()
    assert told.json()["etat"] == "new"
    assert client.get(f"{URL}?reference_externe=DOSSIER-1", headers=bearer(partner)).json()["demandes"] == [told.json()]


def test_partner_reads_neither_people_nor_messages(client, partner):
    bring(client, partner)
    texts = [client.get(URL, headers=bearer(partner)).content.decode(), bring(client, partner).content.decode()]
    for text in texts:
        assert not [word for word in ("Alix", "alix@", "Bonjour", "Inscription") if word in text]


def test_partner_sees_nothing_of_others(client, partner):
    other = make_partner("Autre Partenaire")
    reference = bring(client, partner).json()["reference"]
    elsewhere = make_ticket().reference
    assert client.get(URL, headers=bearer(other)).json()["demandes"] == []
    assert client.get(f"{URL}{reference}/", headers=bearer(other)).status_code == 404
    assert client.get(f"{URL}{elsewhere}/", headers=bearer(partner)).status_code == 404
    assert bring(client, other).json()["reference"] != reference


def test_same_external_reference_is_the_same_request(client, partner):
    first, again = bring(client, partner), bring(client, partner)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Ticket.objects.count() == PartnerTicket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_external_reference_at_once_is_one_request(partner):
    answers = []

    def call(key):
        answers.append(bring(Client(), partner, key).status_code)
        connections.close_all()

    threads = [Thread(target=call, args=[f"k{n}"]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 201}
    assert Ticket.objects.count() == PartnerTicket.objects.count() == 1


def test_same_key_is_the_same_answer(client, partner):
    first, again = bring(client, partner, "k"), bring(client, partner, "k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert bring(client, partner, "k", objet="Autre").status_code == 422


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Bearer cned_x_y", "Basic {}", "Bearer {}x", "Bearer é"])
def test_wrong_token_is_refused(client, partner, given):
    answer = client.get(URL, headers={"authorization": given.format(partner.token)})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "Bearer" in answer["WWW-Authenticate"]


def test_session_of_a_person_opens_nothing_here(client, partner, learner):
    client.force_login(learner)
    assert client.get(URL).status_code == 401
    client.logout()
    assert client.get("/api/v1/demandes/", headers=bearer(partner)).status_code == 401


def test_inactive_partner_is_refused(client, partner):
    Partner.objects.update(is_active=False)
    assert client.get(URL, headers=bearer(partner)).status_code == 403
    assert bring(client, partner).status_code == 403
    assert not Ticket.objects.exists()


def test_token_is_kept_nowhere_and_a_new_one_ends_it(partner):
    secret = partner.token.split("_", 2)[2]
    with connection.cursor() as cursor:
        for table in ("crc_partner", "crc_partnerevent"):
            cursor.execute(f"SELECT * FROM {table}")
            assert secret not in str(cursor.fetchall())
    assert find_partner(partner.token) == partner
    renewed = renew_token(partner, acting_user=None)
    assert find_partner(partner.token) is None
    assert find_partner(renewed) == partner


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"public": Public.COMPANY}, "public"),
        ({"reference_externe": "a b"}, "reference_externe"),
        ({"reference_externe": "a\nb"}, "reference_externe"),
        ({"courriel": "pas une adresse"}, "courriel"),
        ({"courriel": "a@exemple.example\nBcc: b@exemple.example"}, "courriel"),
        ({"nom": "Alix\r\nExemple"}, "nom"),
        ({"nom": 12.5e300}, None),
        ({"message": ["x"]}, "message"),
    ],
)
def test_wrong_field_is_named(client, partner, change, field):
    answer = client.post(URL, json.dumps({**ASKED, **change}), content_type="application/json", headers=bearer(partner))
    if field is None:
        assert answer.status_code == 201
    else:
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [field]
        assert not Ticket.objects.exists()


def test_each_partner_has_its_own_rate(client, partner):
    slow = make_partner("Lent", rate=2)
    answers = [client.get(URL, headers=bearer(slow)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.get(URL, headers=bearer(partner)).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_list_costs_the_same_with_more_rows(client, partner, number, django_assert_num_queries):
    for rank in range(number):
        bring(client, partner, reference_externe=f"D-{rank}")
    with django_assert_num_queries(2):  # the partner, the page
        assert len(client.get(URL, headers=bearer(partner)).json()["demandes"]) == number
