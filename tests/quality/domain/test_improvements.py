"""An action is decided on a figure, and its effect checked on another, by another person."""

import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.models import ServiceMembership
from quality.domain.improvements import (
    NotMeasurable,
    Refusal,
    abandon_improvement,
    check_improvement,
    finish_improvement,
    replan_improvement,
    start_improvement,
)
from quality.domain.queries.improvements import WINDOW_DAYS, recurring_causes, signalled_complaints
from quality.enums import ImprovementState, Measure, Origin
from quality.models import Improvement, ImprovementStep
from tests.crc.factories import ServiceFactory
from tests.quality.factories import (
    act_on,
    answer_the_survey,
    carry_out,
    days_ago,
    decide,
    make_complaint,
    make_improvement,
    make_survey,
    moved_to,
    states,
)

pytestmark = pytest.mark.django_db
NEW = reverse("admin:quality_new_improvement")
CAUSES = reverse("admin:quality_causes")


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
        answer_the_survey(month, [5, 4, 2, 1])
        with pytest.raises(NotMeasurable, match="Trop peu de réponses"):
            decide(action, owner=supervisor, by=quality_manager, measure=Measure.CSAT)
        answer_the_survey(month, [5])
        baseline = decide(action, owner=supervisor, by=quality_manager, measure=Measure.CSAT).baseline
        assert (baseline.count, baseline.total) == (3, 5)
        assert baseline.first.day == 1

    def test_complaints_are_not_counted_without_a_cause(self, client, quality_manager, supervisor):
        action = make_improvement(by=quality_manager)
        plan = {"owner": supervisor.pk, "planned_on": timezone.localdate(), "expected_effect": "Mieux."}
        answer = act_on(client, quality_manager, action, "decider", **plan, measure=Measure.COMPLAINTS)
        assert answer.status_code == 200
        assert "n’a pas de cause" in answer.context["failed"].errors["measure"][0]
        assert states(action) == [ImprovementState.TO_DECIDE]


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
        assert act_on(client, quality_manager, done, "verifier", **sent).status_code == 302
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
