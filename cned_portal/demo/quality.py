"""The quality file of the demonstration: referential, a survey with its answers, the report of last month."""

import random
from datetime import timedelta

from django.utils import timezone

from cned_portal.users.models import User
from crc.domain.queries.periods import previous_month
from crc.enums import State
from crc.models import Ticket
from quality.domain.referentials import load_referentials
from quality.domain.reports import build_report, request_report
from quality.domain.surveys import answer_survey, invite
from quality.enums import QuestionKind
from quality.models import ReportRun, Survey, SurveyInvitation, SurveyQuestion

SEED = 1939
QUESTIONS = [
    (QuestionKind.SCORE, "Êtes-vous satisfait de la réponse à votre demande ?", True),
    (QuestionKind.YES_NO, "Votre demande est-elle résolue ?", True),
    (QuestionKind.TEXT, "Que pourrions-nous faire mieux ?", False),
]
VERBATIMS = {
    5: ["Réponse claire et rapide, merci.", "L’agent a tout expliqué, c’est parfait."],
    4: ["Bonne réponse, un peu longue à venir.", "Merci, j’aurais aimé pouvoir appeler le soir."],
    3: ["Réponse correcte, mais j’ai dû relancer.", "Le délai annoncé n’a pas été tenu."],
    2: ["On m’a renvoyé vers une page que j’avais déjà lue.", "Trop long pour une question simple."],
    1: ["Ma question n’a pas été comprise.", "Toujours pas de solution pour mon colis."],
}


def load():
    """Add what is missing; what is there already is left as it is."""
    load_referentials(acting_user=None)
    survey = _survey()
    if not SurveyInvitation.objects.exists():
        _answers(survey)
    if not ReportRun.objects.exists():
        manager = User.objects.with_role("responsable-qualite").first()
        month = previous_month(timezone.localdate().replace(day=1))
        build_report(request_report(month=month, acting_user=manager).pk)


def _survey():
    survey, is_new = Survey.objects.get_or_create(
        title="Votre avis sur notre réponse",
        defaults={
            "introduction": "Trois questions, une minute. Vos réponses nous aident à mieux répondre.",
            "is_active": True,
        },
    )
    if is_new:
        SurveyQuestion.objects.bulk_create(
            SurveyQuestion(survey=survey, position=position, kind=kind, label=label, is_required=required)
            for position, (kind, label, required) in enumerate(QUESTIONS, start=1)
        )
    return survey


def _answers(survey):
    """Invitations a day after each closure, three answers out of four."""
    chance = random.Random(SEED)  # noqa: S311  the same demonstration each time
    questions = list(survey.questions.all())
    closed = Ticket.objects.filter(
        state=State.CLOSED, service__is_restricted=False, closed_at__lt=timezone.now() - timedelta(days=1)
    ).order_by("closed_at", "pk")
    for ticket in closed:
        asked = ticket.closed_at + timedelta(hours=survey.delay_hours)
        invited = asked < timezone.now() and invite(survey, ticket.pk, acting_user=None, now=asked)
        answered = asked + timedelta(hours=chance.randint(1, 60))
        score = chance.choices([5, 4, 3, 2, 1], [45, 30, 12, 8, 5])[0]
        written = chance.random() < 0.5
        if not invited or chance.random() > 0.75 or answered > timezone.now():
            continue
        given = {questions[0]: ("score", score), questions[1]: ("yes", score >= 3)}
        if written:
            given[questions[2]] = ("text", chance.choice(VERBATIMS[score]))
        answer_survey(ticket.survey_invitation, given, acting_user=None, now=answered)
