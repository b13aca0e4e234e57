"""« Mon baccalauréat », the desk of candidates and the context of a ticket: who reads, who writes, what is said."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.domain.queries.context import bac_registrations_of
from exams.domain.importing import HEADINGS
from exams.enums import Academy, Honours, Outcome, Papers, Regime, RegistrationState
from exams.models import BacRegistration, BacResult
from learners.domain.space import kept_addresses, sections
from learners.enums import LearnerPublic, Relationship
from learners.models import FileAccess
from tests.crc.factories import make_ticket
from tests.exams.factories import (
    BacRegistrationFactory,
    BacResultFactory,
    ExamDatesFactory,
    ExamSessionFactory,
)
from tests.learners.factories import GuardianshipFactory, LearnerProfileFactory

pytestmark = pytest.mark.django_db
PAGE = "/mon-espace/baccalaureat/"


@pytest.fixture
def me(client):
    learner = LearnerProfileFactory()
    client.force_login(learner.user)
    return learner


def form(**fields):
    session = ExamSessionFactory(year=timezone.localdate().year)
    said = {
        "session": session.year,
        "papers": Papers.FINAL,
        "regime": Regime.FREE,
        "study": "generale:general",
        "specialities": ["ses", "mathematiques"],
        "academy": Academy.RENNES,
        "is_made": "non",
    }
    return said | fields


def text(answer):
    return " ".join(answer.content.decode().split())


class TestPage:
    def test_person_announces_says_it_is_made_and_gives_up(self, client, me):
        assert client.post(f"{PAGE}annoncer/", form()).status_code == 302
        item = BacRegistration.objects.get()
        assert (item.learner, item.state) == (me, RegistrationState.INTENDED)
        assert "Le Cned ne vous inscrit pas" in text(client.get(PAGE))
        client.post(f"{PAGE}{item.pk}/faite/")
        assert "Faite, à confirmer" in text(client.get(PAGE))
        assert client.post(f"{PAGE}{item.pk}/corriger/", form(regime=Regime.REGULATED)).status_code == 302
        client.post(f"{PAGE}{item.pk}/renoncer/")
        item.refresh_from_db()
        assert (item.regime, item.state) == (Regime.REGULATED, RegistrationState.CANCELLED)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"session": ""}, "Choisissez la session"),
            ({"session": "1999"}, "Cette session n’est pas une de celles"),
            ({"session": "x"}, "Cette session n’est pas une de celles"),
            ({"study": "generale:stmg"}, "Cette série n’est pas de cette voie"),
            ({"study": "technologique:stmg"}, "Seule la voie générale"),
            ({"specialities": ["ses", "nsi", "arts"]}, "deux spécialités différentes"),
            ({"academy": "france"}, "Cette académie n’est pas connue"),
            ({"is_made": ""}, "Dites si l’inscription est faite"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_kept(self, client, me, wrong, said):
        answer = client.post(f"{PAGE}annoncer/", form(**wrong))
        assert answer.status_code == 200
        assert said in text(answer)
        assert not BacRegistration.objects.exists()

    def test_announced_twice_is_a_conflict_that_keeps_what_was_typed(self, client, me):
        client.post(f"{PAGE}annoncer/", form())
        answer = client.post(f"{PAGE}annoncer/", form())
        assert answer.status_code == 409
        assert "déjà annoncé" in text(answer)
        assert BacRegistration.objects.count() == 1

    def test_result_is_told_in_plain_words_with_who_says_it(self, client, me):
        item = BacRegistrationFactory(learner=me, made=True)
        said = {"outcome": Outcome.ADMITTED_FIRST, "honours": Honours.GOOD, "average": "14,6"}
        assert client.post(f"{PAGE}{item.pk}/resultat/", said).status_code == 302
        shown = text(client.get(PAGE))
        assert "Admis au 1er groupe, mention bien (14,60 sur 20)" in shown
        assert "pas encore confirmé" in shown
        BacRegistration.objects.update(state=RegistrationState.CONFIRMED, confirmed_at=timezone.now())
        BacResultFactory(registration=item, confirmed=True)
        assert "Résultat confirmé d’après l’académie" in text(client.get(PAGE))
        assert client.post(f"{PAGE}{item.pk}/resultat/", said).status_code == 404

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"outcome": ""}, "Choisissez le résultat"),
            ({"average": "21"}, "Une moyenne va de 0 à 20"),
            ({"average": "NaN"}, "par exemple 12,35"),
            ({"average": "9"}, "Cette moyenne ne va pas"),
            ({"honours": "bien", "average": "12"}, "Cette mention ne va pas"),
            ({"outcome": "admis-2g", "honours": "bien"}, "Une mention ne s’obtient qu’au 1er groupe"),
        ],
    )
    def test_result_that_contradicts_itself_is_refused_beside_its_field(self, client, me, wrong, said):
        item = BacRegistrationFactory(learner=me, made=True)
        answer = client.post(f"{PAGE}{item.pk}/resultat/", {"outcome": "admis-1g", **wrong})
        assert answer.status_code == 200
        assert said in text(answer)
        assert not BacResult.objects.exists()

    def test_stranger_finds_nothing_to_open_nor_to_write(self, client, stranger, me):
        item = BacRegistrationFactory(learner=me, made=True)
        assert str(item.session.year) in text(client.get(PAGE))
        client.force_login(stranger)
        assert str(item.session.year) not in text(client.get(PAGE))
        for act in ("corriger", "resultat"):
            assert client.get(f"{PAGE}{item.pk}/{act}/").status_code == 404
        for act in ("corriger", "resultat", "faite", "renoncer"):
            assert client.post(f"{PAGE}{item.pk}/{act}/", form()).status_code == 404
        item.refresh_from_db()
        assert item.state == RegistrationState.DECLARED

    def test_reading_writes_nothing(self, client, me):
        item = BacRegistrationFactory(learner=me)
        for act in ("faite", "renoncer"):
            assert client.get(f"{PAGE}{item.pk}/{act}/").status_code == 405
        item.refresh_from_db()
        assert item.state == RegistrationState.INTENDED

    def test_without_a_file_nothing_is_announced(self, client, stranger):
        client.force_login(stranger)
        assert client.post(f"{PAGE}annoncer/", form()).status_code == 302
        assert "dossier d’apprenant s’ouvre" in text(client.get(PAGE))

    @pytest.mark.parametrize("relationship", [Relationship.PARENT, Relationship.OTHER])
    def test_guardian_who_signs_reads_and_writes_nothing(self, client, relationship):
        born = timezone.localdate() - timedelta(days=16 * 366)
        pupil = LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=born)
        item = BacRegistrationFactory(learner=pupil, made=True)
        bond = GuardianshipFactory(learner=pupil, accepted=True, relationship=relationship)
        client.force_login(bond.guardian)
        reads = relationship == Relationship.PARENT
        assert (f"inscription-{item.pk}" in text(client.get(PAGE))) is reads
        assert "Donner mon résultat" not in text(client.get(PAGE))
        assert client.post(f"{PAGE}{item.pk}/renoncer/").status_code == 404

    def test_queries_do_not_grow_with_the_rows(self, client, me):
        counts = []
        for year in (2024, 2025, 2026):
            session = ExamSessionFactory(year=year)
            ExamDatesFactory(
                session=session,
                opens_on=date(year - 1, 11, 3),
                closes_on=date(year - 1, 11, 28),
                results_on=date(year, 7, 3),
            )
            BacResultFactory(registration=BacRegistrationFactory(session=session, learner=me, confirmed=True))
            if year != 2025:
                with CaptureQueriesContext(connection) as queries:
                    client.get(PAGE)
                counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_menu_shows_it_to_candidates_and_devices_keep_it(self, me, stranger):
        assert reverse("exams:bac") in kept_addresses()
        BacRegistrationFactory(learner=me)
        assert "Mon baccalauréat" in {section.label for section in sections(me.user)}
        assert "Mon baccalauréat" not in {section.label for section in sections(stranger)}


class TestDesk:
    @pytest.fixture
    def analyst(self, client, staff):
        user = staff(Role.EXAM_ANALYST)
        client.force_login(user)
        return user

    def test_registration_then_result_are_confirmed_and_the_opening_is_noted(self, client, analyst):
        item = BacRegistrationFactory(made=True, academy="")
        url = reverse("admin:exams_candidate", kwargs={"pk": item.pk})
        assert item.learner.number in text(client.get(reverse("admin:exams_candidates")))
        assert client.post(url, {"acte": "confirmer", "academy": "france"}).status_code == 422
        assert client.post(url, {"acte": "confirmer", "academy": "lille"}).status_code == 302
        said = {"acte": "resultat", "outcome": "admis-1g", "honours": "bien", "average": "14,6", "academy": "lille"}
        assert client.post(url, said).status_code == 422
        assert client.post(url, said | {"source": "Relevé de notes"}).status_code == 302
        assert BacResult.objects.get().is_confirmed
        shown = text(client.get(url))
        assert "Inscription au baccalauréat confirmée" in shown
        assert "Annuler l’inscription" not in shown
        assert FileAccess.objects.filter(learner=item.learner, agent=analyst).count() == 1

    def test_refused_act_says_why_and_keeps_what_was_typed(self, client, analyst):
        item = BacRegistrationFactory(made=True, session__year=timezone.localdate().year + 1)
        url = reverse("admin:exams_candidate", kwargs={"pk": item.pk})
        said = {"acte": "resultat", "outcome": "absent", "academy": "lille", "source": "Relevé de notes"}
        answer = client.post(url, said)
        assert answer.status_code == 409
        assert "pas encore publiés" in text(answer)
        item.refresh_from_db()
        assert item.state == RegistrationState.DECLARED
        cancelled = BacResultFactory(registration=BacRegistrationFactory(confirmed=True)).registration
        refused = client.post(reverse("admin:exams_candidate", kwargs={"pk": cancelled.pk}), {"acte": "annuler"})
        assert (refused.status_code, "ne s’annule plus" in text(refused)) == (409, True)
        assert client.post(url, {"acte": "autre"}).status_code == 422

    def test_import_shows_each_wrong_line_then_writes(self, client, analyst):
        item = BacRegistrationFactory(made=True)
        url = reverse("admin:exams_import")

        def send(line, act):
            content = "\n".join([";".join(HEADINGS), line]).encode()
            said = {"file": SimpleUploadedFile("resultats.csv", content), "source": "Liste fictive", "act": act}
            return client.post(url, said)

        number, year = item.learner.number, item.session.year
        wrong = send(f"{number};{year};peut-être;;;;;", "ecrire")
        assert wrong.status_code == 422
        assert "Ligne 2, résultat : valeur inconnue" in text(wrong)
        assert "à confirmer" in text(send(f"{number};{year};absent;;;;;", "verifier"))
        assert not BacResult.objects.exists()
        assert send(f"{number};{year};absent;;;;;", "ecrire").status_code == 302
        assert BacResult.objects.get().outcome == Outcome.ABSENT
        unread = client.post(url, {"file": SimpleUploadedFile("x.csv", b"a\0b"), "source": "x", "act": "ecrire"})
        assert "ni un CSV" in text(unread)

    def test_list_costs_the_same_with_one_and_three(self, client, analyst):
        counts = []
        for _ in range(3):
            BacResultFactory(registration=BacRegistrationFactory(made=True))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse("admin:exams_candidates"))
            counts.append(len(queries))
        assert counts[0] == counts[2]

    def test_agent_of_the_desk_opens_no_candidate(self, client, agent):
        item = BacRegistrationFactory(made=True)
        client.force_login(agent)
        for url in (
            reverse("admin:exams_candidates"),
            reverse("admin:exams_candidate", kwargs={"pk": item.pk}),
            reverse("admin:exams_import"),
        ):
            assert client.get(url).status_code == 403


class TestTicket:
    def test_agent_sees_where_the_requester_stands_and_no_outcome(self, agent, staff):
        result = BacResultFactory(honours=Honours.GOOD, confirmed=True)
        item = result.registration
        ticket = make_ticket(requester=item.learner.user)
        (line,) = bac_registrations_of(ticket, agent)
        assert line.startswith(f"Session {item.session.year}, épreuves terminales, Générale")
        assert line.endswith("confirmée, académie : Rennes, résultat confirmé")
        assert "bien" not in line
        assert bac_registrations_of(ticket, staff(Role.TUTOR)) == []

    def test_typed_address_shows_nothing(self, agent):
        item = BacRegistrationFactory()
        ticket = make_ticket(requester=None, requester_email=item.learner.user.email)
        assert bac_registrations_of(ticket, agent) == []
