import html
import logging

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from crc.domain import tickets
from crc.domain.limits import FORMS_PER_HOUR, REPLIES_PER_HOUR, REQUESTS_PER_HOUR
from crc.domain.tracking import TRACKING_DAYS, tracking_token
from crc.enums import Public, State
from crc.forms import new_stamp
from crc.models import Ticket
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import TopicFactory, fallback_service, make_ticket

pytestmark = pytest.mark.django_db
ASK = "/nous-ecrire/apprenant/"


@pytest.fixture
def topic():
    fallback_service()
    return TopicFactory(code="suivi", label="Le suivi de ma formation")


@pytest.fixture
def typed(topic):
    return {
        "public": Public.ADULT,
        "topic": topic.code,
        "subject": "Premier devoir",
        "body": "Bonjour,\r\nquand le rendre ?",
        "name": "Camille Exemple",
        "email": "camille@exemple.example",
        "formation": "",
        "website": "",
        "stamp": new_stamp(),
    }


def page(response):
    return html.unescape(response.content.decode())


def test_question_becomes_a_ticket(client, typed):
    response = client.post(ASK, typed, follow=True)
    ticket = Ticket.objects.get()
    assert response.redirect_chain[0][0].startswith("/demandes/recue/")
    assert ticket.reference in page(response)
    assert ticket.service.name in page(response)
    assert ticket.messages.get().body == "Bonjour,\nquand le rendre ?"
    assert ticket.requester is None
    assert Mail.objects.get().to == "camille@exemple.example"


def test_form_works_for_a_signed_in_person(client, typed, learner):
    client.force_login(learner)
    form = client.get(ASK, {"public": "eleve"}).context["form"]
    assert form["email"].value() == learner.email
    assert form["public"].value() == "eleve"
    client.post(ASK, typed)
    assert Ticket.objects.get().requester == learner


def test_double_submit_gives_one_ticket(client, typed):
    first, second = client.post(ASK, typed), client.post(ASK, typed)
    assert first.status_code == second.status_code == 302
    assert Ticket.objects.count() == Mail.objects.count() == 1


def test_form_corrected_after_going_back_is_not_lost(client, typed):
    client.post(ASK, typed)
    client.post(ASK, {**typed, "body": "Je corrige mon message."})
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"public": ""}, "Choisissez ce qui vous correspond"),
        ({"public": "entreprise"}, "Sélectionnez un choix valide"),
        ({"topic": "inconnu"}, "Choisissez un sujet de la liste."),
        ({"subject": ""}, "Résumez votre demande"),
        ({"subject": "x" * 151}, "Résumez en 150 caractères"),
        ({"subject": "a\nBcc: tous@exemple.example"}, "une seule ligne"),
        ({"body": "   \n "}, "Écrivez votre message."),
        ({"body": "x" * 100_000}, "dépasse 5000 caractères"),
        ({"body": "a\0b"}, "caractère"),
        ({"name": "Camille\r\nBcc: tous@exemple.example"}, "une seule ligne"),
        ({"name": "a\0b"}, "Le"),
        ({"email": "camille@exemple.example\nBcc: tous@exemple.example"}, "Cette adresse est incomplète"),
        ({"email": "camille"}, "Cette adresse est incomplète"),
        ({"email": "x" * 300 + "@exemple.example"}, "254"),
        ({"website": "http://robot.example"}, "ressemble à celui d’un robot"),
        ({"stamp": ""}, "Ce formulaire a expiré"),
        ({"stamp": "forgé:xyz"}, "Ce formulaire a expiré"),
        ({"stamp": signing.dumps(["pas-un-uuid", 1], salt="crc.form")}, "Ce formulaire a expiré"),
    ],
)
def test_mistake_is_said_and_nothing_is_written(client, typed, change, message):
    response = client.post(ASK, {**typed, **change})
    assert response.status_code == 200
    assert message in page(response)
    assert 'role="alert"' in page(response)
    assert not Ticket.objects.exists()
    assert not Mail.objects.exists()


