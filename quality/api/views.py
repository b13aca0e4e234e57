"""Surveys for an application: those of the person's own requests, answered by the rules of the site's form."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError

from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    UNCHANGED,
    ConflictError,
    problems,
)
from cned_portal.users.api.person import SpaceView
from quality.api.serializers import AnswersSerializer, InvitationSerializer
from quality.domain.surveys import AlreadyAnswered, answer_survey
from quality.forms import SurveyForm
from quality.models import SurveyInvitation

SHOWN = 50
_ANSWER_FIELDS = ("note", "oui", "texte")


class SurveyView(SpaceView):
    def own(self, request):
        """Invitations about the person's own requests."""
        rows = SurveyInvitation.objects.filter(ticket__requester=request.user)
        return rows.select_related("survey", "ticket").prefetch_related("survey__questions")


class SurveyList(SurveyView):
    @extend_schema(
        operation_id="enquetes",
        summary="Enquêtes qui attendent votre réponse, la plus récente d’abord",
        parameters=[IF_NONE_MATCH],
        responses={200: InvitationSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        due = self.own(request).filter(answered_at__isnull=True, expires_at__gt=timezone.now())
        rows = due.order_by("-invited_at", "-pk")[:SHOWN]
        return self.conditional(request, InvitationSerializer(rows, many=True).data)


class SurveyDetail(SurveyView):
    @extend_schema(
        operation_id="enquete",
        summary="Une enquête et ses questions",
        parameters=[IF_NONE_MATCH],
        responses={200: InvitationSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, InvitationSerializer(get_object_or_404(self.own(request), pk=pk)).data)


class SurveyAnswers(SurveyView):
    @extend_schema(
        operation_id="enquete_repondre",
        summary="Répondre à une enquête, une fois pour toutes",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswersSerializer,
        responses={201: InvitationSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        invitation = get_object_or_404(self.own(request), pk=pk)
        said = AnswersSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        form = SurveyForm(_as_typed(said.validated_data["reponses"]), questions=invitation.survey.questions.all())
        if not form.is_valid():
            raise ValidationError({f"reponses.{name[1:]}": messages for name, messages in form.errors.items()})

        def act():
            try:
                answer_survey(invitation, form.answers(), acting_user=request.user)
            except AlreadyAnswered:
                raise ConflictError("Cette enquête a déjà vos réponses, ou elle a expiré.") from None
            return status.HTTP_201_CREATED, dict(InvitationSerializer(self.own(request).get(pk=pk)).data)

        return self.once(request, act)


def _as_typed(answers):
    """What the form of the site would have received."""
    typed = {}
    for answer in answers:
        value = next((answer[name] for name in _ANSWER_FIELDS if name in answer), "")
        if isinstance(value, bool):
            value = "oui" if value else "non"
        typed[f"q{answer['question']}"] = value
    return typed
