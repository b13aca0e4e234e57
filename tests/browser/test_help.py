"""An answer found while asking: proposed under the form, opened beside it, judged; and a request sent all the same."""

import pytest

from crc.models import SuggestionCount, Ticket
from tests.browser.pages import AskPage
from tests.crc.factories import ServiceFactory, TopicFactory, make_article

QUESTION = "Comment envoyer un devoir ?"


@pytest.fixture
def desk(roles):
    ServiceFactory(fallback=True)
    TopicFactory(label="Mes cours et mes devoirs")
    return make_article(QUESTION, answer="Dans votre espace, en un fichier.")


def measured(**wanted):
    return SuggestionCount.objects.filter(**wanted).exists()


def test_answer_is_proposed_opened_and_judged_while_the_request_is_written(phone, desk):
    sent = []
    phone.on("request", lambda request: sent.append(request))
    form = AskPage(phone).open()
    form.fill(**{"Adulte en formation": True, "Vos prénom et nom": "Camille Exemple"})
    phone.get_by_label("En quelques mots").press_sequentially("envoyer un devoir")
    link = phone.get_by_role("link", name=QUESTION)
    link.wait_for()
    (asked,) = [request for request in sent if "/aide/suggestions/" in request.url]
    assert "devoir" not in asked.url
    assert "Camille" not in asked.post_data

    with phone.context.expect_page() as opened:
        link.click()
    answer = opened.value
    answer.get_by_role("button", name="Oui").click()
    answer.get_by_text("vous n’avez pas besoin d’envoyer").wait_for()
    answer.close()
    assert phone.get_by_label("Vos prénom et nom").input_value() == "Camille Exemple"
    assert measured(shown=1, opened=1, helped=1, submitted=0)

    form.fill(
        **{
            "Votre demande concerne": "Mes cours et mes devoirs",
            "Votre message": "Bonjour, comment faire ?",
            "Votre adresse électronique": "camille@exemple.example",
        }
    )
    assert form.send().heading == "Votre demande est enregistrée"
    assert Ticket.objects.count() == 1
    assert measured(shown=1, submitted=1)
