"""The main path, on the demonstration: from a search to an answered request, and to the report that counts it."""

import re
from urllib.parse import urlsplit

import pikepdf
import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.utils import timezone

from cned_portal.common.outbox.domain.dispatch import dispatch
from cned_portal.demo.people import DEMO_PASSWORD, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.models import Ticket
from tests.browser.pages import DeskQueue, Frame, SearchPage, SignInPage, TrackingPage
from tests.users.totp import current_code


@pytest.fixture
def demonstration(transactional_db, settings):
    settings.STAFF_MFA_REQUIRED = True
    call_command("load_demo", verbosity=0)


def sign_in(page, role):
    """By address, password and the code of the application."""
    email = STAFF[role][0]
    TOTP.activate(User.objects.get(email=email), secret := generate_totp_secret())
    SignInPage(page).open().sign_in(email, DEMO_PASSWORD).give_code(current_code(secret))
    assert Frame(page).heading == "Espace de gestion"


def received(sink, address, reference):
    """Text of the last mail that the person received about the request."""
    dispatch()
    parts = [part for mail in sink.taken if mail["To"] == address for part in mail.walk()]
    texts = [part.get_payload(decode=True).decode() for part in parts if part.get_content_type() == "text/plain"]
    return next(text for text in reversed(texts) if reference in text)


@pytest.mark.slow
def test_from_a_search_to_an_answered_request_and_its_report(phone, desktop, demonstration, sink):
    phone.goto("/")
    Frame(phone).search_from_header("cap petite enfance")
    results = SearchPage(phone)
    assert "petite enfance" in results.titles[0]
    form = results.open_result().ask()
    form.fill(
        **{
            "Adulte en formation": True,
            "Votre demande concerne": "Mon stage ou ma convention de stage",
            "En quelques mots": "Stages du CAP petite enfance",
            "Votre message": "Bonjour,\ncombien de semaines de stage faut-il prévoir ?",
            "Vos prénom et nom": "Zoé Visiteuse",
            "Votre adresse électronique": "zoe.visiteuse@exemple.example",
        }
    )
    assert form.send().heading == "Votre demande est enregistrée"
    ticket = Ticket.objects.get(requester_email="zoe.visiteuse@exemple.example")
    assert "petite enfance" in ticket.training.title
    assert ticket.reference in received(sink, ticket.requester_email, ticket.reference)

    sign_in(desktop, Role.CRC_AGENT)
    DeskQueue(desktop).open().open_ticket(ticket.reference).answer("Prévoyez quatorze semaines de stage.")
    desktop.get_by_text("Votre réponse est partie.").wait_for()

    text = received(sink, ticket.requester_email, ticket.reference)
    link = re.search(r"http\S+/demandes/suivi/\S+", text)[0]
    assert "quatorze semaines" in TrackingPage(phone).open(urlsplit(link).path).content

    desktop.context.clear_cookies()
    sign_in(desktop, Role.QUALITY_MANAGER)
    desktop.goto("/gestion/qualite/rapports/")
    desktop.locator("main select[name=mois]").select_option(f"{timezone.localdate():%Y-%m}")
    desktop.get_by_role("button", name="Préparer le rapport").click()
    with desktop.expect_download() as download:
        desktop.get_by_role("link", name="Télécharger le PDF").click()
    with pikepdf.open(download.value.path()) as document:
        assert document.docinfo["/Title"] == "Les demandes du mois"
