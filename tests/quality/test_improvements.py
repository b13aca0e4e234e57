"""What people say becomes an action, its effect is measured and checked by another, and each step is dated evidence."""

import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalogue.models import UnitMembership
from cned_portal.users.enums import Role
from crc.models import ComplaintCause, ServiceMembership
from quality.admin.todos import improvements as todos
from quality.domain.improvements import (
    NotMeasurable,
    Refusal,
    abandon_improvement,
    check_improvement,
    finish_improvement,
    link_complaint,
    open_improvement,
    replan_improvement,
    start_improvement,
)
from quality.domain.queries.improvements import WINDOW_DAYS, recurring_causes, signalled_complaints
from quality.domain.referentials import load_referentials
from quality.domain.surveys import answer_survey, invite
from quality.enums import Evidence, ImprovementState, Measure, Origin
from quality.models import Improvement, ImprovementStep, Indicator, SurveyAnswer
from tests.crc.factories import ServiceFactory, make_ticket, make_unit
from tests.quality.factories import (
    carry_out,
    days_ago,
    decide,
    make_closed_ticket,
    make_complaint,
    make_improvement,
    make_survey,
)

pytestmark = pytest.mark.django_db
LIST = reverse("admin:quality_improvements")
NEW = reverse("admin:quality_new_improvement")
CAUSES = reverse("admin:quality_causes")


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def service(unit):
    return ServiceFactory(unit=unit)


@pytest.fixture
def lead(staff, unit):
    lead = staff(Role.UNIT_LEAD)
    UnitMembership.objects.create(user=lead, unit=unit)
    return lead


@pytest.fixture
def complaints(service):
    """Three of one cause before a decision taken 100 days ago."""
    return [make_complaint(service=service, opened_at=days_ago(days)) for days in (150, 130, 110)]


@pytest.fixture
def done(complaints, quality_manager, supervisor):
    """An action of the supervisor, decided 100 days ago and done the same day."""
    action = make_improvement(*complaints, by=quality_manager, days=101)
    decide(action, owner=supervisor, by=quality_manager, days=100)
    return carry_out(action, by=supervisor, days=100)


def states(action):
    return list(action.steps.values_list("state", flat=True))


def moved_to(action, state):
    """What a mistake in the code could write, past the verbs."""
    with transaction.atomic():
        Improvement.objects.filter(pk=action.pk).update(state=state)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def post(client, user, action, act, **data):
    client.force_login(user)
    return client.post(reverse("admin:quality_improvement_act", args=[action.pk, act]), data)


