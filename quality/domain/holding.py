"""The surveys' part in what a person may ask of their account: see `learners.domain.holdings`.

Answers hang on the ticket they are about: they follow it to another account, and lose their person with it.
"""

from learners.domain.holdings import Holding, Kept
from quality.models import SurveyInvitation


def read(user, archive):
    invitations = SurveyInvitation.objects.filter(ticket__requester=user).select_related("survey", "ticket")
    return [_invitation(item) for item in invitations.prefetch_related("answers__question").order_by("pk")]


def _invitation(item):
    return {
        "enquete": item.survey.title,
        "demande": item.ticket.reference,
        "invitation_le": item.invited_at,
        "reponse_le": item.answered_at,
        "reponses": [{"question": str(answer), "reponse": _said(answer)} for answer in item.answers.all()],
    }


def _said(answer):
    if answer.score is not None:
        return answer.score
    return answer.text if answer.yes is None else answer.yes


HOLDING = Holding(
    key="enquetes",
    label="Vos réponses aux enquêtes",
    read=read,
    kept=(
        Kept(
            "Vos réponses aux enquêtes, sans votre nom", "pour améliorer le service", "la durée fixée pour les enquêtes"
        ),
    ),
)
