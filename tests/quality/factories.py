from datetime import timedelta

from django.utils import timezone

from crc.domain.tickets import answer_ticket, close_ticket
from crc.enums import Decision, Kind
from quality.enums import QuestionKind
from quality.models import Survey, SurveyQuestion
from tests.crc.factories import make_ticket, settle_complaint
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