def test_whoever_is_stopped_wrongly_just_sends_again(client, typed):
    response = client.post(ASK, {**typed, "website": "rempli par le navigateur", "stamp": ""})
    form = response.context["form"]
    again = {name: form[name].value() or "" for name in typed}
    response = client.post(ASK, {**typed, "stamp": again["stamp"], "website": again["website"]})
    assert response.status_code == 302 or client.post(ASK, {**typed, "stamp": again["stamp"]}).status_code == 302
    assert Ticket.objects.count() == 1


def test_too_fast_for_a_person(client, typed, settings):
    settings.REQUEST_FORM_MIN_SECONDS = 3
    with time_machine.travel("2026-11-24 10:00", tick=False) as clock:
        typed["stamp"] = new_stamp()
        assert client.post(ASK, typed).status_code == 200
        clock.shift(3)
        assert client.post(ASK, typed).status_code == 302


@pytest.mark.parametrize("formation", ["", "inconnue", "a\0b", "x" * 500, "../../etc/passwd", "<script>"])
def test_unknown_training_does_not_stop_a_question(client, typed, formation):
    assert client.get(ASK, {"formation": formation, "public": "a\0b"}).status_code == 200
    response = client.post(ASK, {**typed, "formation": formation.replace("\0", "")[:200]})
    assert response.status_code == 302
    assert Ticket.objects.get().training is None


def test_question_on_a_training_shows_it_and_keeps_it(client, typed):
    training = TrainingFactory(published=True)
    content = page(client.get(ASK, {"formation": training.slug}))
    assert training.title in content
    response = client.post(ASK, {**typed, "formation": training.slug}, follow=True)
    assert training.title in page(response)
    assert Ticket.objects.get().training == training


def test_text_of_a_stranger_is_shown_as_text(client, typed):
    attack = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    client.post(ASK, {**typed, "subject": attack[:150], "body": attack, "name": attack})
    ticket = Ticket.objects.get()
    for url in (f"/demandes/recue/{tracking_token(ticket)}/", f"/demandes/suivi/{tracking_token(ticket)}/"):
        content = client.get(url).content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content
    assert "<script>" not in Mail.objects.get().html
    assert attack in Mail.objects.get().text


def test_one_mail_address_cannot_be_flooded(client, typed):
    for _ in range(REQUESTS_PER_HOUR):
        assert client.post(ASK, {**typed, "stamp": new_stamp()}).status_code == 302
    refused = client.post(ASK, {**typed, "stamp": new_stamp(), "email": typed["email"].upper()})
    assert refused.status_code == 429
    assert refused["Retry-After"]
    assert "n’a pas été envoyé" in page(refused)
    other = {**typed, "stamp": new_stamp(), "email": "autre@exemple.example"}
    assert client.post(ASK, other).status_code == 302


