"""Enrolment on a phone: an adult from the page of the training to the confirmation, and a minor with a guardian."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from catalogue.enums import Perimeter
from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from learners.models import Enrolment, EnrolmentDraft
from tests.browser.pages import Frame
from tests.learners.factories import AdmissionFactory, open_training
from tests.users.factories import UserFactory

PDF = {"name": "identite.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 fictif"}
PHOTO = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 exemple"}
PROGRAM = {"name": "identite.pdf", "mimeType": "application/pdf", "buffer": b"MZ programme"}


@pytest.fixture
def offer(transactional_db):
    """A training that asks for everything, and whoever confirms."""
    call_command("sync_roles", verbosity=0)
    training, session = open_training(perimeter=Perimeter.COMPETITIVE, prerequisites="Un diplôme de niveau 4.")
    session.action.price = Decimal(990)
    session.action.save()
    AdmissionFactory(training=training, whole=True)
    return training


def press(page, name):
    page.locator("main").get_by_role("button", name=name).first.click()
    page.wait_for_load_state("load")


def tick(page, label):
    page.locator("main").get_by_label(label, exact=True).first.check(force=True)


def answer_conditions(page):
    page.get_by_label("Vos diplômes et votre expérience").fill("Un bac en 2008.")
    page.get_by_label("J’ai lu les prérequis").check(force=True)
    press(page, "Continuer")
    for group in page.locator("main fieldset").all():
        group.get_by_label("Bien", exact=True).check(force=True)
    press(page, "Continuer")


def confirm(desktop, sign_in):
    """A supervisor treats the only file, from the queue to the confirmation."""
    sign_in(desktop.context, UserFactory(is_staff=True, role=Role.CRC_SUPERVISOR))
    desktop.goto("/gestion/dossiers-inscription/")
    desktop.get_by_role("link", name=re.compile("n° ")).click()
    tick(desktop, "est acceptée")
    press(desktop, "Enregistrer la vérification")
    for _ in range(2):
        form = desktop.locator("main form").filter(has_text="Décision").filter(has=desktop.locator("[value=pending]"))
        form.first.get_by_label("Favorable", exact=True).check(force=True)
        form.first.get_by_label("Raison").fill("Vu.")
        form.first.get_by_role("button").click()
        desktop.wait_for_load_state("load")
    press(desktop, "Confirmer l’inscription")
    desktop.get_by_text("L’inscription est confirmée.").wait_for()


def test_adult_enrols_on_a_phone_from_the_training_to_the_confirmation(phone, desktop, sign_in, offer, tmp_path):
    learner = UserFactory()
    sign_in(phone.context, learner)
    phone.goto(offer.get_absolute_url())
    phone.locator("main").get_by_role("link", name="S’inscrire").first.click()
    tick(phone, "Adulte en formation")
    with phone.expect_response(re.compile("/garder/")):
        phone.get_by_label("Ville (facultatif)").fill("Poitiers")

    # The browser closes: what was typed is found again from « Mon espace ».
    assert EnrolmentDraft.objects.get().data["vous"]["city"] == ["Poitiers"]
    phone.goto("/mon-espace/")
    phone.get_by_role("link", name="Reprendre ma demande").click()
    assert phone.get_by_label("Ville (facultatif)").input_value() == "Poitiers"
    press(phone, "Continuer")
    answer_conditions(phone)
    tick(phone, "Moi-même ou ma famille")
    press(phone, "Continuer")
    assert "Un bac en 2008." in Frame(phone).content
    press(phone, "Envoyer ma demande, avec obligation de paiement")
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    phone.get_by_role("link", name=re.compile("Envoyer cette pièce")).click()
    heavy = tmp_path / "lourd.pdf"
    with heavy.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    phone.get_by_label("Fichier").set_input_files(heavy)
    phone.get_by_text("lourd.pdf : ce fichier dépasse 10 Mo.").wait_for()  # before anything is sent
    phone.get_by_label("Fichier").set_input_files(PROGRAM)
    press(phone, "Envoyer")
    assert phone.locator("main .fr-input-group--error, main .fr-upload-group--error").count() == 1
    phone.get_by_label("Fichier").set_input_files(PDF)
    press(phone, "Envoyer")

    confirm(desktop, sign_in)
    phone.goto(Enrolment.objects.get().get_absolute_url())
    content = Frame(phone).content
    assert "Votre inscription est confirmée" in content
    assert "Récapitulatif d’inscription" in content
    assert "Renoncer au contrat ici" in content


def test_what_is_wrong_is_what_the_phone_shows(phone, sign_in, offer):
    sign_in(phone.context, UserFactory())
    phone.goto(f"/formations/{offer.slug}/inscription/")
    press(phone, "Continuer")
    summary = phone.locator("#erreurs")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()

    tick(phone, "Adulte en formation")
    press(phone, "Continuer")
    answer_conditions(phone)
    tick(phone, "Moi-même ou ma famille")
    press(phone, "Continuer")
    other = phone.context.new_page()
    other.goto(f"/formations/{offer.slug}/inscription/")
    other.get_by_label("Ville (facultatif)").fill("Tours")
    press(other, "Continuer")
    press(phone, "Envoyer ma demande, avec obligation de paiement")
    refusal = phone.locator("main").get_by_role("alert").filter(has_text="a changé dans un autre onglet")
    expect(refusal).to_be_focused()
    expect(refusal).to_be_in_viewport()


def test_minor_enrols_with_the_agreement_of_a_guardian(phone, desktop, sign_in, offer):
    minor, parent, stranger = UserFactory.create_batch(3)
    for user in (parent, stranger):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sign_in(phone.context, minor)
    phone.goto(f"/formations/{offer.slug}/inscription/")
    tick(phone, "Élève")
    phone.get_by_label("Date de naissance (facultatif)").fill(f"01/01/{timezone.localdate().year - 15}")
    press(phone, "Continuer")
    answer_conditions(phone)
    phone.get_by_label("Adresse électronique du responsable légal").fill(parent.email)
    press(phone, "Continuer")
    tick(phone, "Moi-même ou ma famille")
    press(phone, "Continuer")
    press(phone, "Envoyer ma demande, avec obligation de paiement")
    phone.get_by_role("link", name=re.compile("Envoyer cette pièce")).click()
    phone.get_by_label("Ou prenez une photo").set_input_files(PHOTO)
    press(phone, "Envoyer")

    link = urlsplit(re.search(r"http\S+/responsable/\S+", Mail.objects.get(to=parent.email).text)[0]).path
    for user, message in ((stranger, "une autre adresse"), (parent, "Vous suivez désormais")):
        phone.context.clear_cookies()
        sign_in(phone.context, user)
        phone.goto(link)
        # The refusal answers 409, which a browser writes in its console as the error of a resource.
        press(phone, "Accepter")
        assert message in Frame(phone).content
    phone.goto(link)
    press(phone, "Accepter")  # opened twice: nothing changes
    phone.get_by_role("link", name="Répondre").first.click()
    press(phone, "Donner mon accord")
    assert "a donné son accord" in Frame(phone).content

    confirm(desktop, sign_in)
    assert Enrolment.objects.get().state == "confirmed"
