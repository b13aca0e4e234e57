"""From a complaint to an action and to dated evidence, and who may do what of it at the desk."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.models import ComplaintCause, ServiceMembership
from quality.admin.todos import improvements as todos
from quality.domain.improvements import (
    Refusal,
    link_complaint,
    open_improvement,
)
from quality.domain.referentials import load_referentials
from quality.enums import Evidence, ImprovementState, Measure, Origin
from quality.models import Improvement, ImprovementStep, Indicator, SurveyAnswer
from tests.crc.factories import ServiceFactory, make_ticket
from tests.quality.factories import (
    act_on,
    answer_the_survey,
    days_ago,
    decide,
    make_complaint,
    make_improvement,
    make_survey,
    moved_to,
    states,
)

pytestmark = pytest.mark.django_db
LIST = reverse("admin:quality_improvements")
NEW = reverse("admin:quality_new_improvement")
CAUSES = reverse("admin:quality_causes")


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
        assert act_on(client, quality_manager, action, "decider", **plan).status_code == 302
        assert act_on(client, supervisor, action, "commencer").status_code == 302
        assert act_on(client, supervisor, action, "terminer", comment="Fait.").status_code == 302
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


class TestWhoMay:
    def test_unit_leads_read_their_unit_s_and_nobody_else_s(self, client, complaints, quality_manager, lead, service):
        mine = make_improvement(*complaints, by=quality_manager)
        other = make_improvement(make_complaint(), by=quality_manager, title="Ailleurs")
        client.force_login(lead)
        assert [one.pk for one in client.get(LIST).context["page"].rows] == [mine.pk]
        assert client.get(mine.get_absolute_url()).status_code == 200
        assert client.get(other.get_absolute_url()).status_code == 404
        assert act_on(client, lead, other, "commencer").status_code == 404

    def test_the_person_in_charge_advances_it_and_decides_nothing(self, client, complaints, quality_manager, lead):
        action = decide(make_improvement(*complaints, by=quality_manager), owner=lead, by=quality_manager)
        assert act_on(client, lead, action, "abandonner", reason="Non.").status_code == 403
        assert act_on(client, lead, action, "commencer").status_code == 302
        assert act_on(client, lead, action, "terminer").status_code == 302

    def test_auditors_read_and_change_nothing(self, client, done, staff):
        auditor = staff(Role.AUDITOR)
        client.force_login(auditor)
        assert client.get(done.get_absolute_url()).context["acts"] == []
        assert client.get(CAUSES).status_code == 200
        assert act_on(client, auditor, done, "verifier", verdict="oui", comment="Vu.").status_code == 403
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
        answer_the_survey(days_ago(3), [2])
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
        answer = act_on(client, quality_manager, done, "verifier", verdict="oui", comment="Tout va mieux.")
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "La mesure ne montre pas d’effet" in page
        assert "Tout va mieux." in page

    def test_a_date_of_the_past_is_refused_beside_its_field(self, client, complaints, quality_manager, supervisor):
        action = make_improvement(*complaints, by=quality_manager)
        plan = {"owner": supervisor.pk, "expected_effect": "E", "measure": Measure.COMPLAINTS}
        for day in ("2020-01-01", "9999-12-31", "demain"):
            answer = act_on(client, quality_manager, action, "decider", **plan, planned_on=day)
            assert list(answer.context["failed"].errors) == ["planned_on"]

    def test_a_complaint_is_linked_by_its_reference_once(self, client, complaints, quality_manager):
        action = make_improvement(*complaints[:1], by=quality_manager)
        other = complaints[1].ticket.reference
        assert act_on(client, quality_manager, action, "rattacher", complaint=other.lower()).status_code == 302
        assert act_on(client, quality_manager, action, "rattacher", complaint=other).status_code == 409
        request = make_ticket().reference
        assert act_on(client, quality_manager, action, "rattacher", complaint=request).status_code == 200
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
