"""The path of enrolment and the pages of a file, as a learner, a guardian and a stranger meet them."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import Perimeter
from learners.domain import enrolments, files, payments
from learners.domain.people import Identity
from learners.enums import LearnerPublic, Means
from learners.models import Enrolment, EnrolmentDraft, EnrolmentFile, GuardianAgreement, Guardianship
from tests.html_checks import html_problems
from tests.learners.factories import AdmissionFactory, GuardianshipFactory, open_training
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    """A training with a price and conditions of entry, and the address of each step."""
    training, session = open_training(perimeter=Perimeter.COMPETITIVE)
    session.action.price = Decimal(990)
    session.action.save()
    AdmissionFactory(training=training, whole=True)
    return training, session


def step_url(training, step=None):
    return reverse("learners:enrol", kwargs={"slug": training.slug, **({"step": step} if step else {})})


def fill(client, training, session):
    """Every step but the last, as an adult."""
    questions = training.admission.questions.all()
    answers = [
        (None, {"session": session.pk, "public": "adult", "date_of_birth": "12/04/1990", "city": "Poitiers"}),
        ("acquis", {"declared": "Un bac en 2008.", "has_read": "on"}),
        ("positionnement", {f"q{question.pk}": "2" for question in questions}),
        ("prix", {"fundings": ["self"]}),
    ]
    address = step_url(training)
    for step, data in answers:
        assert address == step_url(training, step)
        address = client.post(address, data).url
    return address


def ask(user, *, price=None, perimeter=Perimeter.COMPETITIVE, admission=False, **kwargs):
    training, session = open_training(perimeter=perimeter)
    session.action.price = price
    session.action.save()
    if admission:
        AdmissionFactory(training=training, whole=True)
    enrolment = enrolments.enrol(user=user, training=training, session=session, acting_user=user, **kwargs)
    return EnrolmentFile.objects.with_parts().get(enrolment=enrolment)


def test_path_is_walked_then_read_again_then_sent(client, learner, offer):
    training, session = offer
    client.force_login(learner)
    address = fill(client, training, session)
    page = client.get(address).content.decode()
    assert "Un bac en 2008." in page
    assert "avec obligation de paiement" in page
    assert not html_problems(page)
    assert not Enrolment.objects.exists()

    version = EnrolmentDraft.objects.get().version
    sent = client.post(address, {"version": version, "early_start": "on"})

    file = EnrolmentFile.objects.get()
    assert sent.url == file.enrolment.get_absolute_url()
    assert (file.early_start, file.positioning.percent, file.prior_learning.declared) == (True, 67, "Un bac en 2008.")
    assert not EnrolmentDraft.objects.exists()
    page = client.get(sent.url).content.decode()
    assert "Pièce à fournir" in page
    assert not html_problems(page)


def test_what_changed_in_another_tab_is_read_again_before_it_is_sent(client, learner, offer):
    training, session = offer
    client.force_login(learner)
    address = fill(client, training, session)
    version = EnrolmentDraft.objects.get().version
    client.post(step_url(training, "acquis"), {"declared": "Autre chose.", "has_read": "on"})

    answer = client.post(address, {"version": version}).content.decode()
    assert "dans un autre onglet" in answer
    assert "Autre chose." in answer
    assert not Enrolment.objects.exists()
    client.post(address, {"version": EnrolmentDraft.objects.get().version})
    assert Enrolment.objects.exists()


def test_typing_is_kept_right_or_wrong_and_found_again(client, learner, offer):
    training, session = offer
    client.force_login(learner)
    keep = reverse("learners:enrol_save", args=[training.slug, "vous"])
    assert client.post(keep, {"session": session.pk, "public": "adult", "city": "Poit"}).status_code == 204
    wrong = client.post(step_url(training), {"session": session.pk, "public": "adult", "date_of_birth": "hier"})
    assert "Écrivez une date" in wrong.content.decode()

    page = client.get(step_url(training)).content.decode()
    assert 'value="hier"' in page
    assert "Écrivez une date" not in page
    assert "Reprendre ma demande" in client.get(reverse("learners:space")).content.decode()

    client.post(reverse("learners:enrol_drop", args=[training.slug]))
    assert not EnrolmentDraft.objects.exists()


def test_keeping_refuses_a_step_that_does_not_exist_and_a_visitor(client, learner, offer):
    training, _ = offer
    keep = reverse("learners:enrol_save", args=[training.slug, "vous"])
    assert client.post(keep, {"city": "Poitiers"}).status_code == 302
    client.force_login(learner)
    assert client.post(reverse("learners:enrol_save", args=[training.slug, "rien"])).status_code == 404
    assert client.get(keep).status_code == 405
    assert not EnrolmentDraft.objects.exists()


def test_step_jumped_leads_back_to_what_is_missing(client, learner, offer):
    training, session = offer
    client.force_login(learner)
    assert client.get(step_url(training, "envoi")).url == step_url(training)
    client.post(step_url(training), {"session": session.pk, "public": "adult"})
    assert client.post(step_url(training, "envoi"), {"version": "1"}).url == step_url(training, "acquis")
    assert client.get(step_url(training, "responsable")).status_code == 404


def test_minor_is_asked_for_an_adult_who_is_not_themselves(client, learner):
    training, session = open_training()
    session.action.price = None
    session.action.save()
    client.force_login(learner)
    born = f"01/01/{timezone.localdate().year - 15}"
    address = client.post(step_url(training), {"session": session.pk, "public": "pupil", "date_of_birth": born}).url
    assert address == step_url(training, "responsable")

    own = client.post(address, {"guardian_email": learner.email.upper(), "relationship": "parent"})
    assert "pas celle de l’apprenant" in own.content.decode()
    wrong = client.post(address, {"guardian_email": "pas une adresse", "relationship": "other"})
    assert "adresse électronique complète" in wrong.content.decode()
    send = client.post(address, {"guardian_email": "parent@exemple.example", "relationship": "tutor"}).url
    client.post(send, {"version": EnrolmentDraft.objects.get().version})

    assert Guardianship.objects.get().relationship == "tutor"
    assert EnrolmentFile.objects.get().waiting_on == "guardian"


@pytest.fixture
def ward(learner):
    """A minor's file, and the adult who signs for them."""
    born = date(timezone.localdate().year - 15, 1, 1)
    file = ask(learner, identity=Identity(public=LearnerPublic.PUPIL, date_of_birth=born), admission=True)
    return file, GuardianshipFactory(accepted=True, learner=file.enrolment.learner).guardian


