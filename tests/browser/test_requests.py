"""A question from a phone, without an account, answered from the desk: what a requester and an agent live."""

import re
from urllib.parse import urlsplit

import pytest

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.models import Ticket
from tests.browser.pages import AskPage, DeskQueue, TrackingPage
from tests.crc.factories import ServiceFactory, TopicFactory


@pytest.fixture
def desk(roles, staff, settings):
    """An open desk, and its agent."""
    settings.STAFF_MFA_REQUIRED = False
    agent = staff(Role.CRC_AGENT)
    ServiceFactory(fallback=True, members=[agent])
    TopicFactory(label="Mes cours et mes devoirs")
    return agent


def ask(page):
    form = AskPage(page).open()
    form.fill(
        **{
            "Adulte en formation": True,
            "Votre demande concerne": "Mes cours et mes devoirs",
            "En quelques mots": "Premier devoir",
            "Votre message": "Bonjour,\nquand rendre le premier devoir ?",
            "Vos prénom et nom": "Camille Exemple",
            "Votre adresse électronique": "camille@exemple.example",
        }
    )
    return form.send()


def link_of_last_mail():
    link = re.search(r"http\S+/demandes/suivi/\S+", Mail.objects.latest("pk").text)[0]
    return urlsplit(link).path


def test_question_from_a_phone_is_answered_from_the_desk(phone, desktop, sign_in, desk):
    sent = ask(phone)
    assert sent.heading == "Votre demande est enregistrée"
    ticket = Ticket.objects.get()
    assert ticket.reference in sent.content

    sign_in(desktop.context, desk)
    page = DeskQueue(desktop).open().open_ticket(ticket.reference)
    page.answer("Le premier devoir se rend avant le 15 décembre.")
    desktop.get_by_text("Votre réponse est partie.").wait_for()

    tracking = TrackingPage(phone).open(link_of_last_mail())
    assert "avant le 15 décembre" in tracking.content
    assert "Répondue" in tracking.content


def test_requester_replies_from_a_page_that_hides_its_address(phone, desk):
    """The browser sends `Origin: null` with this form: the reply must pass all the same."""
    ask(phone)
    TrackingPage(phone).open(link_of_last_mail())
    phone.get_by_label("Votre message").fill("Je complète ma question.")
    phone.get_by_role("button", name="Envoyer").click()
    phone.get_by_text("Votre message est bien reçu.").wait_for()
    assert Ticket.objects.get().messages.count() == 2


def test_errors_lead_to_their_fields_with_the_keyboard(phone, desk):
    form = AskPage(phone).open().send()
    assert "Choisissez le sujet le plus proche." in form.content
    phone.locator("#erreurs").get_by_role("link", name="Votre message").focus()
    phone.keyboard.press("Enter")
    assert phone.evaluate("document.activeElement.id") == "id_body"