class TestFromComplaintToEvidence:
    def test_a_complaint_becomes_dated_evidence_and_nothing_is_typed_twice(self, client, quality_manager, supervisor):
        load_referentials(acting_user=None)
        complaint = make_complaint(marked=True)
        client.force_login(quality_manager)
        page = client.get(reverse("admin:crc_ticket", args=[complaint.ticket.reference])).content.decode()
        address = re.search(rf'href="({re.escape(NEW)}[^"]*)"', page).group(1)
        form = client.get(address).context["form"]
        data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        data = {name: getattr(value, "pk", value) or "" for name, value in data.items()}
        assert data["cause"] == complaint.cause_id
        assert client.post(address, data).status_code == 302
        action = Improvement.objects.get()
        plan = {
            "owner": supervisor.pk,
            "planned_on": timezone.localdate() + timedelta(days=30),
            "expected_effect": "Moins d’attente.",
            "measure": Measure.COMPLAINTS,
        }
        assert post(client, quality_manager, action, "decider", **plan).status_code == 302
        assert post(client, supervisor, action, "commencer").status_code == 302
        assert post(client, supervisor, action, "terminer", comment="Fait.").status_code == 302
        client.force_login(quality_manager)
        ticket_page = client.get(reverse("admin:crc_ticket", args=[complaint.ticket.reference])).content.decode()
        assert f'href="{action.get_absolute_url()}"' in ticket_page
        assert ImprovementState.DONE.label in ticket_page
        for number in (31, 32):
            evidence = client.get(reverse("admin:quality_indicator", args=[number])).context["evidence"].rows
            assert [step.state for step in evidence] == [ImprovementState.DONE, ImprovementState.DECIDED]
            assert evidence[1].count == 1
        assert not client.get(reverse("admin:quality_indicator", args=[30])).context["has_evidence"]

    def test_evidence_follows_the_referential_and_not_a_number_in_the_code(self, client, done, quality_manager):
        load_referentials(acting_user=None)
        Indicator.objects.filter(number=31).update(fed_by=[])
        Indicator.objects.filter(number=7).update(fed_by=[Evidence.COMPLAINTS])
        client.force_login(quality_manager)
        shown = {
            number: len(client.get(reverse("admin:quality_indicator", args=[number])).context["evidence"].rows)
            for number in (7, 31, 32)
        }
        assert shown == {7: 2, 31: 0, 32: 2}

    def test_an_action_of_an_idea_proves_improvement_but_not_the_treatment_of_complaints(
        self, client, quality_manager, supervisor
    ):
        load_referentials(acting_user=None)
        cause = ComplaintCause.objects.create(label="Délai")
        decide(make_improvement(by=quality_manager, cause=cause), owner=supervisor, by=quality_manager)
        client.force_login(quality_manager)
        assert not client.get(reverse("admin:quality_indicator", args=[31])).context["evidence"].rows
        assert client.get(reverse("admin:quality_indicator", args=[32])).context["evidence"].rows

    def test_a_step_is_never_changed_nor_removed(self, done):
        for gesture in (lambda rows: rows.update(at=days_ago(500)), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                gesture(ImprovementStep.objects.filter(improvement=done))

    def test_no_state_without_its_dated_step(self, complaints, quality_manager):
        action = make_improvement(*complaints, by=quality_manager)
        with pytest.raises(DatabaseError, match="dated step"):
            moved_to(action, ImprovementState.ABANDONED)


class TestStates:
    def test_states_follow_each_other_in_their_order(self, done, quality_manager):
        assert states(done) == [
            ImprovementState.TO_DECIDE,
            ImprovementState.DECIDED,
            ImprovementState.ONGOING,
            ImprovementState.DONE,
        ]
        for act in (start_improvement, finish_improvement):
            with pytest.raises(Refusal, match="a déjà changé"):
                act(done, acting_user=quality_manager)
        with pytest.raises(Refusal):
            abandon_improvement(done, reason="Trop tard.", acting_user=quality_manager)

    def test_database_refuses_a_jump(self, complaints, quality_manager, supervisor):
        action = make_improvement(*complaints, by=quality_manager)
        decide(action, owner=supervisor, by=quality_manager)
        with pytest.raises(DatabaseError, match="Invalid transition"):
            moved_to(action, ImprovementState.EFFECTIVE)

    def test_database_refuses_a_decision_without_its_plan(self, complaints, quality_manager):
        action = make_improvement(*complaints, by=quality_manager)
        with pytest.raises(IntegrityError, match="improvement_decided_whole"):
            moved_to(action, ImprovementState.DECIDED)

    def test_an_abandon_says_why(self, complaints, quality_manager):
        action = make_improvement(*complaints, by=quality_manager)
        with pytest.raises(IntegrityError, match="improvement_end_has_a_reason"), transaction.atomic():
            abandon_improvement(action, reason="", acting_user=quality_manager)
        abandon_improvement(action, reason="Déjà fait ailleurs.", acting_user=quality_manager)
        assert action.steps.last().comment == "Déjà fait ailleurs."

    def test_only_who_can_open_its_page_is_put_in_charge(self, complaints, quality_manager, lead, agent):
        action = make_improvement(*complaints, by=quality_manager)
        with pytest.raises(Refusal, match="responsable"):
            decide(action, owner=agent, by=quality_manager)
        assert decide(action, owner=lead, by=quality_manager).owner == lead


class TestMeasure:
    def test_baseline_counts_the_same_cause_and_service_of_the_ninety_days_before(
        self, complaints, service, quality_manager, supervisor
    ):
        make_complaint("Autre cause", service=service, opened_at=days_ago(120))
        make_complaint(service=ServiceFactory(), opened_at=days_ago(120))
        make_complaint(service=service, opened_at=days_ago(100 + WINDOW_DAYS))
        make_complaint(service=service, opened_at=days_ago(99))
        action = decide(
            make_improvement(*complaints, by=quality_manager, days=101), owner=supervisor, by=quality_manager, days=100
        )
        assert action.baseline.figure == "3\u00a0réclamations"
        assert (action.baseline.last - action.baseline.first).days + 1 == WINDOW_DAYS

    def test_restricted_services_are_in_no_count_of_all_services(self, complaints, quality_manager, supervisor):
        make_complaint(service=ServiceFactory(is_restricted=True), opened_at=days_ago(120))
        action = make_improvement(*complaints, by=quality_manager, service=None, days=101)
        assert decide(action, owner=supervisor, by=quality_manager, days=100).baseline.count == 3

    def test_scores_of_fewer_than_five_people_measure_nothing(self, quality_manager, supervisor):
        make_survey()
        month = (timezone.localtime().replace(day=1) - timedelta(days=10)).replace(hour=12)
        action = make_improvement(by=quality_manager)
        _answered(month, [5, 4, 2, 1])
        with pytest.raises(NotMeasurable, match="Trop peu de réponses"):
            decide(action, owner=supervisor, by=quality_manager, measure=Measure.CSAT)
        _answered(month, [5])
        baseline = decide(action, owner=supervisor, by=quality_manager, measure=Measure.CSAT).baseline
        assert (baseline.count, baseline.total) == (3, 5)
        assert baseline.first.day == 1

    def test_complaints_are_not_counted_without_a_cause(self, client, quality_manager, supervisor):
        action = make_improvement(by=quality_manager)
        plan = {"owner": supervisor.pk, "planned_on": timezone.localdate(), "expected_effect": "Mieux."}
        answer = post(client, quality_manager, action, "decider", **plan, measure=Measure.COMPLAINTS)
        assert answer.status_code == 200
        assert "n’a pas de cause" in answer.context["failed"].errors["measure"][0]
        assert states(action) == [ImprovementState.TO_DECIDE]


def _answered(at, scores):
    from quality.models import Survey

    survey = Survey.objects.get()
    questions = list(survey.questions.all())
    for score in scores:
        ticket = make_closed_ticket(closed_at=at - timedelta(days=2), requester_email=f"{uuid4().hex}@exemple.example")
        assert invite(survey, ticket.pk, acting_user=None, now=at)
        given = {questions[0]: ("score", score), questions[1]: ("yes", True)}
        answer_survey(ticket.survey_invitation, given, acting_user=None, now=at + timedelta(hours=1))


class TestCheck:
    def test_who_was_in_charge_never_checks(self, done, quality_manager, supervisor):
        with pytest.raises(Refusal, match="autre personne"):
            check_improvement(done, is_effective=True, comment="Mieux.", acting_user=supervisor)
        checked = check_improvement(done, is_effective=True, comment="Mieux.", acting_user=quality_manager)
        assert (checked.effect.count, checked.effect.by) == (0, quality_manager)

    def test_who_was_in_charge_before_another_does_not_check_either(
        self, complaints, quality_manager, supervisor, lead
    ):
        action = make_improvement(*complaints, by=quality_manager, days=101)
        decide(action, owner=supervisor, by=quality_manager, days=100)
        today = timezone.localdate()
        replan_improvement(action, owner=lead, planned_on=today, acting_user=quality_manager)
        action = carry_out(action, by=lead, days=95)
        assert action.owner == lead
        with pytest.raises(Refusal, match="autre personne"):
            check_improvement(action, is_effective=False, comment="Non.", acting_user=supervisor)

    def test_database_refuses_a_check_by_the_person_in_charge(self, done, supervisor):
        step = ImprovementStep(
            improvement=done, state=ImprovementState.INEFFECTIVE, by=supervisor, owner=supervisor, comment="Non."
        )
        step.measure, step.first, step.last = Measure.COMPLAINTS, days_ago(90).date(), days_ago(0).date()
        with pytest.raises(IntegrityError, match="improvement_checked_by_another"), transaction.atomic():
            step.save()

    def test_an_effect_is_not_measured_before_ninety_days(self, complaints, quality_manager, supervisor):
        action = make_improvement(*complaints, by=quality_manager, days=101)
        decide(action, owner=supervisor, by=quality_manager, days=100)
        carry_out(action, by=supervisor, days=89)
        with pytest.raises(Refusal, match="à partir du"):
            check_improvement(action, is_effective=True, comment="Mieux.", acting_user=quality_manager)
        tomorrow = timezone.now() + timedelta(days=1)
        check_improvement(action, is_effective=True, comment="Mieux.", acting_user=quality_manager, now=tomorrow)

    def test_no_one_says_effective_against_the_figures(self, done, service, quality_manager):
        for days in (10, 20, 30):
            make_complaint(service=service, opened_at=days_ago(days))
        with pytest.raises(Refusal, match="3\u00a0réclamations à la décision, 3\u00a0réclamations aujourd’hui"):
            check_improvement(done, is_effective=True, comment="Mieux.", acting_user=quality_manager)
        assert states(done)[-1] == ImprovementState.DONE
        checked = check_improvement(done, is_effective=False, comment="Autant.", acting_user=quality_manager)
        assert checked.effect.figure == "3\u00a0réclamations"

    def test_the_value_is_never_read_from_what_is_sent(self, client, done, quality_manager):
        sent = {
            "verdict": "oui",
            "comment": "Mieux.",
            "count": "0",
            "total": "9",
            "measure": "csat",
            "first": "2020-01-01",
        }
        assert post(client, quality_manager, done, "verifier", **sent).status_code == 302
        step = done.steps.last()
        assert (step.measure, step.count, step.total) == (Measure.COMPLAINTS, 0, None)
        assert step.last == timezone.localdate()

    def test_without_effect_it_is_taken_up_again_with_a_new_baseline(self, done, service, quality_manager, supervisor):
        make_complaint(service=service, opened_at=days_ago(20))
        check_improvement(done, is_effective=False, comment="Non.", acting_user=quality_manager)
        assert Improvement.objects.to_decide().get() == done
        again = decide(done, owner=supervisor, by=quality_manager)
        assert (again.state, again.baseline.count, again.effect) == (ImprovementState.DECIDED, 1, None)
        assert states(done).count(ImprovementState.DECIDED) == 2

    def test_without_effect_another_action_follows(self, client, done, quality_manager):
        check_improvement(done, is_effective=False, comment="Non.", acting_user=quality_manager)
        client.force_login(quality_manager)
        address = f"{NEW}?suite={done.pk}"
        form = client.get(address).context["form"]
        data = {"title": "Autre idée", "reason": "Suite.", "cause": done.cause_id, "submission_key": str(uuid4())}
        assert form.initial["cause"] == done.cause
        assert client.post(address, data).status_code == 302
        assert done.followed_by.get().origin == Origin.COMPLAINTS
        assert Improvement.objects.to_decide().get().follows == done

    @pytest.mark.django_db(transaction=True)
    def test_two_verdicts_at_once_leave_one(self, done, quality_manager, staff):
        other = staff(Role.QUALITY_MANAGER)
        start, outcomes = threading.Barrier(2), []

        def check(user, is_effective):
            try:
                start.wait()
                check_improvement(done, is_effective=is_effective, comment="Vu.", acting_user=user)
                outcomes.append("done")
            except Refusal:
                outcomes.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=check, args=args) for args in ((quality_manager, True), (other, False))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "refused"]
        assert len(states(done)) == 5


