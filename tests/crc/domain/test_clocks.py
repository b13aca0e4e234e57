"""A legal clock ends: by an answer, by the closing of its ticket, or by the silence whose day has passed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain.bulk import act_on_tickets, closing
from crc.domain.clocks import clocks_elapsed, clocks_to_watch
from crc.domain.complaints import complain
from crc.domain.decisions import ask_missing_pieces, resume_clock
from crc.domain.merging import merge_tickets
from crc.domain.refusals import Refusal
from crc.domain.tickets import answer_ticket, close_ticket, requester_reply
from crc.enums import AnswerMeaning, ComplaintOutcome, Decision, Event, Kind, State
from crc.models import Complaint, LegalClock, Macro
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket, settle_complaint

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(agent):
    return ServiceFactory(fallback=True, members=[agent])


@pytest.fixture
def topic(db):
    return TopicFactory(kind=Kind.REQUEST)


@pytest.fixture
def ticket(service, topic):
    return make_ticket(topic=topic)


def answered(ticket, agent, **fields):
    ticket.refresh_from_db()
    return answer_ticket(ticket, **{"body": "Voici.", **fields}, version=ticket.version, acting_user=agent)


def decision_of(ticket):
    return LegalClock.objects.get(ticket=ticket).decision


def silence_in(days, ticket=None):
    clocks = LegalClock.objects.filter(ticket=ticket) if ticket else LegalClock.objects
    clocks.update(silence_on=timezone.localdate() + timedelta(days=days))


class TestAnswer:
    @pytest.mark.parametrize(
        ("then", "meaning", "decision"),
        [
            (State.ANSWERED, None, Decision.GRANTED),
            (State.CLOSED, None, Decision.GRANTED),
            (State.WAITING, None, ""),
            (State.ANSWERED, AnswerMeaning.HOLDING, ""),
            (State.ANSWERED, AnswerMeaning.PARTIAL, Decision.PARTIAL),
            (State.CLOSED, AnswerMeaning.REFUSED, Decision.REFUSED),
        ],
    )
    def test_answer_decides_what_it_says_or_what_is_usual(self, ticket, agent, then, meaning, decision):
        answered(ticket, agent, then=then, meaning=meaning)
        assert decision_of(ticket) == decision
        assert ticket.log.filter(event=Event.DECIDED).count() == (1 if decision else 0)
        with_remedies = decision in {Decision.PARTIAL, Decision.REFUSED}
        assert ("tribunal administratif" in Mail.objects.latest("pk").text) == with_remedies

    def test_information_is_answered_without_a_question(self, service, agent):
        ticket = make_ticket(topic=TopicFactory(kind=Kind.INFORMATION))
        answered(ticket, agent)
        assert not ticket.log.filter(event=Event.DECIDED).exists()
        with pytest.raises(Refusal, match="n’appelle pas de décision"):
            answered(ticket, agent, meaning=AnswerMeaning.REFUSED)
        assert ticket.messages.count() == 2, "nothing of the refused answer is kept"

    def test_answer_that_waits_for_the_requester_cannot_refuse(self, ticket, agent):
        with pytest.raises(Refusal, match="n’attend plus rien"):
            answered(ticket, agent, then=State.WAITING, meaning=AnswerMeaning.REFUSED)
        assert decision_of(ticket) == ""

    def test_answer_while_pieces_are_awaited_leaves_the_clock(self, ticket, agent):
        due = timezone.localdate() + timedelta(days=20)
        ask_missing_pieces(ticket, pieces="Un RIB", due_on=due, version=ticket.version, acting_user=agent)
        answered(ticket, agent)
        assert decision_of(ticket) == ""
        with pytest.raises(Refusal, match="pièces sont attendues"):
            close_ticket(ticket, decision=Decision.GRANTED, acting_user=agent)
        close_ticket(ticket, decision=Decision.MOOT, acting_user=agent)
        assert decision_of(ticket) == Decision.MOOT

    def test_answer_to_a_complaint_leaves_its_own_way_to_a_decision(self, ticket, agent):
        complaint = complain(ticket, body="Non.")
        answered(complaint, agent)
        assert decision_of(complaint) == ""
        with pytest.raises(Refusal, match="relire"):
            answered(complaint, agent, meaning=AnswerMeaning.GRANTED)

    def test_holding_answer_does_not_close(self, ticket, agent):
        with pytest.raises(Refusal, match="délai légal"):
            answered(ticket, agent, then=State.CLOSED, meaning=AnswerMeaning.HOLDING)
        ticket.refresh_from_db()
        assert (ticket.state, ticket.message_count) == (State.NEW, 1)

    def test_decided_once_and_further_answers_are_plain(self, ticket, agent):
        answered(ticket, agent)
        requester_reply(ticket, body="Merci, et pour la suite ?")
        answered(ticket, agent, body="Voilà.")
        assert ticket.log.filter(event=Event.DECIDED).count() == 1


class TestClosing:
    def test_closing_says_how_the_clock_ends(self, ticket, agent):
        with pytest.raises(Refusal, match="dites ce qu’elle obtient"):
            close_ticket(ticket, reason="Indésirable", acting_user=agent)
        ticket.refresh_from_db()
        assert ticket.state == State.NEW
        close_ticket(ticket, reason="Indésirable", decision=Decision.MOOT, acting_user=agent)
        assert decision_of(ticket) == Decision.MOOT
        assert ticket.log.get(event=Event.CLOCK_ENDED).detail == "Sans objet"

    def test_closing_after_the_silence_keeps_what_it_decided(self, ticket, agent):
        silence_in(-1)
        close_ticket(ticket, reason="Trop tard", acting_user=agent)
        assert decision_of(ticket) == Decision.IMPLICIT

    def test_complaint_that_is_not_all_founded_is_not_closed_as_granted(self, ticket, agent):
        complaint = complain(ticket, body="Non.")
        settle_complaint(complaint, agent)
        Complaint.objects.update(outcome=ComplaintOutcome.UNFOUNDED)
        with pytest.raises(Refusal, match="voies de recours"):
            close_ticket(complaint, reason="Fini", decision=Decision.GRANTED, acting_user=agent)
        Complaint.objects.update(outcome=ComplaintOutcome.FOUNDED)
        close_ticket(complaint, reason="Fini", decision=Decision.GRANTED, acting_user=agent)
        assert decision_of(complaint) == Decision.GRANTED

    def test_several_are_closed_and_those_whose_clock_runs_are_named(self, service, ticket, agent):
        plain = make_ticket(topic=TopicFactory(kind=Kind.INFORMATION))
        references = [ticket.reference, plain.reference]
        outcome = act_on_tickets(references, closing("Campagne"), acting_user=agent)
        assert (outcome.done, [reference for reference, _ in outcome.refused]) == (1, [ticket.reference])
        outcome = act_on_tickets([ticket.reference], closing("Campagne", Decision.MOOT), acting_user=agent)
        assert (outcome.done, decision_of(ticket)) == (1, Decision.MOOT)


class TestLists:
    def test_clock_is_near_then_elapsed_then_gone(self, ticket, agent):
        for days, near, elapsed in [(16, 0, 0), (15, 1, 0), (0, 1, 0), (-1, 0, 1)]:
            silence_in(days)
            assert (clocks_to_watch().count(), clocks_elapsed().count()) == (near, elapsed), days
        answered(ticket, agent)
        assert not clocks_elapsed().exists()

    def test_closed_ticket_leaves_the_lists_whatever_its_clock(self, ticket, agent):
        silence_in(3)
        close_ticket(ticket, reason="Fini", decision=Decision.MOOT, acting_user=agent)
        LegalClock.objects.update(decision="", decided_at=None)  # as closings of long ago left it
        assert not clocks_to_watch().exists()

    def test_clock_of_a_merged_request_is_watched_and_decided_where_it_is_answered(self, service, ticket, agent):
        kept = make_ticket(topic=TopicFactory(kind=Kind.INFORMATION))
        merge_tickets(ticket, into=kept, reason="Double", version=ticket.version, acting_user=agent)
        silence_in(3)
        assert [clock.answers for clock in clocks_to_watch()] == [kept.pk]
        answered(kept, agent)
        assert decision_of(ticket) == Decision.GRANTED

    def test_clock_of_another_person_merged_here_is_not_decided(self, service, topic, ticket, agent, staff):
        other = make_ticket(topic=topic, requester_email="autre@exemple.example")
        supervisor = staff(Role.CRC_SUPERVISOR)
        merge_tickets(other, into=ticket, reason="Même sujet", version=other.version, acting_user=supervisor)
        answered(ticket, agent)
        assert (decision_of(ticket), decision_of(other)) == (Decision.GRANTED, "")

    @pytest.mark.parametrize("more", [1, 3])
    def test_lists_cost_the_same_for_more(self, client, service, topic, agent, more, django_assert_max_num_queries):
        for _ in range(more):
            make_ticket(topic=topic)
        silence_in(-3)
        client.force_login(agent)
        url = reverse("admin:crc_queue")
        client.get(url, {"etat": "silence-acquis"})
        with django_assert_max_num_queries(19):
            page = client.get(url, {"etat": "silence-acquis"})
        assert len(page.context["page"].rows) == more


class TestResume:
    def test_decision_taken_by_mistake_is_taken_back(self, ticket, agent):
        before = LegalClock.objects.get().silence_on
        answered(ticket, agent)
        resume_clock(ticket, reason="Réponse d’attente", acting_user=agent)
        clock = LegalClock.objects.get()
        assert (clock.decision, clock.decided_at, clock.silence_on) == ("", None, before)
        with pytest.raises(Refusal, match="ne se reprend pas"):
            resume_clock(ticket, reason="Encore", acting_user=agent)

    def test_refusal_told_with_its_remedies_stays(self, ticket, agent):
        answered(ticket, agent, meaning=AnswerMeaning.REFUSED)
        with pytest.raises(Refusal, match="ne se reprend pas"):
            resume_clock(ticket, reason="Erreur", acting_user=agent)

    def test_closed_ticket_is_reopened_first(self, ticket, agent):
        answered(ticket, agent, then=State.CLOSED)
        with pytest.raises(Refusal, match="rouvrez"):
            resume_clock(ticket, reason="Erreur", acting_user=agent)


@pytest.mark.parametrize(
    "wrong",
    [
        {"decision": Decision.GRANTED},
        {"decided_at": timezone.now()},
        {"decision": Decision.IMPLICIT, "decided_at": timezone.now(), "silence_on": None},
        {
            "decision": Decision.GRANTED,
            "decided_at": timezone.now(),
            "pieces": "RIB",
            "pieces_asked_on": timezone.localdate(),
            "pieces_due_on": timezone.localdate() + timedelta(days=5),
        },
    ],
)
def test_database_refuses_a_clock_that_says_two_things(ticket, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        LegalClock.objects.update(**wrong)


class TestPages:
    @pytest.fixture
    def desk(self, client, agent):
        client.force_login(agent)
        return client

    @staticmethod
    def url(ticket, act=""):
        return reverse(f"admin:crc_ticket_{act}" if act else "admin:crc_ticket", args=[ticket.reference])

    @staticmethod
    def typed(ticket, **fields):
        ticket.refresh_from_db()
        seen = ticket.messages.latest("pk").pk
        return {"body": "Voici.", "then": "answered", "version": ticket.version, "last_seen": seen, **fields}

    def test_answer_form_asks_once_and_only_where_a_clock_runs(self, desk, service, ticket, agent):
        plain = make_ticket(topic=TopicFactory(kind=Kind.INFORMATION))
        assert "meaning" not in desk.get(self.url(plain)).context["forms"]["answer"].fields
        form = desk.get(self.url(ticket)).context["forms"]["answer"]
        assert form["meaning"].value() == AnswerMeaning.GRANTED
        desk.post(self.url(ticket, "answer"), self.typed(ticket, meaning="refused"))
        assert decision_of(ticket) == Decision.REFUSED
        assert "meaning" not in desk.get(self.url(ticket)).context["forms"]["answer"].fields

    def test_default_choice_waits_with_the_requester(self, desk, ticket):
        desk.post(self.url(ticket, "answer"), self.typed(ticket, then="waiting", meaning="granted"))
        ticket.refresh_from_db()
        assert (ticket.state, decision_of(ticket)) == (State.WAITING, "")

    def test_answer_without_the_field_takes_the_usual_meaning(self, desk, ticket):
        desk.post(self.url(ticket, "answer"), self.typed(ticket))
        assert decision_of(ticket) == Decision.GRANTED

    @pytest.mark.parametrize(
        ("fields", "name", "said"),
        [
            ({"then": "waiting", "meaning": "refused"}, "then", "n’attend plus rien"),
            ({"then": "closed", "meaning": "holding"}, "meaning", "avant de clore"),
            ({"meaning": "n’importe quoi"}, "meaning", "choix"),
        ],
    )
    def test_choices_that_do_not_agree_are_said_beside_the_field(self, desk, ticket, fields, name, said):
        page = desk.post(self.url(ticket, "answer"), self.typed(ticket, **fields))
        assert said in str(page.context["forms"]["answer"].errors[name])
        assert ticket.messages.count() == 1

    def test_macro_carries_the_choice(self, desk, ticket):
        macro = Macro.objects.create(name="Attente", body="Nous cherchons.", meaning=AnswerMeaning.HOLDING)
        form = desk.get(self.url(ticket), {"reponse": macro.pk}).context["forms"]["answer"]
        assert form["meaning"].value() == AnswerMeaning.HOLDING

    def test_macro_that_decides_and_waits_is_refused_by_the_database(self, service):
        with pytest.raises(IntegrityError), transaction.atomic():
            Macro.objects.create(name="Contraire", body="Non.", next_state=State.WAITING, meaning=AnswerMeaning.REFUSED)

    def test_close_form_asks_how_the_clock_ends(self, desk, ticket):
        form = desk.get(self.url(ticket)).context["forms"]["close"]
        assert form["decision"].value() == Decision.MOOT
        page = desk.post(self.url(ticket, "close"), {"reason": "Fini"})
        assert "decision" in page.context["forms"]["close"].errors
        desk.post(self.url(ticket, "close"), {"reason": "Fini", "decision": "moot"})
        ticket.refresh_from_db()
        assert ticket.state == State.CLOSED

    def test_elapsed_silence_is_said_with_its_meaning(self, client, ticket, staff, desk):
        silence_in(-2)
        page = desk.get(self.url(ticket)).text
        assert "Silence acquis" in page
        assert "vaut acceptation" in page
        client.force_login(staff(Role.CRC_SUPERVISOR))
        home = client.get(reverse("admin:index")).text
        assert "Le silence a décidé" in home
        assert "moins de quinze jours" not in home
        assert ticket.reference in client.get(reverse("admin:crc_queue"), {"etat": "silence-acquis"}).text
        assert ticket.reference not in client.get(reverse("admin:crc_queue"), {"etat": "silence"}).text

    def test_mistake_is_taken_back_from_the_page(self, desk, ticket, agent):
        answered(ticket, agent)
        assert "Cette décision est une erreur" in desk.get(self.url(ticket)).text
        page = desk.post(self.url(ticket, "resume"), {"reason": ""})
        assert page.context["law"]["forms"]["resume"].errors
        desk.post(self.url(ticket, "resume"), {"reason": "Réponse d’attente"})
        assert decision_of(ticket) == ""

    def test_pieces_asked_after_the_silence_are_refused(self, ticket, agent):
        silence_in(-1)
        due = timezone.localdate() + timedelta(days=9)
        with pytest.raises(Refusal, match="a déjà décidé"):
            ask_missing_pieces(ticket, pieces="RIB", due_on=due, version=ticket.version, acting_user=agent)
