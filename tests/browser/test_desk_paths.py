"""The agent's path and the supervisor's path through the desk, and the keys that make them short."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.enums import Direction, State
from crc.models import Macro, Ticket
from tests.browser.pages import DeskBoard, DeskIndicators, DeskQueue, DeskTicket
from tests.crc.factories import ServiceFactory, TopicFactory, make_article, make_ticket


@pytest.fixture
def people(roles, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    return {
        "agent": staff(Role.CRC_AGENT, first_name="Sacha", last_name="Exemple"),
        "colleague": staff(Role.CRC_AGENT, first_name="Alix", last_name="Fictif"),
        "supervisor": staff(Role.CRC_SUPERVISOR, first_name="Dominique", last_name="Inventé"),
    }


@pytest.fixture
def service(people):
    return ServiceFactory(fallback=True, members=[people["agent"], people["colleague"]])


def sent_by(ticket):
    return ticket.messages.filter(direction=Direction.OUT)


def test_agent_answers_with_a_macro_an_article_and_a_note(desktop, sign_in, people, service):
    topic = TopicFactory(label="Mes devoirs")
    make_article("Où envoyer un devoir ?", topic=topic)
    Macro.objects.create(name="Envoyer un devoir", body="Bonjour {demandeur}, voici la marche à suivre.")
    ticket, _ = make_ticket(topic=topic), make_ticket(subject="Une autre")
    sign_in(desktop.context, people["agent"])
    queue = DeskQueue(desktop).open().choose("À répondre").save_filter("Ma journée")
    assert "Filtre « Ma journée » enregistré." in queue.content
    page = queue.choose("Ma journée").open_ticket(ticket.reference)
    page.act("Prendre la demande")
    page.unfold("Réponses de la base (1)")
    with desktop.expect_popup() as popup:
        desktop.get_by_role("link", name="Où envoyer un devoir ?").click()
    assert "Dans votre espace." in popup.value.locator("main").inner_text()
    popup.value.close()
    page.note("Vu avec le service des devoirs.")
    page.choose_macro("devoir", "Envoyer un devoir").answer("Tout est dans votre espace.")
    desktop.get_by_text("Votre réponse est partie.").wait_for()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state) == (people["agent"], State.ANSWERED)
    assert sent_by(ticket).get().body.startswith("Bonjour Camille Exemple, voici la marche à suivre.")
    assert "Vu avec le service des devoirs." in page.content


def test_supervisor_goes_from_the_board_to_the_figures(desktop, sign_in, people, service):
    late = make_ticket(at=timezone.now() - timedelta(days=10))
    others = [make_ticket(subject=f"Question {number}") for number in range(2)]
    sign_in(desktop.context, people["supervisor"])

    queue = DeskBoard(desktop).open().open_late(service.name)
    assert queue.references == [late.reference]
    assert "En retard" in queue.content
    queue.open_ticket(late.reference).assign_to("Alix Fictif")
    desktop.get_by_text("Demande attribuée à Alix Fictif.").wait_for()

    queue.open().act_on(*(one.reference for one in others), action="Attribuer", **{"Attribuer à": "Sacha Exemple"})
    assert "2 demandes traitées." in queue.content
    assignees = dict(Ticket.objects.values_list("pk", "assignee__first_name"))
    assert assignees == {late.pk: "Alix", **{one.pk: "Sacha" for one in others}}

    figures = DeskIndicators(desktop).open()
    assert "réception tombe dans la période" in figures.definition("Demandes reçues")
    assert "Notes 4 et 5" in figures.definition("Demandeurs satisfaits")
    table = figures.download("CSV").read_text(encoding="utf-8-sig")
    assert "Demandeurs satisfaits" in table
    assert figures.download("XLSX").read_bytes().startswith(b"PK")


def test_keys_go_through_the_queue_and_the_ticket(desktop, sign_in, people, service):
    now = timezone.now()
    tickets = [make_ticket(at=now - timedelta(hours=hours)) for hours in (30, 20, 10)]
    first, second, _ = (ticket.reference for ticket in sorted(tickets, key=lambda one: one.due_at))
    sign_in(desktop.context, people["agent"])
    queue = DeskQueue(desktop).open()
    keys = desktop.keyboard
    keys.press("j")
    keys.press("j")
    keys.press("k")
    with desktop.expect_navigation():
        keys.press("o")
    assert desktop.url.endswith(reverse("admin:crc_ticket", args=[first]))
    with desktop.expect_navigation():
        keys.press("j")
    assert desktop.url.endswith(reverse("admin:crc_ticket", args=[second]))
    with desktop.expect_navigation():
        keys.press("a")
    assert Ticket.objects.get(reference=second).assignee == people["agent"]
    keys.press("r")
    keys.type("Bonjour, un jour")
    assert desktop.get_by_label("Votre réponse").input_value() == "Bonjour, un jour"
    desktop.get_by_label("Votre réponse").blur()
    keys.press("n")
    keys.type("Ajout")
    assert desktop.get_by_label("Note interne").input_value() == "Ajout"
    desktop.get_by_label("Note interne").blur()
    with desktop.expect_navigation():
        keys.press("u")
    assert queue.heading == "File des demandes"
    keys.press("/")
    assert desktop.evaluate("document.activeElement.id") == "filtre-q"


def test_keys_have_their_help_and_can_be_turned_off(desktop, sign_in, people, service):
    ticket = make_ticket()
    sign_in(desktop.context, people["agent"])
    DeskQueue(desktop).open().open_ticket(ticket.reference)
    opener = desktop.locator("[data-shortcut='?'][data-fr-js-modal-button=true]")  # the design system has started
    opener.wait_for()
    desktop.keyboard.press("?")
    choice = desktop.get_by_label("Utiliser ces raccourcis")
    desktop.locator("dialog#raccourcis.fr-modal--opened").wait_for()
    assert choice.is_checked()
    desktop.keyboard.press("a")  # covered by the dialog, the page hears nothing
    choice.uncheck(force=True)
    desktop.get_by_role("button", name="Fermer").click()
    desktop.locator("dialog#raccourcis:not(.fr-modal--opened)").wait_for(state="attached")
    desktop.reload()
    for key in "arnu":
        desktop.keyboard.press(key)
    assert desktop.evaluate("document.activeElement.tagName") == "BODY"
    assert Ticket.objects.get().assignee is None
    opener.click()
    desktop.locator("dialog#raccourcis.fr-modal--opened").wait_for()
    assert not choice.is_checked()


def test_ticket_on_a_phone_starts_with_the_conversation(phone, sign_in, people, service):
    ticket = make_ticket()
    sign_in(phone.context, people["agent"])
    phone.goto(reverse("admin:crc_ticket", args=[ticket.reference]))
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [
        phone.get_by_role("heading", name=title, exact=True).bounding_box()["y"]
        for title in ("Fil", "Répondre au demandeur", "La demande", "Le demandeur", "Agir sur la demande")
    ]
    assert tops == sorted(tops)
    phone.get_by_role("navigation", name="Aller à").get_by_role("link", name="Note interne").click()
    assert phone.get_by_label("Note interne").is_visible()
    DeskTicket(phone).assign_to("Alix Fictif")
    phone.get_by_text("Demande attribuée à Alix Fictif.").wait_for()
