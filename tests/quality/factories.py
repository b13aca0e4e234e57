from datetime import timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from crc.domain.complaints import instruct_complaint, review_complaint
from crc.domain.tickets import answer_ticket, close_ticket
from crc.enums import ComplaintOutcome, Decision, Kind
from crc.models import Complaint, ComplaintCause
from quality.domain.improvements import decide_improvement, finish_improvement, open_improvement, start_improvement
from quality.domain.surveys import answer_survey, invite
from quality.enums import Measure, Origin, QuestionKind
from quality.models import Improvement, Survey, SurveyQuestion
from tests.crc.factories import TopicFactory, make_ticket, settle_complaint
from tests.users.factories import UserFactory


def make_survey(**fields):
    """An active survey with one question of each kind."""
    survey = Survey.objects.create(title="Votre avis", introduction="Une minute.", **{"is_active": True, **fields})
    kinds = [(QuestionKind.SCORE, True), (QuestionKind.YES_NO, True), (QuestionKind.TEXT, False)]
    for position, (kind, required) in enumerate(kinds, start=1):
        SurveyQuestion.objects.create(
            survey=survey, position=position, kind=kind, label=f"Question {position} ?", is_required=required
        )
    return survey


def make_closed_ticket(*, received_at=None, closed_at=None, **fields):
    """A ticket answered and closed by the verbs, thirty hours ago unless the dates say else."""
    closed_at = closed_at or timezone.now() - timedelta(hours=30)
    received_at = received_at or closed_at - timedelta(hours=10)
    agent = UserFactory(is_staff=True)
    ticket = make_ticket(at=received_at, **fields)
    answered_at = received_at + (closed_at - received_at) / 2
    answer_ticket(ticket, body="Voici.", version=ticket.version, acting_user=agent, at=answered_at)
    if ticket.kind == Kind.COMPLAINT:
        settle_complaint(ticket, agent)
    close_ticket(ticket, reason="Terminé", decision=Decision.GRANTED, acting_user=agent, at=closed_at)
    ticket.refresh_from_db()
    return ticket


def make_complaint(cause="Délai de réponse", *, service=None, opened_at=None, marked=False, **fields):
    """A complaint instructed with this cause and looked at again, opened now unless the date says else."""
    opened_at = opened_at or timezone.now() - timedelta(hours=2)
    ticket = make_ticket(topic=TopicFactory(kind=Kind.COMPLAINT), service=service, at=opened_at, **fields)
    Complaint.objects.filter(ticket=ticket).update(opened_at=opened_at)
    cause, _ = ComplaintCause.objects.get_or_create(label=cause)
    instruct_complaint(
        ticket,
        cause=cause,
        outcome=ComplaintOutcome.FOUNDED,
        findings="Constat.",
        needs_improvement=marked,
        acting_user=UserFactory(),
        at=opened_at,
    )
    review_complaint(ticket, agrees=True, acting_user=UserFactory(), at=opened_at + timedelta(days=1))
    return Complaint.objects.select_related("ticket__service", "cause").get(ticket=ticket)


def make_improvement(*complaints, by, title="Tenir les délais", days=0, **fields):
    """An action to decide, from complaints of one cause or from an idea, opened that many days ago."""
    scope = {"origin": Origin.IDEA}
    if complaints:
        scope = {"origin": Origin.COMPLAINTS, "cause": complaints[0].cause, "service": complaints[0].ticket.service}
    values = {"title": title, "reason": "Constat.", **scope, **fields}
    return open_improvement(complaints=complaints, acting_user=by, now=days_ago(days), **values)


def decide(improvement, *, owner, by, days=0, **fields):
    """Decided that many days ago, on the complaints of its cause."""
    plan = {"planned_on": timezone.localdate(days_ago(days - 10)), "expected_effect": "Moins d’attente."}
    values = {**plan, "measure": Measure.COMPLAINTS, **fields}
    return decide_improvement(improvement, owner=owner, acting_user=by, now=days_ago(days), **values)


def carry_out(improvement, *, by, days=0):
    """Begun and done that many days ago."""
    start_improvement(improvement, acting_user=by, now=days_ago(days))
    return finish_improvement(improvement, acting_user=by, now=days_ago(days))


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def states(action):
    """What an action went through, in order."""
    return list(action.steps.values_list("state", flat=True))


def moved_to(action, state):
    """What a mistake in the code could write, past the verbs."""
    with transaction.atomic():
        Improvement.objects.filter(pk=action.pk).update(state=state)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def act_on(client, user, action, act, **data):
    """Send a form of the page of an action, as somebody."""
    client.force_login(user)
    return client.post(reverse("admin:quality_improvement_act", args=[action.pk, act]), data)


def answer_the_survey(at, scores):
    """As many closed requests as scores, whose survey was sent and answered that day."""
    survey = Survey.objects.get()
    questions = list(survey.questions.all())
    for score in scores:
        ticket = make_closed_ticket(closed_at=at - timedelta(days=2), requester_email=f"{uuid4().hex}@exemple.example")
        assert invite(survey, ticket.pk, acting_user=None, now=at)
        given = {questions[0]: ("score", score), questions[1]: ("yes", True)}
        answer_survey(ticket.survey_invitation, given, acting_user=None, now=at + timedelta(hours=1))