def test_guardian_reads_agrees_and_sends_a_piece(client, ward):
    file, guardian = ward
    client.force_login(guardian)
    assert "attend votre accord" in client.get(reverse("learners:space")).content.decode()
    url = reverse("learners:agreement", args=[file.pk])
    page = client.get(url).content.decode()
    assert not html_problems(page)
    text = files.agreement_text(file)

    assert client.post(url, {"reponse": "oui", "texte": "autre"}).status_code == 409
    assert client.post(url, {"texte": text}).status_code == 409
    assert not GuardianAgreement.objects.exists()
    client.post(url, {"reponse": "oui", "texte": text})
    assert GuardianAgreement.objects.get().given_by == guardian
    assert client.post(url, {"reponse": "oui", "texte": text}).status_code == 302
    assert client.post(url, {"reponse": "non", "texte": text}).status_code == 409

    piece = file.pieces.get()
    sent = client.post(
        reverse("learners:piece", args=[piece.pk]), {"content": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}
    )
    assert sent.url == url


@pytest.mark.parametrize("who", ["stranger", "learner"])
def test_nobody_else_opens_the_agreement(client, ward, who):
    file, _ = ward
    client.force_login(file.enrolment.learner.user if who == "learner" else UserFactory())
    assert client.get(reverse("learners:agreement", args=[file.pk])).status_code == 404


