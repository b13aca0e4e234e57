"""A devoir from a phone: handed in, refused beside its field, marked at the desk, read by the learner."""

import pytest
from playwright.sync_api import expect

from cned_portal.users.enums import Role
from learners.domain.followup import assign_tutor
from learners.models import Copy
from tests.learners.factories import DevoirFactory, EnrolmentFactory

PDF = {"name": "copie.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 exemple"}


@pytest.fixture
def enrolment(learner):
    devoir = DevoirFactory(title="Premier devoir")
    return EnrolmentFactory(active=True, learner__user=learner, training=devoir.module.training)


@pytest.fixture
def homework(phone, sign_in, enrolment):
    """The page of the devoir, reached from the menu of « Mon espace »."""
    sign_in(phone.context, enrolment.learner.user)
    phone.goto("/mon-espace/devoirs/")
    phone.get_by_role("link", name="Premier devoir").click()
    phone.get_by_role("heading", name="Premier devoir").wait_for()
    return phone


def test_devoir_is_handed_in_from_a_phone_marked_and_read(homework, desktop, sign_in, staff, enrolment):
    homework.get_by_label("Votre copie").set_input_files(PDF)
    homework.get_by_label("Un mot pour votre correcteur").fill("Merci de me lire.")
    homework.get_by_role("button", name="Rendre mon devoir").click()
    homework.get_by_text("Votre copie est rendue.").wait_for()
    assert homework.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no scroll sideways on a phone"

    tutor = staff(Role.TUTOR)
    assign_tutor(enrolment, tutor, acting_user=None)
    sign_in(desktop.context, tutor)
    desktop.goto("/gestion/corrections/")
    desktop.get_by_role("button", name="Prendre la plus ancienne").click()
    desktop.get_by_text("Merci de me lire.").wait_for()
    desktop.get_by_label("Note sur 20").fill("15,5")
    desktop.get_by_label("Appréciation").fill("Travail soigné.")
    desktop.get_by_role("button", name="Rendre", exact=True).click()
    desktop.get_by_text("La correction est rendue").wait_for()

    homework.reload()
    homework.get_by_text("15,5 sur 20").wait_for()
    homework.get_by_text("Travail soigné.").wait_for()


def test_copy_handed_in_once_the_session_is_over_waits_on_the_device(homework, sign_in, enrolment):
    session = homework.context.cookies()
    homework.get_by_label("Votre copie").set_input_files(PDF)
    homework.get_by_label("Un mot pour votre correcteur").fill("Écrit avant la fin de la session.")
    homework.context.clear_cookies()
    homework.get_by_role("button", name="Rendre mon devoir").click()
    expect(homework.get_by_role("status")).to_contain_text("Vous n’êtes plus connecté")
    homework.get_by_role("link", name="Me reconnecter").click()
    homework.wait_for_url("**/compte/login/**")

    homework.context.add_cookies(session)
    homework.goto("/mon-espace/devoirs/")
    expect(homework.get_by_role("status")).to_contain_text("Votre envoi en attente est parti.")
    assert Copy.objects.get().comment == "Écrit avant la fin de la session."


def test_what_is_kept_is_said_where_the_browser_refuses_the_worker(
    browser, browser_context_args, portal, sign_in, enrolment
):
    context = browser.new_context(**browser_context_args, base_url=portal, service_workers="block")
    sign_in(context, enrolment.learner.user)
    page = context.new_page()
    page.goto(f"/mon-espace/devoirs/{enrolment.pk}/{enrolment.training.modules.get().devoirs.get().pk}/")
    page.get_by_label("Votre copie").set_input_files(PDF)
    context.clear_cookies()
    page.get_by_role("button", name="Rendre mon devoir").click()
    expect(page.locator("#etat-application")).to_contain_text("gardé sur cet appareil")
    context.close()


def test_wrong_file_is_said_beside_the_field_and_the_text_stays(homework):
    homework.get_by_label("Un mot pour votre correcteur").fill("Merci de me lire.")
    homework.get_by_label("Votre copie").set_input_files({**PDF, "name": "copie.exe", "buffer": b"MZ\x90\0"})
    homework.get_by_role("button", name="Rendre mon devoir").click()
    homework.locator("#erreurs").wait_for()
    field = homework.get_by_label("Votre copie")
    described = field.evaluate(
        "field => (field.getAttribute('aria-describedby') || '').split(' ')"
        ".map(id => document.getElementById(id)?.textContent || '').join(' ')"
    )
    assert "Ce type de fichier n’est pas accepté" in described
    assert homework.get_by_label("Un mot pour votre correcteur").input_value() == "Merci de me lire."
    assert not Copy.objects.exists()


def test_fifty_megabytes_are_said_before_sending_and_the_choice_stays(homework, tmp_path):
    heavy = tmp_path / "lourd.pdf"
    with heavy.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(50 * 1024 * 1024)
    homework.get_by_label("Votre copie").set_input_files(heavy)
    homework.get_by_text("lourd.pdf : ce fichier dépasse 20 Mo.").wait_for()
    homework.get_by_role("button", name="Rendre mon devoir").click()
    assert homework.evaluate("document.activeElement.type") == "file"
    assert not Copy.objects.exists()