class TestRecurringCauses:
    def test_three_in_ninety_days_for_a_service_are_a_recurring_cause(self, service, quality_manager):
        make_complaint(service=service, opened_at=days_ago(WINDOW_DAYS + 1))
        make_complaint(service=ServiceFactory())
        for days in (80, 3):
            make_complaint(service=service, opened_at=days_ago(days))
        assert recurring_causes(quality_manager) == []
        make_complaint(service=service)
        (found,) = recurring_causes(quality_manager)
        assert (found.service_name, found.number, found.without_action) == (service.name, 3, 3)

    def test_one_action_is_opened_for_all_of_them_at_once(self, client, service, quality_manager):
        known = [make_complaint(service=service, opened_at=days_ago(days)) for days in (30, 20, 10)]
        client.force_login(quality_manager)
        page = client.get(CAUSES).content.decode()
        address = re.search(rf'href="({re.escape(NEW)}\?cause=[^"]*)"', page).group(1).replace("&amp;", "&")
        form = client.get(address).context["form"]
        assert form.initial["reason"] == "3 réclamations de même cause en 90 jours."
        data = {"title": "T", "reason": "R", "cause": known[0].cause_id, "service": service.pk, "unit": ""}
        data["submission_key"] = str(uuid4())
        sent_twice = {client.post(address, data)["Location"] for _ in range(2)}
        assert sent_twice == {Improvement.objects.get().get_absolute_url()}
        assert {source.complaint for source in Improvement.objects.get().sources.all()} == set(known)
        assert recurring_causes(quality_manager)[0].without_action == 0
        assert client.get(address).status_code == 404, "nothing is left to act on"

    def test_an_abandoned_action_leaves_the_cause_without_one(self, service, quality_manager):
        known = [make_complaint(service=service) for _ in range(3)]
        action = make_improvement(*known, by=quality_manager)
        abandon_improvement(action, reason="Non.", acting_user=quality_manager)
        assert recurring_causes(quality_manager)[0].without_action == 3

    def test_restricted_services_recur_for_nobody_here(self, quality_manager):
        health = ServiceFactory(is_restricted=True)
        ServiceMembership.objects.create(user=quality_manager, service=health)
        for _ in range(3):
            make_complaint(service=health, marked=True)
        assert recurring_causes(quality_manager) == []
        assert not signalled_complaints(quality_manager).exists()

    def test_complaints_marked_for_improvement_wait_until_they_have_an_action(self, client, quality_manager):
        complaint = make_complaint(marked=True)
        client.force_login(quality_manager)
        assert complaint.ticket.reference in client.get(CAUSES).content.decode()
        make_improvement(complaint, by=quality_manager)
        assert complaint.ticket.reference not in client.get(CAUSES).content.decode()


