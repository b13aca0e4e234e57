"""« Mon organisation » by the API: each role does what it does on the site, another organisation is not found."""

import pytest

from cned_portal.common.outbox.models import Mail
from learners.domain.organisations.follow_up import WAITING
from learners.domain.organisations.groups import process_group
from learners.domain.organisations.members import invite_member
from learners.domain.organisations.quotes import request_quote, send_quote
from learners.domain.organisations.relations import add_file
from learners.enums import EnrolmentState, MemberRole, OrganisationFileKind, QuoteState
from learners.models import (
    Enrolment,
    GroupEnrolment,
    MemberInvitation,
    OrganisationFile,
    OrganisationMember,
    Quote,
    Seat,
    Voucher,
)
from tests.api.calls import API, read, same_number_of_queries, send, upload
from tests.learners.factories import (
    EnrolmentFactory,
    LearnerProfileFactory,
    OrganisationFactory,
    QuoteFactory,
    member_of,
    people_file,
    voucher_for,
)
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 fictif"
ALIX = ("Exemple", "Alix", "alix@exemple.example")
LOU = ("Fictif", "Lou", "lou@exemple.example")


@pytest.fixture
def body():
    return OrganisationFactory(name="Lycée Modèle")


@pytest.fixture
def home(body):
    return f"moi/organisations/{body.pk}/"


@pytest.fixture
def act_as(client, body):
    """Sign in as a member in a role; their client."""

    def sign_in(role=MemberRole.MANAGER):
        client.force_login(member_of(body, role))
        return client

    return sign_in


class TestMembers:
    def test_person_sees_their_organisations_and_role(self, act_as, body, home):
        client = act_as(MemberRole.READER)
        voucher_for(body)
        OrganisationFactory()
        row = read(client, "moi/organisations/")
        assert [(one["nom"], one["role"], one["inscrit"]) for one in row] == [("Lycée Modèle", "reader", False)]
        assert [one["code"] for one in read(client, home)["bons"]] == [None], "a reader is not told the codes"
        assert read(act_as(MemberRole.CONTACT), home)["bons"][0]["code"]

    def test_manager_invites_changes_roles_and_lets_go_but_not_the_last(self, act_as, body, home):
        client = act_as()
        said = {"courriel": "lou@exemple.example", "role": "contact"}
        invited = send(client, "post", f"{home}invitations/", said, key="a")
        assert invited.status_code == 201, invited.content
        twice = send(client, "post", f"{home}invitations/", said, key="b")
        assert twice.json()["detail"] == "Cette personne est déjà invitée."
        pk = invited.json()["id"]
        assert send(client, "post", f"{home}invitations/{pk}/renvoi/", key="c").status_code == 201
        assert Mail.objects.filter(to="lou@exemple.example").count() == 2
        assert client.delete(f"{API}{home}invitations/{pk}/").status_code == 204
        assert read(client, f"{home}invitations/") == []

        colleague = OrganisationMember.objects.get(user=member_of(body, MemberRole.READER))
        told = send(client, "patch", f"{home}membres/{colleague.pk}/", {"role": "contact"})
        assert (told.status_code, told.json()["role_libelle"]) == (200, "Gestionnaire")
        assert client.delete(f"{API}{home}membres/{colleague.pk}/").status_code == 204
        last = OrganisationMember.objects.get(organisation=body)
        refused = client.delete(f"{API}{home}membres/{last.pk}/")
        assert (refused.status_code, "au moins un responsable" in refused.json()["detail"]) == (409, True)

    @pytest.mark.parametrize("role", [MemberRole.CONTACT, MemberRole.READER])
    def test_who_does_not_manage_finds_no_invitation_and_changes_no_member(self, act_as, body, home, role):
        client = act_as(role)
        said = {"courriel": "lou@exemple.example", "role": "manager"}
        assert send(client, "post", f"{home}invitations/", said).status_code == 404
        assert client.get(f"{API}{home}invitations/").status_code == 404
        own = OrganisationMember.objects.get(organisation=body)
        assert send(client, "patch", f"{home}membres/{own.pk}/", {"role": "manager"}).status_code == 404
        assert not MemberInvitation.objects.exists()
        assert len(read(client, f"{home}membres/")) == 1

    def test_link_makes_a_member_once(self, client, body, monkeypatch):
        user = member_of(OrganisationFactory())
        client.force_login(user)
        monkeypatch.setattr("learners.domain.organisations.members.secrets.token_urlsafe", lambda size: "le-jeton")
        invite_member(body, email=user.email, role=MemberRole.READER, acting_user=None)
        assert send(client, "post", "moi/organisations/", {"jeton": "autre"}, key="a").status_code == 409
        joined = send(client, "post", "moi/organisations/", {"jeton": "le-jeton"}, key="b")
        assert (joined.status_code, joined.json()["role"]) == (201, "reader")

    def test_organisations_ask_the_same_queries_whatever_their_number(self, client):
        user = UserFactory()
        client.force_login(user)

        def add():
            OrganisationMember.objects.create(organisation=OrganisationFactory(), user=user, role=MemberRole.READER)

        assert same_number_of_queries(client, "moi/organisations/", add)

    def test_invitations_ask_the_same_queries_whatever_their_number(self, act_as, body, home):
        client = act_as()

        def add():
            email = f"lou{body.invitations.count()}@exemple.example"
            invite_member(body, email=email, role=MemberRole.READER, acting_user=None)

        assert same_number_of_queries(client, f"{home}invitations/", add)

    def test_members_ask_the_same_queries_whatever_their_number(self, act_as, body, home):
        client = act_as()
        OrganisationMember.objects.all().delete()
        mine = OrganisationMember(organisation=body, user_id=int(client.session["_auth_user_id"]), role="manager")

        def add():
            member_of(body) if mine.pk else mine.save()

        assert same_number_of_queries(client, f"{home}membres/", add)


