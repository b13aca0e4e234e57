import html

import pytest

from crc.forms import new_stamp
from crc.models import Ticket
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import TopicFactory, fallback_service

pytestmark = pytest.mark.django_db

WHO = {"name": "Camille Exemple", "email": "camille@exemple.example", "phone": "01 99 00 00 00", "message": ""}
ORGANISATION = {
    "organisation": "Ateliers Exemple",
    "siret": "732 829 320 00074",
    "trainings": "CAP Cuisine",
    "people": "12",
    "starts_on": "",
}
FACTS = {
    "rappel": {"public": "adulte", "slot": "any"},
    "devis": {"public": "entreprise", **ORGANISATION, "funding": "opco"},
    "commande": {"public": "administration", **ORGANISATION, "commitment": "EJ-2026-1", "service_code": "S1"},
    "convention": {
        "public": "etablissement",
        "establishment": "Lycée Exemple",
        "uai": "",
        "place": "Ville-Exemple, France",
        "teaching": "Polonais",
        "level": "Seconde",
        "pupils": "8",
    },
}
TOPICS = {"rappel": "rappel", "devis": "devis", "commande": "marche", "convention": "convention"}


@pytest.fixture(autouse=True)
def desk():
    fallback_service()
    for code in TOPICS.values():
        TopicFactory(code=code, publics=["eleve", "adulte", "entreprise", "administration", "etablissement"])


def send(client, kind, **changes):
    return client.post(f"/demandes/{kind}/", {**WHO, **FACTS[kind], "stamp": new_stamp(), "website": "", **changes})


def text(response):
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("rappel", ["À quel moment : Peu importe"]),
        ("devis", ["SIRET : 73282932000074", "Nombre de personnes à former : 12", "Financement envisagé : OPCO"]),
        ("commande", ["Numéro d’engagement : EJ-2026-1", "Code service Chorus Pro : S1"]),
        ("convention", ["Enseignements souhaités : Polonais", "Nombre d’élèves : 8"]),
    ],
)
def test_request_becomes_a_ticket_whose_facts_are_lines(client, kind, facts):
    response = send(client, kind, message="Merci\r\nd’avance.")
    assert response.status_code == 302, response.context["form"].errors
    ticket = Ticket.objects.get()
    body = ticket.messages.get().body
    for fact in facts:
        assert fact in body.splitlines()
    assert body.endswith("\n\nMerci\nd’avance.")
    assert ticket.topic.code == TOPICS[kind]
    assert ticket.requester_phone == "01 99 00 00 00"
    assert ticket.public == FACTS[kind]["public"]


@pytest.mark.parametrize(("kind", "label"), [("rappel", "Votre téléphone"), ("devis", "Votre téléphone (facultatif)")])
def test_label_says_whether_the_telephone_is_needed(client, kind, label):
    assert client.get(f"/demandes/{kind}/").context["form"]["phone"].label == label


def test_training_of_the_address_is_kept(client):
    training = TrainingFactory(published=True, title="CAP Cuisine")
    assert "CAP Cuisine" in text(client.get("/demandes/rappel/", {"formation": training.slug}))
    send(client, "rappel", formation=training.slug)
    ticket = Ticket.objects.get()
    assert ticket.training == training
    assert ticket.subject == "Demande de rappel : CAP Cuisine"


@pytest.mark.parametrize("kind", FACTS)
def test_sent_twice_it_is_one_ticket(client, kind):
    stamp = new_stamp()
    send(client, kind, stamp=stamp)
    send(client, kind, stamp=stamp)
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("rappel", {"phone": ""}, "Indiquez le numéro à rappeler."),
        ("rappel", {"phone": "appelez-moi"}, "Écrivez un numéro"),
        ("rappel", {"phone": "01 99\r\nBcc: x"}, "une seule ligne"),
        ("devis", {"siret": "73282932000075"}, "Ce SIRET n’est pas valable"),
        ("devis", {"siret": ""}, "Indiquez le SIRET"),
        ("devis", {"people": "0"}, "supérieure ou égale à 1"),
        ("devis", {"people": "9" * 400}, "100000"),
        ("devis", {"people": "beaucoup"}, "Écrivez un nombre entier."),
        ("devis", {"starts_on": "2020-01-01"}, "Choisissez une date à venir."),
        ("devis", {"starts_on": "demain"}, "Écrivez une date"),
        ("devis", {"public": "eleve"}, "n’en fait pas partie"),
        ("devis", {"organisation": "a\0b"}, "caractère"),
        ("convention", {"uai": "1234567A"}, "Ce code UAI n’est pas valable"),
        ("convention", {"establishment": ""}, "obligatoire"),
        ("commande", {"message": "x" * 100_000}, "3500"),
        ("commande", {"stamp": "forgé"}, "Ce formulaire a expiré"),
        ("commande", {"website": "http://robot.example"}, "ressemble à celui d’un robot"),
    ],
)
def test_mistake_is_said_and_nothing_is_written(client, kind, change, said):
    response = send(client, kind, **change)
    assert response.status_code == 200
    assert said in text(response)
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("kind", ["inconnu", "question", "nouvelle-demande", "x" * 500])
def test_unknown_kind_does_not_exist(client, kind):
    assert client.get(f"/demandes/{kind}/").status_code == 404


def test_subject_no_longer_offered_leads_to_the_plain_form(client):
    from crc.models import Topic

    Topic.objects.filter(code="devis").update(is_active=False)
    assert client.get("/demandes/devis/")["Location"] == "/nous-ecrire/"
