"""Enrolling from an application, from the first step to the payment: what the pages let do, the same refusals."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalogue.enums import Perimeter
from learners.domain.enrolments import confirm_enrolment
from learners.domain.files import check_piece
from learners.domain.payments import quote_price
from learners.enums import LearnerPublic, Means, PaymentState, PieceState
from learners.models import Enrolment, EnrolmentDraft, EnrolmentFile, Guardianship, Payment, Piece
from tests.api.calls import API, read, same_number_of_queries, send, upload
from tests.learners.factories import (
    AdmissionFactory,
    EnrolmentFactory,
    EnrolmentFileFactory,
    GuardianshipFactory,
    LearnerProfileFactory,
)
from tests.learners.factories import open_training as make_open_training
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 fictif"


@pytest.fixture
def signed(client, learner):
    client.force_login(learner)
    return client


@pytest.fixture
def offer():
    """A training that asks everything at the entry, at a price."""
    training, session = make_open_training(perimeter=Perimeter.COMPETITIVE, prerequisites="Un CAP.")
    session.action.price = Decimal("1000.00")
    session.action.save()
    AdmissionFactory(training=training, whole=True)
    return training, session


def fill(client, training, step, **values):
    fields = [
        {"nom": name, "valeurs": value if isinstance(value, list) else [str(value)]} for name, value in values.items()
    ]
    return send(client, "put", f"moi/brouillons/{training.slug}/etapes/{step}/", {"champs": fields})


def fill_all(client, training, session):
    """Every step of the path, right; the draft as it then is."""
    fill(client, training, "vous", session=session.pk, public="adult", pays="France")
    fill(client, training, "acquis", acquis="Un CAP, en 2019.", prerequis_lus="true")
    questions = step_of(read(client, f"moi/brouillons/{training.slug}/"), "positionnement")["champs"]
    fill(client, training, "positionnement", **{field["nom"]: 3 for field in questions})
    return fill(client, training, "prix", financements=["self"]).json()


def step_of(draft, name):
    return next(step for step in draft["etapes"] if step["nom"] == name)


def enrol(client, offer):
    """The file of a request sent by the API."""
    version = fill_all(client, *offer)["version"]
    sent = send(client, "post", f"moi/brouillons/{offer[0].slug}/envoi/", {"version": version})
    assert sent.status_code == 201, sent.content
    return EnrolmentFile.objects.get(enrolment=sent.json()["id"])


class TestDraft:
    def test_unknown_steps_appear_once_the_first_is_right_and_typing_is_kept(self, signed, offer):
        training, session = offer
        blank = read(signed, f"moi/brouillons/{training.slug}/")
        assert [step["nom"] for step in blank["etapes"]] == ["vous", "acquis", "positionnement"]
        assert (blank["version"], blank["suivante"], blank["ouverte"]) == (0, "vous", True)
        names = {field["nom"]: field for field in step_of(blank, "vous")["champs"]}
        assert names["public"]["nature"] == "choix"
        assert names["session"]["choix"][0]["valeur"] == str(session.pk)
        assert not EnrolmentDraft.objects.exists(), "reading writes nothing"

        wrong = fill(signed, training, "vous", session=session.pk, public="adult", date_naissance="31/31/1990").json()
        birth = next(field for field in step_of(wrong, "vous")["champs"] if field["nom"] == "date_naissance")
        assert birth["valeurs"] == ["31/31/1990"]
        assert birth["erreurs"] == ["Écrivez une date, par exemple 31/01/1990."]
        assert step_of(wrong, "vous")["etat"] == "a-corriger"

        right = fill(signed, training, "vous", session=session.pk, public="adult").json()
        assert [step["nom"] for step in right["etapes"]] == ["vous", "acquis", "positionnement", "prix"]
        assert (right["prix"], right["suivante"], step_of(right, "vous")["etat"]) == ("1000.00", "acquis", "remplie")
        assert [row["url"] for row in read(signed, "moi/brouillons/")] == [right["url"]]

    def test_a_minor_is_asked_for_a_guardian(self, signed, offer):
        training, session = offer
        told = fill(signed, training, "vous", session=session.pk, public="pupil").json()
        assert told["mineur"]
        assert "responsable" in [step["nom"] for step in told["etapes"]]

    def test_page_and_api_write_the_same_draft(self, signed, offer):
        training, session = offer
        signed.post(f"/formations/{training.slug}/inscription/", {"session": session.pk, "public": "adult"})
        told = read(signed, f"moi/brouillons/{training.slug}/")
        assert step_of(told, "vous")["etat"] == "remplie"

    @pytest.mark.parametrize("step", ["envoi", "lune", "responsable"])
    def test_step_that_is_not_of_the_path_is_not_found(self, signed, offer, step):
        fill(signed, offer[0], "vous", session=offer[1].pk, public="adult")
        assert fill(signed, offer[0], step, public="adult").status_code == 404

    def test_is_sent_once_read_and_only_as_read(self, signed, learner, offer):
        training, session = offer
        url = f"moi/brouillons/{training.slug}/envoi/"
        fill(signed, training, "vous", session=session.pk, public="adult")
        unfinished = send(signed, "post", url, {"version": 1})
        assert (unfinished.status_code, unfinished.json()["detail"]) == (409, "Il reste une étape à remplir.")

        version = fill_all(signed, training, session)["version"]
        changed = send(signed, "post", url, {"version": version - 1})
        assert changed.status_code == 409
        assert "a changé" in changed.json()["detail"]
        assert not Enrolment.objects.exists()

        sent = send(signed, "post", url, {"version": version}, key="envoi")
        again = send(signed, "post", url, {"version": version}, key="envoi")
        assert (sent.status_code, again.status_code) == (201, 201), sent.content
        assert again.json() == sent.json()
        assert Enrolment.objects.of_user(learner).count() == 1
        assert not EnrolmentDraft.objects.exists()
        assert send(signed, "post", url, {"version": version}, key="autre").status_code == 409
        assert signed.get(f"{API}moi/brouillons/{training.slug}/").status_code == 409

    def test_is_given_up(self, signed, offer):
        fill(signed, offer[0], "vous", public="adult")
        url = f"{API}moi/brouillons/{offer[0].slug}/"
        assert [signed.delete(url).status_code, signed.delete(url).status_code] == [204, 204]
        assert not EnrolmentDraft.objects.exists()

    def test_list_asks_the_same_queries_whatever_its_length(self, signed, learner):
        def add():
            EnrolmentDraft.objects.create(user=learner, training=make_open_training()[0])

        assert same_number_of_queries(signed, "moi/brouillons/", add)


class TestFile:
    def test_says_what_is_expected_and_what_was_decided(self, signed, offer):
        file = enrol(signed, offer)
        told = read(signed, f"moi/dossiers/{file.pk}/")
        assert told["attendu"] == [{"de_qui": "learner", "texte": "Pièce à fournir : Pièce d’identité."}]
        assert (told["positionnement"]["pourcentage"], told["acquis"]["acquis"]) == (100, "Un CAP, en 2019.")
        assert [row["montant"] for row in told["paiements"]] == ["300.00", "700.00"]
        assert read(signed, f"moi/inscriptions/{file.enrolment_id}/")["dossier"] == told["url"]
        page = signed.get(file.enrolment.get_absolute_url()).content.decode()
        assert all(item["texte"] in page for item in told["attendu"])

    def test_questionnaire_and_prior_learning_come_after_the_request(self, signed, learner, offer):
        training, session = offer
        asked = {"formation": training.slug, "session": session.pk, "public": "adult"}
        made = send(signed, "post", "moi/inscriptions/", asked).json()
        url = "moi/dossiers/" + made["dossier"].rstrip("/").rpartition("/")[2] + "/"
        questions = read(signed, f"{url}positionnement/")
        assert questions["echelle"][0]["libelle"] == "Pas du tout"
        answers = [{"question": row["id"], "valeur": 1} for row in questions["questions"]]
        missing = send(signed, "post", f"{url}positionnement/", {"reponses": answers[:1]}, key="p0")
        assert missing.status_code == 400
        told = send(signed, "post", f"{url}positionnement/", {"reponses": answers}, key="p1")
        assert told.json()["positionnement"]["pourcentage"] == 33
        twice = send(signed, "post", f"{url}positionnement/", {"reponses": answers}, key="p2")
        assert (twice.status_code, twice.json()["detail"]) == (409, "Ce questionnaire est déjà rempli.")
        unread = send(signed, "post", f"{url}acquis/", {"acquis": "Un CAP.", "prerequis_lus": False}, key="a0")
        assert "prerequis_lus" in unread.json()["errors"]
        said = {"acquis": "Un CAP.", "prerequis_lus": True}
        assert send(signed, "post", f"{url}acquis/", said, key="a1").json()["acquis"]["acquis"] == "Un CAP."

    def test_questionnaire_that_is_gone_is_refused_not_failed(self, signed, learner):
        profile = LearnerProfileFactory(user=learner)
        file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=profile), needs_positioning=True)
        assert read(signed, f"moi/dossiers/{file.pk}/positionnement/")["questions"] == []
        refused = send(signed, "post", f"moi/dossiers/{file.pk}/positionnement/", {"reponses": []})
        assert (refused.status_code, "plus de questionnaire" in refused.json()["detail"]) == (409, True)

    def test_piece_is_judged_sent_refused_and_sent_again(self, signed, offer):
        file = enrol(signed, offer)
        piece = file.pieces.get()
        url = f"moi/pieces/{piece.pk}/"
        wrong = upload(signed, f"{url}fichier/", b"MZ programme", name="piece.pdf", key="1")
        assert wrong.status_code == 400
        assert "fichier" in wrong.json()["errors"]
        assert upload(signed, f"{url}fichier/", None, key="2").status_code == 400
        heavy = upload(signed, f"{url}fichier/", PDF + b"0" * 10 * 1024**2, key="3")
        assert (heavy.status_code, heavy.json()["detail"]) == (413, "Ce fichier dépasse 10 Mo.")
        assert read(signed, url)["etat"] == PieceState.MISSING

        sent = upload(signed, f"{url}fichier/", PDF, key="4")
        again = upload(signed, f"{url}fichier/", PDF, key="4")
        assert (sent.status_code, sent.json()["etat"], again.json()) == (201, "to_check", sent.json())
        assert b"".join(signed.get(f"{API}{url}fichier/").streaming_content) == PDF

        piece.refresh_from_db()
        check_piece(piece, sha256=piece.sha256, accepted=False, reason="Illisible.", acting_user=None)
        told = read(signed, url)
        assert (told["etat_libelle"], told["raison"], told["a_envoyer"]) == ("À fournir de nouveau", "Illisible.", True)
        assert upload(signed, f"{url}fichier/", PDF + b"2", key="5").status_code == 201
        piece.refresh_from_db()
        check_piece(piece, sha256=piece.sha256, accepted=True, acting_user=None)
        late = upload(signed, f"{url}fichier/", PDF, key="6")
        assert (late.status_code, late.json()["detail"]) == (409, "Cette pièce est déjà acceptée.")

    def test_quote_is_accepted_as_it_was_read(self, signed, learner):
        training, session = make_open_training(perimeter=Perimeter.COMPETITIVE)
        session.action.price = None
        session.action.save()
        profile = LearnerProfileFactory(user=learner)
        file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=profile, training=training, session=session))
        url = f"moi/dossiers/{file.pk}/devis/"
        assert send(signed, "post", url, {"montant": "900.00", "financements": ["self"]}).status_code == 404
        quote_price(file, amount=Decimal("900.00"), acting_user=None)
        told = read(signed, f"moi/dossiers/{file.pk}/")
        assert (told["devis_a_accepter"], told["financements_offerts"][0]["financement"]) == (True, "self")
        old = send(signed, "post", url, {"montant": "800.00", "financements": ["self"]}, key="a")
        assert old.status_code == 409
        unknown = send(signed, "post", url, {"montant": "900.00", "financements": ["opco"]}, key="b")
        assert "financements" in unknown.json()["errors"]
        done = send(signed, "post", url, {"montant": "900.00", "financements": ["self"]}, key="c")
        assert (done.status_code, done.json()["devis_a_accepter"]) == (201, False)

    def test_withdrawal_lasts_for_the_legal_days(self, signed, offer):
        file = enrol(signed, offer)
        url = f"moi/dossiers/{file.pk}/retractation/"
        assert send(signed, "post", url, {"confirmation": True}, key="a").status_code == 404
        Piece.objects.filter(file=file).delete()
        for part in (file.positioning, file.prior_learning):
            part.decision, part.reason, part.decided_at = "favourable", "Adapté.", timezone.now()
            part.save()
        confirm_enrolment(file.enrolment, acting_user=None)
        assert read(signed, f"moi/dossiers/{file.pk}/")["retractation_possible"]
        assert send(signed, "post", url, {"confirmation": False}, key="b").status_code == 400
        gone = send(signed, "post", url, {"confirmation": True}, key="c").json()
        assert (gone["etat"], gone["retractation_possible"]) == ("cancelled", False)
        late = send(signed, "post", url, {"confirmation": True}, key="d")
        assert late.json()["detail"] == "Le délai de rétractation ne court pas pour cette inscription."

    def test_list_asks_the_same_queries_whatever_its_length(self, signed, learner):
        profile = LearnerProfileFactory(user=learner)

        def add():
            file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=profile))
            Piece.objects.create(file=file, label="Pièce", why="Pour voir")

        assert same_number_of_queries(signed, "moi/dossiers/", add, "dossiers")

    def test_signing_guardian_reads_and_completes_the_file_of_the_minor_another_finds_nothing(self, client, offer):
        minor = LearnerProfileFactory(public=LearnerPublic.PUPIL)
        file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=minor), needs_agreement=True)
        piece = Piece.objects.create(file=file, label="Livret", why="Pour voir")
        bond = GuardianshipFactory(learner=minor, accepted=True)
        client.force_login(bond.guardian)
        assert read(client, f"moi/dossiers/{file.pk}/")["a_vous"] is False
        assert upload(client, f"moi/pieces/{piece.pk}/fichier/", PDF).status_code == 201
        client.force_login(UserFactory())
        assert client.get(f"{API}moi/dossiers/{file.pk}/").status_code == 404
        assert upload(client, f"moi/pieces/{piece.pk}/fichier/", PDF).status_code == 404

    def test_minor_invites_who_signs(self, signed, learner):
        minor = LearnerProfileFactory(user=learner, public=LearnerPublic.PUPIL)
        file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=minor), needs_agreement=True)
        url = f"moi/dossiers/{file.pk}/responsable/"
        own = send(signed, "post", url, {"courriel": learner.email, "lien": "parent"}, key="a")
        assert "courriel" in own.json()["errors"]
        trusted = send(signed, "post", url, {"courriel": "ami@exemple.example", "lien": "other"}, key="b")
        assert "lien" in trusted.json()["errors"], "only who signs is invited here"
        assert send(signed, "post", url, {"courriel": "parent@exemple.example", "lien": "parent"}).status_code == 201
        assert Guardianship.objects.get().invited_email == "parent@exemple.example"


class TestPayments:
    @pytest.fixture
    def payment(self, signed, offer):
        file = enrol(signed, offer)
        return Payment.objects.filter(funding__file=file).order_by("rank").first()

    def test_nothing_is_paid_before_it_is_due_then_by_transfer_or_card(self, signed, payment, settings):
        settings.PAYMENT_SANDBOX = True
        url = f"moi/paiements/{payment.pk}/"
        early = send(signed, "post", f"{url}moyen/", {"moyen": "offline"}, key="a")
        assert early.json()["detail"] == "Rien n’est à payer avant la date indiquée."
        Payment.objects.filter(pk=payment.pk).update(due_on=timezone.localdate() - timedelta(days=1))
        assert [row["moyen"] for row in read(signed, url)["moyens"]] == ["offline", "sandbox"]

        transfer = send(signed, "post", f"{url}moyen/", {"moyen": "offline"}, key="b").json()
        assert transfer["virement"]["libelle"] == payment.transfer_label
        card = send(signed, "post", f"{url}moyen/", {"moyen": "sandbox"}, key="c").json()
        assert card["suite"].endswith(f"/mon-espace/paiements/essai/{payment.reference}/")
        assert card["virement"] is None
        signed.post(f"/mon-espace/paiements/essai/{payment.reference}/", {"reponse": "accepter"})
        paid = read(signed, url)
        assert (paid["etat"], paid["moyens"]) == (PaymentState.PAID, [])
        twice = send(signed, "post", f"{url}moyen/", {"moyen": "offline"}, key="d")
        assert twice.json()["detail"] == "Ce paiement n’est plus à faire : payé."

    def test_means_that_is_not_offered_is_refused(self, signed, payment, settings):
        settings.PAYMENT_SANDBOX = False
        Payment.objects.filter(pk=payment.pk).update(due_on=timezone.localdate())
        refused = send(signed, "post", f"moi/paiements/{payment.pk}/moyen/", {"moyen": "sandbox"}, key="a")
        assert (refused.status_code, refused.json()["detail"]) == (409, "Ce moyen de paiement n’est pas proposé.")
        payment.refresh_from_db()
        assert payment.means != Means.SANDBOX

    def test_list_asks_the_same_queries_whatever_its_length(self, signed, payment):
        def add():
            rank = Payment.objects.count() + 10
            Payment.objects.create(funding=payment.funding, rank=rank, amount=10, reference=f"essai-{rank}")

        Payment.objects.all().delete()
        assert same_number_of_queries(signed, "moi/paiements/", add, "paiements")
