"""One's own requests by the API: the same rules as on the site, each call made once, errors a program can read."""

import json
from threading import Event, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.domain.idempotency import CallInProgress, call_once
from cned_portal.users.models import IdempotentCall
from crc.domain.tickets import add_note
from crc.enums import Channel, State
from crc.models import Ticket
from tests.crc.factories import TopicFactory, fallback_service, make_ticket
from tests.users.factories import UserFactory

URL = "/api/v1/demandes/"
pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 fictif"


@pytest.fixture
def topic():
    fallback_service()
    return TopicFactory(code="devoirs")


@pytest.fixture
def asked(topic):
    return {"public": "adulte", "sujet": "devoirs", "objet": "Un devoir", "message": "Bonjour,\r\nmon devoir ?"}


@pytest.fixture
def signed(client, learner):
    client.force_login(learner)
    return client


def post(client, url, data, key="cle-1", **more):
    headers = {"idempotency-key": key} if key else {}
    return client.post(url, data, content_type="application/json", headers=headers, **more)


def test_person_asks_then_follows(signed, learner, asked):
    answer = post(signed, URL, asked)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.requester_email, ticket.channel) == (learner, learner.email, Channel.API)
    assert answer["Location"] == told["url"]
    assert told["url"].endswith(f"{URL}{ticket.reference}/")
    assert told["messages"][0]["texte"] == "Bonjour,\nmon devoir ?"
    assert told["etapes"][0] == {"libelle": "Reçue", "faite": True, "en_cours": False}
    assert told["contact"]["courriel"] == ticket.service.email
    assert signed.get(f"{URL}{ticket.reference}/").json() == told
    assert Mail.objects.filter(kind="crc/email/request_received").count() == 1


def test_person_reads_neither_notes_nor_the_requests_of_others(client, agent, learner, stranger):
    ticket = make_ticket(requester=learner, subject="La mienne", answered_by=agent)
    add_note(ticket, body="Entre nous", acting_user=agent)
    client.force_login(learner)
    told = client.get(f"{URL}{ticket.reference}/").json()
    assert [message["auteur"] for message in told["messages"]] == ["demandeur", "service"]
    assert "Entre nous" not in json.dumps(told)
    assert [row["objet"] for row in client.get(URL).json()["demandes"]] == ["La mienne"]
    client.force_login(stranger)
    assert client.get(URL).json()["demandes"] == []
    for url in (f"{URL}{ticket.reference}/", f"{URL}2026-BCDFGHJK/", f"{URL}x/"):
        answer = client.get(url)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert post(client, f"{URL}{ticket.reference}/messages/", {"message": "Moi"}).status_code == 404
    assert ticket.messages.count() == 3


@pytest.mark.parametrize("url", [URL, f"{URL}2026-BCDFGHJK/", "/api/v1/sujets/"])
def test_visitor_is_told_to_sign_in(client, url):
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "Session" in answer["WWW-Authenticate"]
    assert answer.json()["title"] == "Authentification nécessaire"


def test_staff_without_second_factor_read_nothing(client, agent, settings):
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(agent)
    assert client.get(URL).status_code == 403


def test_write_without_csrf_token_is_refused(learner, asked):
    client = Client(enforce_csrf_checks=True)
    client.force_login(learner)
    answer = post(client, URL, asked)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert not Ticket.objects.exists()
    client.get("/nous-ecrire/apprenant/")
    token = client.cookies["csrftoken"].value
    headers = {"idempotency-key": "a", "x-csrftoken": token}
    assert client.post(URL, asked, content_type="application/json", headers=headers).status_code == 201


def test_reply_reopens_and_joins_files(signed, agent, learner):
    ticket = make_ticket(requester=learner, answered_by=agent, closed_by=agent)
    data = {"message": "Encore une question", "fichiers": SimpleUploadedFile("devoir.pdf", PDF)}
    url = f"{URL}{ticket.reference}/messages/"
    answer = signed.post(url, data, headers={"idempotency-key": "r"})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["etat"] == State.OPEN
    file = told["messages"][-1]["fichiers"][0]
    served = signed.get(file["url"])
    assert b"".join(served.streaming_content) == PDF
    assert "attachment" in served["Content-Disposition"]
    signed.force_login(UserFactory())
    assert signed.get(file["url"]).status_code == 404


def test_reply_to_an_old_request_makes_its_sequel(signed, agent, learner):
    ticket = make_ticket(requester=learner, answered_by=agent, closed_by=agent)
    long_ago = timezone.now() - timezone.timedelta(days=90)
    Ticket.objects.filter(pk=ticket.pk).update(
        received_at=long_ago, first_answer_at=long_ago, closed_at=long_ago, last_message_at=long_ago
    )
    told = post(signed, f"{URL}{ticket.reference}/messages/", {"message": "Et après ?"}).json()
    assert told["reference"] != ticket.reference
    assert Ticket.objects.get(reference=told["reference"]).follows == ticket


def test_refused_file_is_named(signed, asked):
    data = {**asked, "fichiers": SimpleUploadedFile("devoir.pdf", b"MZ programme")}
    answer = signed.post(URL, data, headers={"idempotency-key": "f"})
    assert answer.status_code == 400
    assert "devoir.pdf" in answer.json()["errors"]["fichiers"][0]


def test_same_key_gives_the_same_answer_and_one_request(signed, asked):
    first, again = post(signed, URL, asked), post(signed, URL, asked)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert Ticket.objects.count() == 1
    assert post(signed, URL, {**asked, "objet": "Un autre"}).status_code == 422
    assert post(signed, URL, asked, key="cle-2").status_code == 201
    signed.force_login(UserFactory())
    assert post(signed, URL, asked).json()["reference"] != first.json()["reference"]
    assert Ticket.objects.count() == 3