class TestQuotes:
    @pytest.fixture
    def offered(self, body):
        quote = QuoteFactory(organisation=body)
        send_quote(quote, acting_user=None)
        return quote

    def test_is_asked_for_then_read_and_signed_and_the_seats_open(self, act_as, body, home):
        client = act_as(MemberRole.CONTACT)
        asked = send(client, "post", f"{home}devis/", {"besoin": "Dix places de CAP."}, key="a")
        assert (asked.status_code, asked.json()["etat_libelle"]) == (201, "Demandé")
        quote = QuoteFactory(organisation=body)
        assert [row["id"] for row in read(client, f"{home}devis/")["devis"]] == [asked.json()["id"]], "a draft is ours"
        send_quote(quote, acting_user=None)
        url = f"{home}devis/{quote.pk}/"
        told = read(client, url)
        assert (told["total"], told["lignes"][0]["places"], told["a_repondre"]) == ("268.50", 3, True)
        said = {"nom": "Dominique Exemple", "qualite": "Directrice", "accord": False}
        assert "accord" in send(client, "post", f"{url}signature/", said, key="b").json()["errors"]
        signed = send(client, "post", f"{url}signature/", {**said, "accord": True}, key="c")
        again = send(client, "post", f"{url}signature/", {**said, "accord": True}, key="c")
        assert (signed.status_code, again.json()) == (201, signed.json())
        assert told["mots"].split("…")[0] in signed.json()["texte_signe"]
        assert [row["places"] for row in signed.json()["bons"]] == [3]
        late = send(client, "post", f"{url}refus/", {"raison": "Trop cher."}, key="d")
        assert (late.status_code, "accepté" in late.json()["detail"]) == (409, True)

    def test_is_accepted_by_an_order_judged_by_its_content(self, act_as, home, offered):
        client = act_as()
        url = f"{home}devis/{offered.pk}/commande/"
        wrong = upload(client, url, b"MZ programme", name="bon.pdf", key="a", numero="BC-1")
        assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["fichier"])
        assert not Voucher.objects.exists()
        unnamed = upload(client, url, PDF, key="b")
        assert "numero" in unnamed.json()["errors"]
        done = upload(client, url, PDF, key="c", numero="BC-1")
        assert (done.status_code, done.json()["etat"]) == (201, QuoteState.ACCEPTED)

    def test_reader_reads_and_answers_nothing(self, act_as, body, home, offered):
        client = act_as(MemberRole.READER)
        assert read(client, f"{home}devis/{offered.pk}/")["a_repondre"]
        assert send(client, "post", f"{home}devis/", {"besoin": "Dix places."}).status_code == 404
        assert send(client, "post", f"{home}devis/{offered.pk}/refus/", {"raison": "Non."}).status_code == 404
        assert Quote.objects.get().state == QuoteState.SENT

    def test_list_asks_the_same_queries_whatever_its_length(self, act_as, body, home):
        client = act_as()

        def add():
            request_quote(body, request="Dix places.", acting_user=OrganisationMember.objects.first().user)

        assert same_number_of_queries(client, f"{home}devis/", add, "devis")