def test_wrong_file_is_said_beside_the_field_and_the_former_is_kept(client, learner):
    piece = ask(learner, admission=True).pieces.get()
    client.force_login(learner)
    url = reverse("learners:piece", args=[piece.pk])
    client.post(url, {"content": SimpleUploadedFile("bon.pdf", b"%PDF-1.7 bon")})
    for name, content in (("cv.exe", b"MZ"), ("faux.pdf", b"<html>"), ("vide.pdf", b"")):
        page = client.post(url, {"content": SimpleUploadedFile(name, content)}).content.decode()
        assert 'id="id_content-desc-error"' in page
        assert not html_problems(page)
    both = [SimpleUploadedFile("un.pdf", b"%PDF-1.7 un"), SimpleUploadedFile("photo.jpg", b"\xff\xd8\xff")]
    assert "Envoyez un seul fichier" in client.post(url, {"content": both}).content.decode()
    missing = client.post(url, {}).content.decode()
    assert "Choisissez un fichier." in missing

    piece.refresh_from_db()
    assert piece.name == "bon.pdf"
    answer = client.get(reverse("learners:piece_file", args=[piece.pk]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 bon"
    assert "attachment" in answer["Content-Disposition"]
    client.force_login(UserFactory())
    assert client.get(reverse("learners:piece_file", args=[piece.pk])).status_code == 404
    assert client.post(url, {"content": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}).status_code == 404


def test_payment_by_the_sandbox_is_refused_then_made(client, learner, settings):
    file = ask(learner, price=Decimal(200), perimeter=Perimeter.REGULATED)
    payment = file.payments[0]
    client.force_login(learner)
    assert "Choisissez un moyen" in client.post(payment.get_absolute_url(), {}).content.decode()
    bank = client.post(payment.get_absolute_url(), {"means": "sandbox"}).url
    assert not html_problems(client.get(bank).content.decode())
    assert client.post(bank, {"reponse": "refuser"}).url == payment.get_absolute_url()
    assert "a refusé" in client.get(payment.get_absolute_url()).content.decode()
    for _ in range(2):
        client.post(bank, {"reponse": "accepter"})
    payment.refresh_from_db()
    assert payment.state == "paid"

    settings.PAYMENT_SANDBOX = False
    assert client.get(bank).status_code == 404
    client.force_login(UserFactory())
    assert client.get(payment.get_absolute_url()).status_code == 404


def test_transfer_shows_what_to_write(client, learner, settings):
    payment = ask(learner, price=Decimal(200), perimeter=Perimeter.REGULATED).payments[0]
    client.force_login(learner)
    client.post(payment.get_absolute_url(), {"means": "offline"})
    page = client.get(payment.get_absolute_url()).content.decode()
    assert payment.transfer_label in page
    assert settings.BANK_IBAN in page


def test_quote_that_changed_is_read_again(client, learner):
    file = ask(learner)
    payments.quote_price(file, amount=Decimal(500), acting_user=None)
    client.force_login(learner)
    url = reverse("learners:file_quote", args=[file.pk])
    assert not html_problems(client.get(url).content.decode())
    assert client.post(url, {"montant": "400.00", "fundings": ["self"]}).status_code == 409
    assert "au moins un financement" in client.post(url, {"montant": "500.00"}).content.decode()
    client.post(url, {"montant": "500.00", "fundings": ["self"]})
    file.refresh_from_db()
    assert file.price_accepted_at


def test_withdrawal_is_explained_then_done_once(client, learner):
    file = ask(learner)
    url = reverse("learners:file_withdraw", args=[file.pk])
    client.force_login(learner)
    assert client.get(url).status_code == 404
    enrolments.confirm_enrolment(file.enrolment, acting_user=None)
    assert "Renoncer au contrat ici" in client.get(file.enrolment.get_absolute_url()).content.decode()
    page = client.get(url).content.decode()
    assert not html_problems(page)
    assert "Je renonce au contrat" in page
    assert "Confirmer la rétractation" in page
    client.post(url)
    file.enrolment.refresh_from_db()
    assert file.enrolment.state == "cancelled"
    assert client.post(url).status_code == 409


@pytest.mark.parametrize("count", [1, 3])
def test_space_reads_files_in_a_fixed_number_of_queries(client, learner, count, django_assert_num_queries):
    for _ in range(count):
        ask(learner, price=Decimal(200), perimeter=Perimeter.REGULATED, admission=True)
    client.force_login(learner)
    client.get(reverse("learners:space"))
    with django_assert_num_queries(9):  # with the pieces, the funders and the payments of the files
        client.get(reverse("learners:space"))


def test_means_is_the_one_the_provider_has(learner):
    payment = ask(learner, price=Decimal(200), perimeter=Perimeter.REGULATED).payments[0]
    payments.start_payment(payment, means=Means.OFFLINE, acting_user=learner)
    with pytest.raises(payments.Refusal):
        payments.settle_payment(payment.reference, means=Means.SANDBOX, is_paid=True, acting_user=None)