def test_key_is_free_again_after_a_day(signed, asked):
    post(signed, URL, asked)
    IdempotentCall.objects.update(created_at=timezone.now() - timezone.timedelta(hours=25))
    assert post(signed, URL, {**asked, "objet": "Demain"}).status_code == 201


def test_refused_call_leaves_its_key_free(signed, asked):
    assert post(signed, URL, {**asked, "sujet": "inconnu"}).status_code == 400
    assert post(signed, URL, asked).status_code == 201


@pytest.mark.parametrize("key", ["", "é", "a b", "x" * 65])
def test_wrong_key_is_refused(signed, asked, key):
    answer = post(signed, URL, asked, key=key)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["errors"]


@pytest.mark.django_db(transaction=True)
def test_twins_at_once_make_one_request(asked, learner):
    answers = []

    def call():
        client = Client()
        client.force_login(learner)
        answers.append(post(client, URL, asked))
        connections.close_all()

    threads = [Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Ticket.objects.count() == Mail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_of_a_call_that_lasts_is_told_to_come_back():
    started, end = Event(), Event()

    def act():
        started.set()
        end.wait(10)
        return 201, {"n": 1}

    def first():
        call_once(caller="user:1", key="k", digest="d", act=act)
        connections.close_all()

    thread = Thread(target=first)
    thread.start()
    started.wait(10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
            with pytest.raises(CallInProgress):
                call_once(caller="user:1", key="k", digest="d", act=act)
            cursor.execute("RESET lock_timeout")
    finally:
        end.set()
        thread.join()
    assert call_once(caller="user:1", key="k", digest="d", act=act) == (201, {"n": 1}, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"public": "martien"}, "public"),
        ({"public": ["adulte"]}, "public"),
        ({"public": "\ud800"}, "public"),
        ({"sujet": "inconnu"}, "sujet"),
        ({"sujet": {"$ne": 1}}, "sujet"),
        ({"objet": "Une\nligne"}, "objet"),
        ({"objet": "a\u0000b"}, "objet"),
        ({"objet": "x" * 151}, "objet"),
        ({"message": ""}, "message"),
        ({"message": "x" * 5001}, "message"),
        ({"message": "a\u0000b"}, "message"),
        ({"message": None}, "message"),
        ({"formation": "inconnue"}, "formation"),
        ({"formation": "../../etc"}, "formation"),
    ],
)
def test_wrong_field_is_named_and_nothing_is_written(signed, asked, change, field):
    answer = post(signed, URL, json.dumps({**asked, **change}))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("[" * 100_000, "application/json", 400),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("null", "application/json", 400),
        ('{"public": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ("{}", "application/json; charset=base64", 400),
        ('"' + "x" * 200_000 + '"', "application/json", 413),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("x", "multipart/form-data", 400),
        ("x", "multipart/form-data; boundary=a", 400),
    ],
)
def test_hostile_body_is_refused(signed, topic, content, kind, status):
    answer = signed.generic("POST", URL, content, kind, headers={"idempotency-key": "h"})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_many_files_or_many_fields_are_refused(signed, asked):
    files = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(101)]
    for data in ({**asked, "fichiers": files[:6]}, {**asked, "fichiers": files}, {str(n): "x" for n in range(2_000)}):
        answer = signed.post(URL, data, headers={"idempotency-key": "m"})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_pages_and_filters(signed, agent, learner):
    tickets = [make_ticket(requester=learner, subject=f"Numéro {n}") for n in range(4)]
    make_ticket(requester=learner, subject="Répondue", answered_by=agent)
    url, seen = f"{URL}?taille=2&etat=new", []
    while url:
        page = signed.get(url).json()
        seen += [row["reference"] for row in page["demandes"]]
        url = page["suivant"]
    assert seen == [ticket.reference for ticket in reversed(tickets)]
    assert [row["objet"] for row in signed.get(f"{URL}?etat=answered").json()["demandes"]] == ["Répondue"]
    assert signed.get(f"{URL}?nature=reclamation").json()["demandes"] == []


@pytest.mark.parametrize("query", ["taille=0", "taille=101", "taille=x", "curseur=%00", "etat=rien", "nature=%F0"])
def test_wrong_value_of_the_address_is_named(signed, query):
    answer = signed.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_unchanged_answer_is_not_sent_again(signed, agent, learner):
    ticket = make_ticket(requester=learner)
    for url in (URL, f"{URL}{ticket.reference}/"):
        answer = signed.get(url)
        assert "private" in answer["Cache-Control"]
        again = signed.get(url, headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("number", [1, 3])
def test_list_costs_the_same_with_more_rows(signed, learner, number, django_assert_num_queries):
    for _ in range(number):
        make_ticket(requester=learner)
    signed.get(URL)
    with django_assert_num_queries(2):  # the person, the page
        assert len(signed.get(URL).json()["demandes"]) == number


def test_too_many_writes_are_told_to_wait(signed, asked):
    answers = [post(signed, URL, asked, key=str(n)) for n in range(9)]
    assert [answer.status_code for answer in answers] == [201] * 8 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert Ticket.objects.count() == 8


def test_topics_are_listed(signed, topic):
    TopicFactory(code="ancien", is_active=False)
    assert [row["code"] for row in signed.get("/api/v1/sujets/").json()] == ["devoirs"]
