"""A question from a phone, without an account, answered from the desk: what a requester and an agent live."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import reverse

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.models import SuggestionCount, Ticket
from tests.browser.pages import AskPage, DeskQueue, TrackingPage
from tests.crc.factories import ServiceFactory, TopicFactory, make_article


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


DOORS = {
    "Élève, étudiant": {"Élève, étudiant ou famille": True, "Numéro d’apprenant": ""},
    "Entreprise ou association": {"Nom de votre entreprise": "Ateliers Exemple"},
    "Administration ou acheteur public": {"Nom de votre organisme": "Mairie Exemple", "SIRET": "732 829 320 00074"},
    "Établissement scolaire": {"Code UAI": "9990001X"},
}


@pytest.mark.parametrize("door", DOORS)
def test_each_public_asks_by_its_door_from_a_phone(phone, desk, door):
    make_article("Comment recevoir une facture ?")
    phone.goto(reverse("crc:ask"))
    form = AskPage(phone).choose(door)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    form.fill(
        **{
            **DOORS[door],
            "Votre demande concerne": "Mes cours et mes devoirs",
            "en quelques mots" if door.startswith("Entreprise") else "En quelques mots": "Premier devoir",
            "Votre message": "Bonjour,\nquand rendre le premier devoir ?",
            "Vos prénom et nom": "Camille Exemple",
            "Votre adresse électronique": "camille@exemple.example",
        }
    )
    assert form.send().heading == "Votre demande est enregistrée"
    assert Ticket.objects.count() == 1


def test_without_a_script_the_answer_is_shown_before_sending(browser, browser_context_args, portal, desk):
    make_article("Comment recevoir une facture ?")
    options = {**browser_context_args, "viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    context = browser.new_context(**options, base_url=portal)
    page = context.new_page()
    form = AskPage(page).open("entreprise")
    page.get_by_label("Votre demande concerne").select_option(label="Mes cours et mes devoirs")
    for label, value in {
        "Votre besoin en quelques mots": "Recevoir une facture",
        "Votre message": "Bonjour, je n’ai pas reçu la facture.",
        "Nom de votre entreprise": "Ateliers Exemple",
        "Vos prénom et nom": "Camille Exemple",
        "Votre adresse électronique": "camille@exemple.example",
    }.items():
        page.get_by_label(label).fill(value)
    form.send()
    assert page.get_by_role("link", name="Comment recevoir une facture ?").is_visible()
    assert not Ticket.objects.exists()
    page.get_by_role("button", name="Envoyer quand même").first.click()
    page.wait_for_load_state("load")
    assert form.heading == "Votre demande est enregistrée"
    context.close()
    assert SuggestionCount.objects.filter(shown=1, submitted=1).exists()
