"""An organisation at work: a list enrolled from a phone, a quote that becomes seats between two desks."""

from decimal import Decimal

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from learners.enums import MemberRole
from learners.models import Enrolment, GroupEnrolment, Quote, Seat, Voucher
from tests.browser.pages import Frame
from tests.learners.factories import OrganisationFactory, member_of, open_training, people_file, voucher_for


@pytest.fixture
def organisation(transactional_db):
    return OrganisationFactory(name="Lycée Modèle")


def deposit(page, content, name="liste.csv"):
    page.get_by_label("Formation et places").select_option(index=1)
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Liste des personnes").set_input_files(file)
    page.get_by_role("button", name="Vérifier la liste").click()
    page.wait_for_url("**/inscriptions/*/")


def worked(page, act):
    """The page while a worker is at it, then once it is done: it tells by itself, without being asked again."""
    page.get_by_role("progressbar").wait_for()
    act()
    page.get_by_role("heading", name="Liste liste.csv").wait_for()
    page.locator("main dl").first.wait_for()


def test_list_is_checked_corrected_and_enrolled_from_a_phone(phone, sign_in, organisation, monkeypatch):
    from learners import tasks
    from learners.domain.organisations.groups import process_group

    # The worker of the test is the test itself: the progress is seen first.
    monkeypatch.setattr(tasks.process_group, "apply_async", lambda *args, **kwargs: None)
    voucher_for(organisation, seats=5)
    sign_in(phone.context, member_of(organisation, MemberRole.CONTACT))
    phone.goto(reverse("learners:space"))
    phone.get_by_role("button", name="Mon espace").click()
    phone.get_by_role("link", name="Mon organisation").click()
    phone.get_by_role("link", name="Inscrire une liste de personnes").click()

    deposit(phone, people_file(("Exemple", "Alix", "alix@exemple.example"), ("Fictif", "Lou", "lou sans adresse")))
    worked(phone, lambda: process_group(GroupEnrolment.objects.get().pk))
    assert not Enrolment.objects.exists()
    assert "adresse électronique : écrivez une adresse comme nom@domaine.fr" in Frame(phone).content
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Les lignes à corriger").click()
    corrected = download.value.path().read_text("utf-8-sig").replace("lou sans adresse", "lou@exemple.example")

    phone.get_by_role("button", name="Inscrire la seule bonne ligne").click()
    worked(phone, lambda: process_group(GroupEnrolment.objects.get().pk))
    assert "1 personne inscrite" in Frame(phone).content

    phone.get_by_role("link", name="Inscrire", exact=True).click()
    deposit(phone, corrected.encode())
    worked(phone, lambda: process_group(GroupEnrolment.objects.latest("pk").pk))
    phone.get_by_role("button", name="Inscrire tout le monde").click()
    worked(phone, lambda: process_group(GroupEnrolment.objects.latest("pk").pk))

    assert set(Seat.objects.values_list("given_name", flat=True)) == {"Alix Exemple", "Lou Fictif"}
    phone.get_by_role("link", name="Suivi", exact=True).click()
    assert Frame(phone).content.count("Alix Exemple") == 1


def test_quote_becomes_seats(desktop, sign_in, organisation, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    open_training(title="Bureautique pour tous")
    member = member_of(organisation)
    sign_in(desktop.context, member)
    desktop.goto(reverse("learners:organisation_quotes", kwargs={"organisation": organisation.pk}))
    desktop.get_by_label("Votre besoin").fill("Trois places en bureautique.")
    desktop.get_by_role("button", name="Envoyer ma demande").click()
    desktop.get_by_text("Nous préparons votre devis").wait_for()

    desktop.context.clear_cookies()
    sign_in(desktop.context, staff(Role.ESTABLISHMENT_DESK))
    desktop.goto("/gestion/")
    desktop.get_by_role("link", name="Devis à préparer").click()
    desktop.get_by_role("link", name=Quote.objects.get().reference).click()
    desktop.get_by_label("Mots de l’intitulé").fill("bureautique")
    desktop.get_by_role("button", name="Chercher", exact=True).click()
    desktop.locator("main label", has_text="Bureautique pour tous").click()
    desktop.get_by_label("Nombre de places").fill("3")
    desktop.get_by_label("Prix unitaire hors taxe").fill("89,50")
    desktop.get_by_role("button", name="Ajouter la ligne").click()
    desktop.get_by_text("3 places à 89,50").wait_for()
    desktop.get_by_role("button", name="Envoyer le devis").click()
    desktop.get_by_text("Le devis est envoyé").wait_for()

    desktop.context.clear_cookies()
    sign_in(desktop.context, member)
    desktop.goto(organisation.get_absolute_url())
    desktop.get_by_role("link", name="Lire le devis").click()
    desktop.get_by_label("Prénom et nom du signataire").fill("Dominique Exemple")
    desktop.get_by_label("Qualité du signataire").fill("Proviseure")
    desktop.locator("main label", has_text="Bon pour accord").click()
    desktop.get_by_role("button", name="Signer le devis").click()
    desktop.get_by_text("vos places sont ouvertes").wait_for()

    quote = Quote.objects.get()
    assert Decimal(quote.content["total"]) == Decimal("268.50")
    voucher = Voucher.objects.get(line__quote=quote)
    assert voucher.printed_code in Frame(desktop).content
    assert voucher.seats == 3
