"""Asking for a place step by step: the same steps as the pages, kept as typed, sent once all are right."""

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from cned_portal.users.api.base import IDEMPOTENCY_KEY, IF_NONE_MATCH, UNCHANGED, ConflictError, problems
from learners.api.acts import ActView
from learners.api.drafts_serializers import (
    NAMES,
    DraftSerializer,
    FillStepSerializer,
    SendDraftSerializer,
    StartedDraftSerializer,
)
from learners.api.serializers import FullEnrolmentSerializer
from learners.api.views import NO_CONTENT, full_enrolment
from learners.domain.drafts import drop_draft
from learners.domain.refusals import Refusal
from learners.forms.enrolment_path import ALREADY, CHANGED, LABELS, SEND, UNFINISHED, YOU, Path, trainings_to_ask
from learners.models import Enrolment, EnrolmentDraft

_SHOWN = 100
_FORM_NAMES = {told: name for name, told in NAMES.items()}
_STEP = OpenApiParameter(
    "etape", OpenApiTypes.STR, OpenApiParameter.PATH, enum=[step for step in LABELS if step != SEND]
)


class DraftList(ActView):
    @extend_schema(
        operation_id="brouillons",
        summary="Vos demandes d’inscription commencées",
        parameters=[IF_NONE_MATCH],
        responses={200: StartedDraftSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = EnrolmentDraft.objects.filter(user=request.user).select_related("training__unit")
        shown = rows.defer("training__search_vector").order_by("-updated_at", "-pk")[:_SHOWN]
        return self.conditional(request, StartedDraftSerializer(shown, many=True).data)


class DraftView(ActView):
    def training(self, slug):
        return get_object_or_404(trainings_to_ask(), slug=slug)

    def path(self, request, training):
        if Enrolment.objects.of_user(request.user).live().filter(training=training).exists():
            raise ConflictError(ALREADY)
        return Path.of(request.user, training)


class Draft(DraftView):
    @extend_schema(
        operation_id="brouillon",
        summary="Une demande d’inscription : ses étapes, ce que vous avez écrit, ce qui reste",
        description="Commencée ou non. D’autres étapes paraissent quand la première est juste. 409 : déjà inscrit.",
        parameters=[IF_NONE_MATCH],
        responses={200: DraftSerializer, **UNCHANGED, **problems(404, 409)},
    )
    def get(self, request, slug):
        return self.conditional(request, DraftSerializer(self.path(request, self.training(slug))).data)

    @extend_schema(
        operation_id="brouillon_effacer",
        summary="Effacer votre saisie et renoncer",
        responses={**NO_CONTENT, **problems(404)},
    )
    def delete(self, request, slug):
        drop_draft(user=request.user, training=self.training(slug), acting_user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DraftStep(DraftView):
    @extend_schema(
        operation_id="brouillon_etape",
        summary="Écrire une étape ; elle est gardée, juste ou non",
        parameters=[_STEP],
        request=FillStepSerializer,
        responses={200: DraftSerializer, **problems(404, 409, 413, 415)},
    )
    def put(self, request, slug, etape):
        path = self.path(request, self.training(slug))
        if etape == SEND or etape not in path.steps or (etape != YOU and path.you is None):
            raise Http404
        typed = QueryDict(mutable=True)
        for field in self.said(request, FillStepSerializer)["champs"]:
            typed.setlist(_FORM_NAMES.get(field["nom"], field["nom"]), field["valeurs"])
        path, _ = path.keep(etape, typed)
        return Response(DraftSerializer(path).data)


class DraftSend(DraftView):
    @extend_schema(
        operation_id="brouillon_envoyer",
        summary="Envoyer la demande d’inscription, toutes ses étapes étant justes",
        parameters=[IDEMPOTENCY_KEY],
        request=SendDraftSerializer,
        responses={201: FullEnrolmentSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, slug):
        training = self.training(slug)
        said = self.said(request, SendDraftSerializer)

        def act():
            path = self.path(request, training)
            if path.first_wrong():
                raise Refusal(UNFINISHED)
            if said["version"] != path.draft.version:
                raise Refusal(CHANGED)
            sent = path.send(early_start=said["commencer_sans_attendre"])
            return status.HTTP_201_CREATED, full_enrolment(request.user, sent.pk)

        return self.once(request, act)