class TestGroups:
    @pytest.fixture
    def voucher(self, body):
        return voucher_for(body, seats=5)

    def test_list_is_checked_corrected_line_by_line_and_accepted(self, act_as, home, voucher):
        client = act_as(MemberRole.CONTACT)
        assert upload(client, f"{home}listes/", b"", key="0", bon=str(voucher.pk)).status_code == 400
        content = people_file(ALIX, ("Fictif", "Lou", "pas une adresse"))
        sent = upload(client, f"{home}listes/", content, name="liste.csv", key="a", bon=str(voucher.pk))
        assert (sent.status_code, sent.json()["etat"]) == (201, "pending"), sent.content
        url = f"{home}listes/{sent.json()['id']}/"
        early = send(client, "post", f"{url}acceptation/", {"mode": "good"}, key="b")
        assert early.status_code == 409
        process_group(sent.json()["id"])
        told = read(client, url)
        assert (told["a_inscrire"], told["a_corriger"], told["a_accepter"]) == (1, 1, True)
        wrong = read(client, f"{url}lignes/?effet=refused")["lignes"]
        assert [(row["personne"], row["refus"][0]["champ"]) for row in wrong] == [
            ("Lou Fictif", "adresse électronique")
        ]
        table = b"".join(client.get(f"{API}{url}a-corriger/fichier/").streaming_content).decode()
        assert "pas une adresse" in table
        assert not Enrolment.objects.exists()

        accepted = send(client, "post", f"{url}acceptation/", {"mode": "good"}, key="c")
        assert (accepted.status_code, accepted.json()["etape"]) == (201, "write")
        process_group(sent.json()["id"])
        assert read(client, url)["etat"] == "done"
        assert Seat.objects.get().given_name == "Alix Exemple"
        followed = read(client, f"{home}suivi/?etat={WAITING}")
        assert [(row["nom"], row["etat"]) for row in followed["apprenants"]] == [
            ("Alix Exemple", "En attente de la personne")
        ]

    def test_seats_of_another_organisation_are_not_offered_and_a_reader_deposits_nothing(self, act_as, home, voucher):
        client = act_as(MemberRole.CONTACT)
        other = voucher_for(OrganisationFactory())
        content = people_file(ALIX)
        refused = upload(client, f"{home}listes/", content, name="liste.csv", bon=str(other.pk))
        assert "bon" in refused.json()["errors"]
        reader = act_as(MemberRole.READER)
        sent = upload(reader, f"{home}listes/", content, name="liste.csv", bon=str(voucher.pk))
        assert (sent.status_code, GroupEnrolment.objects.count()) == (404, 0)

    def test_lists_ask_the_same_queries_whatever_their_length(self, act_as, body, home, voucher):
        client = act_as()

        def add():
            GroupEnrolment.objects.create(voucher=voucher, organisation=body, file="x", file_name="liste.csv")

        assert same_number_of_queries(client, f"{home}listes/", add, "listes")

    def test_follow_up_asks_the_same_queries_whatever_its_length(self, act_as, body, home):
        client = act_as()
        assert same_number_of_queries(
            client, f"{home}suivi/", lambda: EnrolmentFactory(organisation=body), "apprenants"
        )

    def test_follow_up_goes_by_pages(self, act_as, body, home):
        client = act_as()
        for _ in range(3):
            EnrolmentFactory(organisation=body)
        first = read(client, f"{home}suivi/?taille=2")
        last = client.get(first["suivant"]).json()
        assert (len(first["apprenants"]), len(last["apprenants"]), last["suivant"]) == (2, 1, None)
        assert client.get(f"{API}{home}suivi/?curseur=x").status_code == 400


