"""The surveys that wait for a person, and what they answer."""

from django.urls import reverse
from rest_framework import serializers

from cned_portal.users.api.fields import TrueOrFalse, site_url
from quality.enums import QuestionKind
from quality.forms import TEXT_MAX_LENGTH
from quality.models.surveys import SCORES


class QuestionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    nature = serializers.ChoiceField(QuestionKind.choices, source="kind")
    question = serializers.CharField(source="label")
    obligatoire = serializers.BooleanField(source="is_required")


class InvitationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    titre = serializers.CharField(source="survey.title")
    presentation = serializers.CharField(source="survey.introduction")
    demande = serializers.CharField(source="ticket.reference")
    expire_le = serializers.DateTimeField(source="expires_at")
    repondue_le = serializers.DateTimeField(source="answered_at", allow_null=True)
    questions = QuestionSerializer(source="survey.questions.all", many=True)

    def get_url(self, invitation) -> str:
        return site_url(reverse("quality_api:survey", args=[invitation.pk]))


class AnswerSerializer(serializers.Serializer):
    """One of the three, by the nature of the question."""

    question = serializers.IntegerField(help_text="Son `id`.")
    note = serializers.IntegerField(min_value=SCORES[0], max_value=SCORES[-1], required=False)
    oui = TrueOrFalse(required=False)
    texte = serializers.CharField(max_length=TEXT_MAX_LENGTH, required=False, allow_blank=True)


class AnswersSerializer(serializers.Serializer):
    reponses = AnswerSerializer(many=True, max_length=50)  # type: ignore[call-arg]