class TestWhoMay:
    def test_unit_leads_read_their_unit_s_and_nobody_else_s(self, client, complaints, quality_manager, lead, service):
        mine = make_improvement(*complaints, by=quality_manager)
        other = make_improvement(make_complaint(), by=quality_manager, title="Ailleurs")
        client.force_login(lead)
        assert [one.pk for one in client.get(LIST).context["page"].rows] == [mine.pk]
        assert client.get(mine.get_absolute_url()).status_code == 200
        assert client.get(other.get_absolute_url()).status_code == 404
        assert post(client, lead, other, "commencer").status_code == 404

    def test_the_person_in_charge_advances_it_and_decides_nothing(self, client, complaints, quality_manager, lead):
        action = decide(make_improvement(*complaints, by=quality_manager), owner=lead, by=quality_manager)
        assert post(client, lead, action, "abandonner", reason="Non.").status_code == 403
        assert post(client, lead, action, "commencer").status_code == 302
        assert post(client, lead, action, "terminer").status_code == 302

    def test_auditors_read_and_change_nothing(self, client, done, staff):
        auditor = staff(Role.AUDITOR)
        client.force_login(auditor)
        assert client.get(done.get_absolute_url()).context["acts"] == []
        assert client.get(CAUSES).status_code == 200
        assert post(client, auditor, done, "verifier", verdict="oui", comment="Vu.").status_code == 403
        assert client.get(NEW).status_code == 403

    def test_agents_are_told_of_no_action_on_the_complaint(self, client, complaints, quality_manager, agent, service):
        make_improvement(*complaints, by=quality_manager, title="Action de la qualité")
        ServiceMembership.objects.create(user=agent, service=service)
        address = reverse("admin:crc_ticket", args=[complaints[0].ticket.reference])
        pages = {}
        for user in (agent, quality_manager):
            client.force_login(user)
            pages[user] = client.get(address).content.decode()
        assert "Action de la qualité" in pages[quality_manager]
        assert "Action de la qualité" not in pages[agent]
        assert "Actions d’amélioration" not in pages[agent]

    def test_complaints_open_with_the_rights_of_the_desk_and_are_counted_otherwise(
        self, client, quality_manager, supervisor, lead, unit
    ):
        complaint = make_complaint(service=ServiceFactory())
        action = make_improvement(complaint, by=quality_manager, service=None, unit=unit)
        page = {}
        for user in (quality_manager, lead):
            client.force_login(user)
            page[user] = client.get(action.get_absolute_url()).content.decode()
        assert complaint.ticket.reference in page[quality_manager]
        assert complaint.ticket.reference not in page[lead]
        assert "1 réclamation que vos droits n’ouvrent pas" in " ".join(page[lead].split())

    def test_nothing_leaves_a_restricted_service(self, client, quality_manager):
        health = ServiceFactory(is_restricted=True)
        ServiceMembership.objects.create(user=quality_manager, service=health)
        complaint = make_complaint(service=health, subject="Mon traitement")
        client.force_login(quality_manager)
        page = client.get(reverse("admin:crc_ticket", args=[complaint.ticket.reference]))
        assert page.status_code == 200
        assert NEW not in page.content.decode()
        assert client.get(f"{NEW}?reclamation={complaint.ticket.reference}").status_code == 404
        with pytest.raises(Refusal, match="service restreint"):
            make_improvement(complaint, by=quality_manager)
        action = make_improvement(make_complaint(), by=quality_manager)
        with pytest.raises(Refusal, match="service restreint"):
            link_complaint(action, complaint, acting_user=quality_manager)

    def test_an_action_holds_nothing_of_the_people(self, client, quality_manager, supervisor):
        complaint = make_complaint(subject="Objet secret", body="Récit secret", requester_name="Zoé Nomsecret")
        action = decide(make_improvement(complaint, by=quality_manager), owner=supervisor, by=quality_manager)
        client.force_login(quality_manager)
        form = client.get(f"{NEW}?reclamation={complaint.ticket.reference}").content.decode()
        page = client.get(action.get_absolute_url()).content.decode()
        with connection.cursor() as cursor:
            cursor.execute("SELECT i::text || s::text FROM quality_improvement i, quality_improvementstep s")
            stored = " ".join(row[0] for row in cursor.fetchall())
        for secret in ("secret", "Zoé", "camille@exemple.example"):
            assert secret not in form + page + stored


