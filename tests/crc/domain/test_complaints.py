"""Complaints and the law: one step to complain, a second look by another, a clock that only the law moves."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain.complaints import complain, instruct_complaint, review_complaint
from crc.domain.decisions import ask_missing_pieces, decide_ticket, receive_pieces, requalify_ticket
from crc.domain.refusals import Refusal
from crc.domain.tickets import answer_ticket, close_ticket
from crc.domain.tracking import tracking_token
from crc.enums import ComplaintOutcome, Decision, Kind, SilenceEffect, State
from crc.models import Acknowledgement, Complaint, ComplaintCause, LegalClock, Ticket
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def cause(db):
    return ComplaintCause.objects.create(label="Délai de réponse")


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


@pytest.fixture
def other_agent(staff):
    return staff(Role.CRC_AGENT)


@pytest.fixture
def service(agent, other_agent):
    return ServiceFactory(fallback=True, members=[agent, other_agent])


@pytest.fixture
def ticket(service):
    return make_ticket(topic=TopicFactory(kind=Kind.REQUEST))


def version(ticket):
    ticket.refresh_from_db()
    return ticket.version


def instructed(ticket, cause, agent, **fields):
    return instruct_complaint(
        ticket, cause=cause, outcome=ComplaintOutcome.FOUNDED, findings="Constat.", acting_user=agent, **fields
    )


class TestSilence:
    @pytest.mark.parametrize(
        ("kind", "effect", "expected"),
        [
            (Kind.INFORMATION, SilenceEffect.ACCEPTANCE, None),
            (Kind.DIFFICULTY, SilenceEffect.ACCEPTANCE, None),
            (Kind.REQUEST, SilenceEffect.ACCEPTANCE, SilenceEffect.ACCEPTANCE),
            (Kind.REQUEST, SilenceEffect.REJECTION, SilenceEffect.REJECTION),
            (Kind.COMPLAINT, SilenceEffect.ACCEPTANCE, SilenceEffect.REJECTION),
        ],
    )
    def test_effect_follows_the_nature(self, service, kind, effect, expected):
        ticket = make_ticket(topic=TopicFactory(kind=kind, silence_effect=effect))
        clock = LegalClock.objects.filter(ticket=ticket).first()
        assert (clock.effect if clock else None) == expected

    def test_acknowledgement_is_kept_as_it_was_sent(self, ticket):
        kept = Acknowledgement.objects.get(ticket=ticket)
        assert kept.text == Mail.objects.get().text
        assert f"{kept.silence_on:%-d}" in kept.text
        assert "considérée comme acceptée" in kept.text
        assert ticket.service.phone in kept.text
        with pytest.raises(Exception, match="append_only"), transaction.atomic():
            Acknowledgement.objects.update(text="")

    def test_pieces_stop_the_clock_and_start_it_anew(self, ticket, agent):
        before = LegalClock.objects.get(ticket=ticket).silence_on
        due = timezone.localdate() + timedelta(days=20)
        ask_missing_pieces(ticket, pieces="Un justificatif", due_on=due, version=version(ticket), acting_user=agent)
        ticket.refresh_from_db()
        assert ticket.state == State.WAITING
        assert not LegalClock.objects.running().exists()
        assert "Un justificatif" in Mail.objects.latest("pk").text
        with pytest.raises(Refusal, match="pièces sont attendues"):
            decide_ticket(ticket, decision=Decision.REFUSED, body="Non.", version=version(ticket), acting_user=agent)
        receive_pieces(ticket, acting_user=agent, at=timezone.now() + timedelta(days=10))
        clock = LegalClock.objects.get(ticket=ticket)
        assert clock.silence_on > before
        with pytest.raises(Refusal):
            receive_pieces(ticket, acting_user=agent)

    def test_refusal_leaves_with_the_remedies_and_the_mediator(self, ticket, agent):
        decide_ticket(
            ticket, decision=Decision.REFUSED, body="Refus motivé.", version=version(ticket), acting_user=agent
        )
        text = Mail.objects.latest("pk").text
        for words in ("Refus motivé.", "tribunal administratif", "médiateur", "ne suspend pas"):
            assert words in text
        clock = LegalClock.objects.get(ticket=ticket)
        assert (clock.decision, bool(clock.decided_at)) == (Decision.REFUSED, True)
        with pytest.raises(Refusal, match="déjà sa décision"):
            decide_ticket(ticket, decision=Decision.GRANTED, body="Oui.", version=version(ticket), acting_user=agent)

    def test_agreement_needs_no_remedy(self, ticket, agent):
        decide_ticket(ticket, decision=Decision.GRANTED, body="Accordé.", version=version(ticket), acting_user=agent)
        assert "tribunal" not in Mail.objects.latest("pk").text

    def test_nature_corrected_moves_the_clock_from_the_reception(self, service, agent):
        ticket = make_ticket(topic=TopicFactory(kind=Kind.INFORMATION))
        assert not LegalClock.objects.exists()
        requalify_ticket(ticket, kind=Kind.COMPLAINT, reason="Il se plaint", acting_user=agent)
        assert LegalClock.objects.get(ticket=ticket).effect == SilenceEffect.REJECTION
        assert Complaint.objects.filter(ticket=ticket).exists()
        requalify_ticket(ticket, kind=Kind.INFORMATION, reason="Erreur", acting_user=agent)
        assert not LegalClock.objects.exists()
        assert not Complaint.objects.exists()

    def test_decision_without_a_date_is_refused_by_the_database(self, ticket):
        with pytest.raises(IntegrityError), transaction.atomic():
            LegalClock.objects.update(decision=Decision.GRANTED)


class TestComplaint:
    def test_it_is_filled_in_and_routed_by_itself(self, ticket):
        complaint = complain(ticket, body="Réponse incomplète.")
        assert (complaint.kind, complaint.follows, complaint.requester_email) == (
            Kind.COMPLAINT,
            ticket,
            ticket.requester_email,
        )
        assert Complaint.objects.get().about == ticket
        assert complain(ticket, body="Encore.") == complaint, "two steps make one complaint"
        with pytest.raises(Refusal):
            complain(complaint, body="Sur la réclamation.")

    def test_second_look_is_by_another_person(self, ticket, agent, other_agent, supervisor, cause):
        answer_ticket(ticket, body="Voici.", version=version(ticket), acting_user=other_agent)
        complaint = complain(ticket, body="Non.")
        with pytest.raises(Refusal, match="pas d’instruction"):
            review_complaint(complaint, agrees=True, acting_user=supervisor)
        instructed(complaint, cause, agent)
        for person in (agent, other_agent):
            with pytest.raises(Refusal, match="ni instruit, ni répondu"):
                review_complaint(complaint, agrees=True, acting_user=person)
        review_complaint(complaint, agrees=True, acting_user=supervisor)
        assert Complaint.objects.get().second_look_by == supervisor

    def test_database_refuses_the_same_person(self, ticket, agent, cause):
        complaint = complain(ticket, body="Non.")
        instructed(complaint, cause, agent)
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.update(second_look_by=agent, second_look_at=timezone.now())

    def test_disagreement_sends_it_back(self, ticket, agent, supervisor, cause):
        complaint = complain(ticket, body="Non.")
        instructed(complaint, cause, agent)
        review_complaint(complaint, agrees=False, comment="Entendre le tuteur", acting_user=supervisor)
        assert not Complaint.objects.get().is_decided
        instructed(complaint, cause, agent, corrective_action="Tuteur rappelé")
        review_complaint(complaint, agrees=True, acting_user=supervisor)
        with pytest.raises(Refusal, match="déjà relue"):
            instructed(complaint, cause, agent)

    def test_it_is_decided_and_closed_after_the_second_look_only(self, ticket, agent, supervisor, cause):
        complaint = complain(ticket, body="Non.")
        with pytest.raises(Refusal, match="relire"):
            decide_ticket(
                complaint, decision=Decision.GRANTED, body="Oui.", version=version(complaint), acting_user=agent
            )
        with pytest.raises(Refusal, match="relue par une autre"):
            close_ticket(complaint, reason="Rien", acting_user=agent)
        with pytest.raises(Refusal, match="relue par une autre"):
            answer_ticket(complaint, body="Clos.", version=version(complaint), then=State.CLOSED, acting_user=agent)
        instructed(complaint, cause, agent)
        review_complaint(complaint, agrees=True, acting_user=supervisor)
        decide_ticket(
            complaint, decision=Decision.PARTIAL, body="En partie.", version=version(complaint), acting_user=agent
        )
        close_ticket(complaint, acting_user=agent)
        complaint.refresh_from_db()
        assert complaint.state == State.CLOSED


class TestPages:
    def test_requester_complains_in_one_step_by_the_link(self, client, ticket):
        token = tracking_token(ticket)
        assert "Ce n’est pas satisfaisant" in client.get(reverse("crc:tracking", args=[token])).text
        url = reverse("crc:complain", args=[token])
        page = client.get(url)
        stamp = page.context["form"].initial["stamp"]
        answer = client.post(url, {"body": "Pas de réponse utile.", "wish": "Une date.", "stamp": stamp})
        assert answer.status_code == 302
        complaint = Ticket.objects.get(kind=Kind.COMPLAINT)
        assert complaint.messages.get().body == "Pas de réponse utile.\n\nCe que je demande :\nUne date."

    def test_stranger_does_not_complain_for_another(self, client, ticket, stranger):
        client.force_login(stranger)
        assert client.get(reverse("crc:mine_complain", args=[ticket.reference])).status_code == 404
        assert client.get(reverse("crc:complain", args=["faux"])).status_code == 404

    def test_agent_then_supervisor_then_decision(self, client, ticket, agent, supervisor, cause):
        complaint = complain(ticket, body="Non.")
        client.force_login(agent)
        asked = {"cause": cause.pk, "outcome": "founded", "findings": "Vu."}
        client.post(reverse("admin:crc_ticket_instruct", args=[complaint.reference]), asked)
        assert (
            client.post(reverse("admin:crc_ticket_review", args=[complaint.reference]), {"agrees": "oui"}).status_code
            == 403
        )
        client.force_login(supervisor)
        assert "Réclamations à relire" in client.get(reverse("admin:index")).text
        client.post(reverse("admin:crc_ticket_review", args=[complaint.reference]), {"agrees": "oui"})
        page = client.get(reverse("admin:crc_ticket", args=[complaint.reference]))
        assert "Envoyer la décision" in page.text
        sent = {
            "decision": "refused",
            "body": "Refus motivé.",
            "version": version(complaint),
            "last_seen": complaint.messages.latest("pk").pk,
        }
        client.post(reverse("admin:crc_ticket_decide", args=[complaint.reference]), sent)
        assert "médiateur" in complaint.messages.latest("pk").body

    def test_register_is_exported_without_a_name(self, client, ticket, supervisor):
        complain(ticket, body="Non.")
        client.force_login(supervisor)
        text = client.get(reverse("admin:crc_complaints_table", args=["csv"])).getvalue().decode()
        assert ticket.reference in text
        assert ticket.requester_name not in text
        assert ticket.requester_email not in text

    def test_silence_that_comes_waits_on_the_home_page(self, client, ticket, supervisor):
        client.force_login(supervisor)
        assert "Le silence décide" not in client.get(reverse("admin:index")).text
        LegalClock.objects.update(silence_on=timezone.localdate() + timedelta(days=10))
        assert "Le silence décide" in client.get(reverse("admin:index")).text
        assert ticket.reference in client.get(reverse("admin:crc_queue"), {"etat": "silence"}).text

    def test_pieces_form_refuses_a_past_date(self, client, ticket, agent):
        client.force_login(agent)
        asked = {"pieces": "RIB", "due_on": date(2020, 1, 1).isoformat(), "version": version(ticket)}
        page = client.post(reverse("admin:crc_ticket_pieces", args=[ticket.reference]), asked)
        assert "Choisissez une date à venir." in page.text
        assert LegalClock.objects.get().pieces_asked_on is None

    @pytest.mark.parametrize("more", [1, 3])
    def test_register_costs_the_same_for_more_complaints(
        self, client, service, supervisor, more, django_assert_max_num_queries
    ):
        for _ in range(more):
            complain(make_ticket(topic=TopicFactory(kind=Kind.INFORMATION)), body="Non.")
        client.force_login(supervisor)
        client.get(reverse("admin:crc_complaints"))
        with django_assert_max_num_queries(10):
            client.get(reverse("admin:crc_complaints"))