def test_one_place_cannot_send_without_end(client, typed):
    for _ in range(FORMS_PER_HOUR):
        client.post(ASK, {**typed, "subject": ""})
    assert client.post(ASK, typed).status_code == 429
    assert client.post(ASK, typed, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_form_asks_for_the_csrf_token(typed):
    assert Client(enforce_csrf_checks=True).post(ASK, typed).status_code == 403


def test_form_costs_the_same_with_more_topics(client, topic, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(ASK)
    TopicFactory.create_batch(2)
    with django_assert_num_queries(1):
        client.get(ASK)


# Tracking -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def clerk(agent):
    agent.service_memberships.create(service=fallback_service())
    return agent


def tracking_of(ticket):
    return reverse("crc:tracking", args=[tracking_token(ticket)])


def test_requester_follows_and_replies(client, clerk):
    ticket = make_ticket(answered_by=clerk)
    url = tracking_of(ticket)
    content = page(client.get(url))
    assert "Voici la réponse." in content
    assert clerk.last_name not in content
    response = client.post(url, {"body": "Merci !", "stamp": new_stamp()}, follow=True)
    assert "Merci !" in page(response)
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


def test_reply_works_although_the_browser_hides_where_it_comes_from():
    ticket = make_ticket()
    client = Client(enforce_csrf_checks=True)
    typed = {"body": "Sans cookie", "stamp": new_stamp()}
    assert client.post(tracking_of(ticket), typed, HTTP_ORIGIN="null").status_code == 302


def test_reply_sent_twice_is_kept_once(client):
    ticket = make_ticket()
    typed = {"body": "Alors ?", "stamp": new_stamp()}
    client.post(tracking_of(ticket), typed)
    client.post(tracking_of(ticket), typed)
    assert ticket.messages.count() == 2


@pytest.mark.parametrize("body", ["", "x" * 5001, "a\0b"])
def test_reply_with_a_mistake_is_not_kept(client, body):
    ticket = make_ticket()
    response = client.post(tracking_of(ticket), {"body": body, "stamp": new_stamp()})
    assert response.status_code == 200
    assert ticket.messages.count() == 1


def test_replies_are_limited(client):
    ticket = make_ticket()
    for _ in range(REPLIES_PER_HOUR):
        client.post(tracking_of(ticket), {"body": "", "stamp": new_stamp()})
    assert client.post(tracking_of(ticket), {"body": "x", "stamp": new_stamp()}).status_code == 429


def test_address_that_is_the_access_stays_secret(client):
    ticket = make_ticket()
    for url in (tracking_of(ticket), reverse("crc:received", args=[tracking_token(ticket)])):
        response = client.get(url)
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert "no-store" in response["Cache-Control"]
        assert 'content="noindex' in page(response)


@pytest.mark.parametrize("name", ["crc:tracking", "crc:received"])
@pytest.mark.parametrize("kind", ["tampered", "expired", "revoked", "another", "nonsense"])
def test_wrong_link_opens_nothing_and_is_not_logged(client, clerk, caplog, name, kind):
    ticket, other = make_ticket(body="Mon secret"), make_ticket()
    with time_machine.travel("2026-01-05 10:00", tick=False) as clock:
        token = tracking_token(ticket)
        if kind == "tampered":
            token = token[:-1] + ("A" if token[-1] != "A" else "B")
        elif kind == "expired":
            clock.shift((TRACKING_DAYS + 1) * 86400)
        elif kind == "revoked":
            tickets.revoke_tracking_links(ticket, acting_user=clerk)
        elif kind == "another":
            token = tracking_token(other).replace(other.reference, ticket.reference)
        else:
            token = "x" * 300
        with caplog.at_level(logging.INFO, logger="django"):
            response = client.get(reverse(name, args=[token]))
    assert response.status_code == 404
    assert "Mon secret" not in page(response)
    assert token not in caplog.text
    if name == "crc:tracking":
        assert client.post(reverse(name, args=["x"]), {"body": "x", "stamp": new_stamp()}).status_code == 404


def test_requester_never_sees_a_note(client, clerk, learner):
    ticket = make_ticket(requester=learner)
    tickets.add_note(ticket, body="Note très interne", acting_user=clerk)
    ticket.refresh_from_db()
    tickets.answer_ticket(ticket, body="Réponse", version=ticket.version, then=State.CLOSED, acting_user=clerk)
    client.force_login(learner)
    pages = [tracking_of(ticket), reverse("crc:mine"), reverse("crc:mine_ticket", args=[ticket.reference])]
    for url in pages:
        assert "Note très interne" not in page(client.get(url))
    for mail in Mail.objects.all():
        assert "Note très interne" not in mail.text + mail.html


def test_reading_writes_nothing(client, django_assert_num_queries):
    ticket = make_ticket()
    url = tracking_of(ticket)
    with django_assert_num_queries(3) as captured:  # the ticket, its messages, their files
        client.get(url)
    assert all(query["sql"].startswith("SELECT") for query in captured)
    tickets.requester_reply(ticket, body="1")
    tickets.requester_reply(ticket, body="2")
    with django_assert_num_queries(3):
        client.get(url)