class TestDesk:
    def test_the_same_form_sent_twice_opens_one_action(self, client, quality_manager):
        client.force_login(quality_manager)
        data = {"title": "T", "origin": Origin.AUDIT, "reason": "R", "submission_key": str(uuid4())}
        answers = [client.post(NEW, data) for _ in range(2)]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert len(states(Improvement.objects.get())) == 1

    def test_the_origin_of_what_people_said_is_not_typed(self, client, quality_manager):
        client.force_login(quality_manager)
        data = {"title": "T", "origin": Origin.COMPLAINTS, "reason": "R", "submission_key": str(uuid4())}
        assert client.post(NEW, data).context["form"].errors["origin"]
        with pytest.raises(Refusal, match="vient des usagers"):
            open_improvement(title="T", origin=Origin.COMPLAINTS, reason="R", acting_user=quality_manager)

    @pytest.mark.parametrize(
        "query",
        [
            "reclamation=2026-BBBBBBBB",
            "reclamation=%00",
            "cause=x",
            "cause=999999999&service=%00",
            "commentaire=1",
            "suite=1",
        ],
    )
    def test_an_unknown_origin_is_not_found(self, client, quality_manager, query):
        client.force_login(quality_manager)
        assert client.get(f"{NEW}?{query}").status_code == 404

    def test_an_answer_to_the_survey_opens_an_action(self, client, quality_manager):
        make_survey()
        _answered(days_ago(3), [2])
        answer = SurveyAnswer.objects.get(score=2)
        question = answer.invitation.survey.questions.last()
        SurveyAnswer.objects.create(invitation=answer.invitation, question=question, text="Trop long pour Zoé.")
        client.force_login(quality_manager)
        page = client.get(reverse("admin:quality_satisfaction")).content.decode()
        address = f"{NEW}?commentaire={answer.invitation_id}"
        assert address in page
        assert "Zoé" not in client.get(address).content.decode()
        client.post(address, {"title": "T", "reason": "R", "submission_key": str(uuid4())})
        action = Improvement.objects.get()
        assert (action.origin, action.sources.get().invitation_id) == (Origin.SURVEYS, answer.invitation_id)

    def test_a_refused_act_keeps_what_was_typed_and_says_why(self, client, done, service, quality_manager):
        for days in (10, 20, 30):
            make_complaint(service=service, opened_at=days_ago(days))
        answer = post(client, quality_manager, done, "verifier", verdict="oui", comment="Tout va mieux.")
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "La mesure ne montre pas d’effet" in page
        assert "Tout va mieux." in page

    def test_a_date_of_the_past_is_refused_beside_its_field(self, client, complaints, quality_manager, supervisor):
        action = make_improvement(*complaints, by=quality_manager)
        plan = {"owner": supervisor.pk, "expected_effect": "E", "measure": Measure.COMPLAINTS}
        for day in ("2020-01-01", "9999-12-31", "demain"):
            answer = post(client, quality_manager, action, "decider", **plan, planned_on=day)
            assert list(answer.context["failed"].errors) == ["planned_on"]

    def test_a_complaint_is_linked_by_its_reference_once(self, client, complaints, quality_manager):
        action = make_improvement(*complaints[:1], by=quality_manager)
        other = complaints[1].ticket.reference
        assert post(client, quality_manager, action, "rattacher", complaint=other.lower()).status_code == 302
        assert post(client, quality_manager, action, "rattacher", complaint=other).status_code == 409
        assert post(client, quality_manager, action, "rattacher", complaint=make_ticket().reference).status_code == 200
        assert action.sources.count() == 2

    def test_filters_and_late_actions(self, client, complaints, quality_manager, supervisor, service):
        late = decide(
            make_improvement(*complaints, by=quality_manager, days=50), owner=supervisor, by=quality_manager, days=40
        )
        make_improvement(by=quality_manager, title="Idée")
        client.force_login(quality_manager)

        def shown(query):
            return [one.title for one in client.get(f"{LIST}?{query}").context["page"].rows]

        assert (
            shown("etat=en-retard") == shown(f"service={service.code}") == shown("origine=complaints") == [late.title]
        )
        assert shown("etat=a-decider") == ["Idée"]
        assert len(shown("etat=inconnu&service=nulle-part")) == 2
        assert client.get(f"{LIST}?apres=faux").status_code == 404
        assert [(one.label, one.count) for one in todos(supervisor)] == [("Vos actions d’amélioration en retard", 1)]

    def test_the_home_page_says_what_waits(self, done, quality_manager, supervisor, stranger):
        for _ in range(3):
            make_complaint("Information erronée", marked=True)
        make_improvement(by=quality_manager)
        waiting = {one.label: one.count for one in todos(quality_manager)}
        assert waiting == {
            "Actions d’amélioration à décider": 1,
            "Causes récurrentes sans action": 1,
            "Réclamations à porter à l’amélioration": 3,
            "Effets d’actions à vérifier": 1,
        }
        assert todos(supervisor) == [], "never their own"
        assert todos(stranger) == []

    @pytest.mark.parametrize("number", [1, 3])
    def test_lists_cost_the_same_for_one_and_three(self, client, number, quality_manager, supervisor):
        load_referentials(acting_user=None)
        for _ in range(number):
            service = ServiceFactory()
            known = [make_complaint(service=service, marked=True) for _ in range(3)]
            action = make_improvement(known[0], by=quality_manager)
            decide(action, owner=supervisor, by=quality_manager)
        client.force_login(quality_manager)
        indicator = reverse("admin:quality_indicator", args=[32])
        costs = {}
        for address in (LIST, CAUSES, indicator, action.get_absolute_url()):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            costs[address] = len(queries)
        assert list(costs.values()) == [7, 6, 6, 18]


def test_history_names_who_did_what(client, done, quality_manager, supervisor):
    client.force_login(quality_manager)
    history = client.get(done.get_absolute_url()).context["history"]
    assert [(line.act, line.who) for line in history.lines] == [
        ("Action faite", supervisor.get_full_name()),
        ("Action commencée", supervisor.get_full_name()),
        ("Action décidée", quality_manager.get_full_name()),
        ("Action d’amélioration ouverte", quality_manager.get_full_name()),
    ]
