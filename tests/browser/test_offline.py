"""The portal as an application on a phone: read without network, sent once when it is back, nothing left behind."""

import json
import time

import pytest
from playwright.sync_api import expect

from crc.models import Ticket
from learners.models import Copy
from tests.browser.conftest import PHONE
from tests.crc.factories import ServiceFactory, TopicFactory
from tests.learners.factories import DevoirFactory, EnrolmentFactory, LearnerProfileFactory


@pytest.fixture
def desk(roles):
    """A desk that takes questions."""
    ServiceFactory(fallback=True)
    return TopicFactory(label="Mes cours et mes devoirs")


@pytest.fixture
def application(browser, browser_context_args, portal, sign_in, learner, desk):
    """A phone signed in to the person's space, whose worker is at work. Its console says when there is no network."""
    EnrolmentFactory(learner=LearnerProfileFactory(user=learner), active=True)
    context = browser.new_context(**{**browser_context_args, "viewport": PHONE}, base_url=portal)
    sign_in(context, learner)
    page = context.new_page()
    page.goto("/mon-espace/application/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    yield page
    context.set_offline(False)
    page.wait_for_load_state("networkidle")
    page.goto("about:blank")
    context.close()


def eventually(page, script, seconds=15):
    """Wait until the script, whose promise is awaited, gives true."""
    until = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < until, script
        page.wait_for_timeout(100)


KEPT = """async () => {
    for (const name of await caches.keys()) {
        if (name.startsWith("cned-espace-")) {
            const kept = (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname);
            return kept.includes("/mon-espace/") && kept.includes("/nous-ecrire/apprenant/");
        }
    }
    return false;
}"""
FORGOTTEN = "caches.keys().then((names) => !names.some((name) => name.startsWith('cned-espace-')))"


def keep(page):
    """Ask for the space to be kept on the device, and wait until it is."""
    page.locator("label[for=garder]").click()  # the design system draws the box in its label
    eventually(page, KEPT)


def personal_caches(page):
    return page.evaluate("caches.keys().then((names) => names.filter((name) => name.startsWith('cned-espace-')))")


def test_dashboard_is_read_without_network_once_it_is_kept(application):
    keep(application)
    application.context.set_offline(True)
    application.goto("/mon-espace/")
    expect(application.get_by_role("heading", name="Mon espace", level=1)).to_be_visible()
    expect(application.get_by_role("status")).to_contain_text("hors ligne")
    application.goto("/formations/")
    expect(application.get_by_role("heading", name="Vous êtes hors ligne")).to_be_visible()


def test_nothing_is_kept_unless_the_person_asks(application):
    application.goto("/mon-espace/")
    assert personal_caches(application) == []
    application.context.set_offline(True)
    application.goto("/mon-espace/")
    expect(application.get_by_role("heading", name="Vous êtes hors ligne")).to_be_visible()


def test_question_asked_without_network_leaves_once_when_it_is_back(application, learner):
    keep(application)
    application.context.set_offline(True)
    application.goto("/nous-ecrire/apprenant/")
    application.get_by_label("Adulte").check()
    application.get_by_label("Votre demande concerne").select_option(index=1)
    application.get_by_label("En quelques mots").fill("Question écrite dans le train")
    application.get_by_label("Votre message").fill("Quand commence la prochaine session, s’il vous plaît ?")
    application.get_by_role("button", name="Envoyer ma question").click()
    expect(application.get_by_role("status")).to_contain_text("gardé sur cet appareil")
    assert not Ticket.objects.exists()
    application.goto("/mon-espace/application/")
    expect(application.locator("#en-attente")).to_contain_text("à envoyer")

    application.context.set_offline(False)
    application.goto("/mon-espace/application/")
    expect(application.locator("#rien-en-attente")).to_be_visible(timeout=15_000)
    application.reload()
    application.wait_for_load_state("networkidle")
    ticket = Ticket.objects.get()
    assert ticket.requester == learner
    assert ticket.subject == "Question écrite dans le train"


def test_copy_handed_in_without_network_leaves_once_when_it_is_back(application, learner):
    enrolment = learner.learner_profile.enrolments.get()
    devoir = DevoirFactory(module__training=enrolment.training)
    page = f"/mon-espace/devoirs/{enrolment.pk}/{devoir.pk}/"
    keep(application)
    application.goto(page)
    address = f"new URL('{page}', location).href"
    eventually(application, f"caches.match({address}, {{ ignoreVary: true }}).then(Boolean)")
    application.context.set_offline(True)
    application.goto(page)
    pdf = {"name": "copie.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 exemple"}
    application.get_by_label("Votre copie").set_input_files(pdf)
    application.get_by_label("Un mot pour votre correcteur").fill("Écrit dans le train.")
    application.get_by_role("button", name="Rendre mon devoir").click()
    expect(application.get_by_role("status")).to_contain_text("gardé sur cet appareil")
    assert not Copy.objects.exists()

    application.context.set_offline(False)
    application.goto("/mon-espace/application/")
    expect(application.locator("#rien-en-attente")).to_be_visible(timeout=15_000)
    application.reload()
    application.wait_for_load_state("networkidle")
    copy = Copy.objects.get()
    assert (copy.devoir, copy.comment) == (devoir, "Écrit dans le train.")
    assert copy.files.get().size == len(pdf["buffer"])


def test_what_the_portal_refuses_is_kept_and_explained(application):
    item = {
        "key": "une-cle",
        "url": "/api/v1/demandes/",
        "label": "Question",
        "fields": [["public", "adulte"], ["sujet", "inconnu"], ["objet", "Bonjour"], ["message", "Une question."]],
        "kept_at": 1,
        "state": "waiting",
    }
    application.evaluate(
        f"outbox.keep({{...{json.dumps(item)}, account: document.querySelector('meta[name=compte]').content}})"
    )
    application.reload()
    expect(application.locator("#en-attente")).to_contain_text("refusé", timeout=15_000)
    expect(application.locator("#en-attente")).to_contain_text("Ce sujet n’existe pas")
    application.get_by_role("button", name="Supprimer").click()
    expect(application.locator("#rien-en-attente")).to_be_visible()


def test_another_account_finds_nothing_of_the_former_one(application, sign_in, stranger):
    keep(application)
    sign_in(application.context, stranger)
    application.goto("/mon-espace/")
    eventually(application, FORGOTTEN)
    application.context.set_offline(True)
    application.goto("/mon-espace/")
    expect(application.get_by_role("heading", name="Vous êtes hors ligne")).to_be_visible()


def test_signing_out_leaves_nothing_on_the_device(application):
    keep(application)
    application.goto("/mon-espace/")
    with application.expect_navigation():
        application.evaluate("document.querySelector(\"form[action='/compte/logout/']\").submit()")
    eventually(application, FORGOTTEN)