class TestPapers:
    def test_list_asks_the_same_queries_whatever_its_length(self, act_as, body, home):
        client = act_as()

        def add():
            content = PDF + str(OrganisationFile.objects.count()).encode()
            kept = {"kind": OrganisationFileKind.OTHER, "title": "Annexe", "name": "annexe.pdf"}
            add_file(body, **kept, content=content, acting_user=None)

        assert same_number_of_queries(client, f"{home}documents/", add, "documents")

    def test_document_is_added_once_and_read(self, act_as, home):
        client = act_as(MemberRole.CONTACT)
        said = {"nature": "other", "titre": "Annexe"}
        made = upload(client, f"{home}documents/", PDF, key="a", **said)
        assert made.status_code == 201, made.content
        twice = upload(client, f"{home}documents/", PDF, key="b", **said)
        assert (twice.status_code, twice.json()["detail"]) == (409, "Ce document est déjà dans le dossier.")
        assert "titre" in upload(client, f"{home}documents/", PDF, key="c", nature="other").json()["errors"]
        assert read(client, f"{home}documents/")["documents"] == [made.json()]
        reader = act_as(MemberRole.READER)
        assert b"".join(reader.get(made.json()["url"]).streaming_content) == PDF
        assert upload(reader, f"{home}documents/", PDF + b"2", key="d", **said).status_code == 404
        assert OrganisationFile.objects.count() == 1


class TestSeats:
    def test_code_is_read_then_taken(self, client, body):
        voucher = voucher_for(body, seats=1)
        user = UserFactory()
        client.force_login(user)
        wrong = send(client, "post", "moi/bon/lecture/", {"code": "0000"}, key="a")
        assert "code" in wrong.json()["errors"]
        offered = send(client, "post", "moi/bon/lecture/", {"code": voucher.printed_code}, key="b")
        assert (offered.json()["organisation"], offered.json()["places_libres"]) == ("Lycée Modèle", True)
        assert not Enrolment.objects.exists()
        taken = send(client, "post", "moi/bon/", {"code": voucher.printed_code}, key="c")
        again = send(client, "post", "moi/bon/", {"code": voucher.printed_code}, key="c")
        assert (taken.status_code, again.json()) == (201, taken.json()), taken.content
        assert Seat.objects.get().enrolment.learner.user == user
        client.force_login(UserFactory())
        full = send(client, "post", "moi/bon/", {"code": voucher.printed_code})
        assert (full.status_code, full.json()["detail"]) == (409, "Il ne reste plus de place sur ce bon.")

    def test_list_asks_the_same_queries_whatever_its_length(self, client):
        learner = LearnerProfileFactory()
        client.force_login(learner.user)

        def add():
            given = OrganisationFactory()
            voucher = voucher_for(given)
            enrolment = EnrolmentFactory(learner=learner, training=voucher.training, organisation=given)
            Seat.objects.create(voucher=voucher, enrolment=enrolment, given_name="X", given_email="x@exemple.example")

        assert same_number_of_queries(client, "moi/places/", add)

    def test_tries_of_codes_are_counted(self, client, monkeypatch):
        client.force_login(UserFactory())
        monkeypatch.setattr("learners.api.organisation_groups.TRIES_PER_HOUR", 1)
        answers = [send(client, "post", "moi/bon/lecture/", {"code": "x"}, key=key) for key in "ab"]
        assert [answer.status_code for answer in answers] == [400, 429]

    @pytest.mark.parametrize(("agrees", "state"), [(True, EnrolmentState.REQUESTED), (False, EnrolmentState.CANCELLED)])
    def test_person_answers_once_and_the_call_repeated_says_the_same(self, client, body, agrees, state):
        voucher = voucher_for(body)
        learner = LearnerProfileFactory()
        enrolment = EnrolmentFactory(learner=learner, training=voucher.training, organisation=body)
        seat = Seat.objects.create(
            voucher=voucher, enrolment=enrolment, given_name="X", given_email="x@exemple.example"
        )
        Voucher.objects.filter(pk=voucher.pk).update(used=1)
        client.force_login(learner.user)
        assert [row["organisation"] for row in read(client, "moi/places/")] == ["Lycée Modèle"]
        url = f"moi/places/{seat.pk}/reponse/"
        first = send(client, "post", url, {"accord": agrees}, key="a")
        assert (first.status_code, send(client, "post", url, {"accord": agrees}, key="a").json()) == (201, first.json())
        assert send(client, "post", url, {"accord": agrees}, key="b").status_code == 404
        enrolment.refresh_from_db()
        assert (enrolment.state, read(client, "moi/places/")) == (state, [])
