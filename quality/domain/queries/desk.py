"""What quality brings to the pages of the desk, below: indicators, what is known of a requester, actions taken."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from crc.domain.queries.complaints import FollowUps
from crc.domain.queries.context import SHOWN, tickets_of_requester
from crc.domain.queries.indicators import Definition
from quality.domain.queries.satisfaction import HIDDEN_UNDER, satisfaction
from quality.models import Improvement, SurveyInvitation

_SOURCE = "Enquête envoyée après les demandes closes"
_HIDDEN = f"« n. d. » sous {HIDDEN_UNDER} réponses, et hors d’un mois entier : les notes diraient celles de personnes."
DEFINITIONS = (
    Definition(
        "survey-response",
        "Taux de réponse à l’enquête",
        "share",
        "",
        "Enquêtes répondues, sur les invitations envoyées dans la période et arrivées (une par demande close, hors "
        "services restreints, aléas, refus et personnes interrogées depuis trente jours).",
        _SOURCE,
    ),
    Definition(
        "csat",
        "Demandeurs satisfaits",
        "share",
        "",
        f"Notes 4 et 5 sur 5, sur les notes données aux invitations envoyées dans la période. {_HIDDEN}",
        _SOURCE,
    ),
    Definition(
        "resolved-by-requester",
        "Demandes résolues selon le demandeur",
        "share",
        "",
        "« Oui » à la question posée, sur les oui et les non donnés aux invitations envoyées dans la période : c’est "
        f"l’avis du demandeur, pas l’état de la demande. {_HIDDEN}",
        _SOURCE,
    ),
)


def measure(period, service, public):
    """Values of `DEFINITIONS` by code. Two queries.

    Scores are for whole months alone: two periods that differ by a day would tell what one person answered.
    """
    found = satisfaction(period.bounds, service, public)
    is_shown = found.is_shown and period.is_month
    return {
        "survey-response": found.response,
        "csat": found.satisfied if is_shown else None,
        "resolved-by-requester": found.resolved if is_shown else None,
    }


def surveys_of(ticket, user):
    """The surveys sent to the requester, newest first.

    People were told that those who handled their request see overall results alone: the scores are for who may read
    the answers, others learn that the person was asked and whether they answered.
    """
    invitations = SurveyInvitation.objects.filter(ticket__in=tickets_of_requester(ticket, user))
    invitations = invitations.select_related("ticket").order_by("-invited_at", "-pk")
    may_read = user.has_perm("quality.view_surveyanswer")
    if may_read:
        invitations = invitations.prefetch_related("answers")
    return [_line(one, may_read) for one in invitations[:SHOWN]]


def _line(invitation, may_read):
    answered = invitation.answered_at
    text = f"{invitation.ticket.reference} : envoyée le {date_format(localtime(invitation.invited_at), 'd/m/Y')}, "
    text += f"répondue le {date_format(localtime(answered), 'd/m/Y')}" if answered else "sans réponse"
    scores = [one.score for one in invitation.answers.all() if one.score] if may_read and answered else []
    return f"{text}, note {scores[0]} sur 5" if scores else text


def actions_after(complaint, user):
    """The improvement actions that come from a complaint, and the address that opens one.

    Nothing leaves a restricted service: its complaints open no action.
    """
    if complaint.ticket.service.is_restricted or not user.has_perm("quality.view_improvement"):
        return None
    actions = Improvement.objects.visible_to(user).filter(sources__complaint=complaint).order_by("-opened_at", "-pk")
    may_open = user.has_perm("quality.add_improvement")
    return FollowUps(
        title="Actions d’amélioration",
        lines=[(one.title, one.get_absolute_url(), one.get_state_display()) for one in actions[:SHOWN]],
        new_url=f"{reverse('admin:quality_new_improvement')}?reclamation={complaint.ticket.reference}"
        if may_open
        else "",
        new_label="Ouvrir une action d’amélioration",
    )
