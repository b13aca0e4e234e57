"""Rights on one's data: a copy, a correction, the end of the account. Whoever finds a telephone open gets nothing."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.response import Response

from cned_portal.common.files import download_stored
from cned_portal.common.progress import RunState
from cned_portal.users.api.authentication import has_recent_proof
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    UNCHANGED,
    ConflictError,
    GivesFile,
    problems,
)
from learners.api.acts import FILE, ActView, NotBeforeProofError, judged
from learners.api.data_serializers import (
    AskClosureSerializer,
    AskRightSerializer,
    ClosureSerializer,
    DataExportSerializer,
    OpeningSerializer,
    RightRequestSerializer,
)
from learners.api.profile import NO_FILE
from learners.api.views import NO_CONTENT
from learners.domain.holdings import all_of, everything_kept
from learners.domain.privacy.access_log import services_that_opened
from learners.domain.privacy.closure import COOLING_DAYS, give_up_closure, request_closure
from learners.domain.privacy.exports import KEPT_FOR, request_export, retry_export
from learners.domain.privacy.requests import ask_right
from learners.forms.profile import CloseForm, RightForm
from learners.models import AccountClosure, DataExport, LearnerProfile, RightRequest

_SHOWN = 20
_NAMES = {"kind": "nature", "wanted": "demande", "confirmed": "confirmation", "__all__": "corps"}
_WRITTEN = {201: DataExportSerializer, **problems(404, 409, 413, 415, 422)}


class ProvenView(ActView):
    def prove(self, request):
        """The person has given their password or their second factor again lately; else the call is refused."""
        if not has_recent_proof(request):
            raise NotBeforeProofError


class ExportList(ProvenView):
    @extend_schema(
        operation_id="donnees_copies",
        summary="Copies de vos données, la dernière d’abord",
        parameters=[IF_NONE_MATCH],
        responses={200: DataExportSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = DataExport.objects.of_user(request.user).kept().order_by("-created_at", "-pk")[:_SHOWN]
        return self.conditional(request, DataExportSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="donnees_copie_demander",
        summary="Demander une copie de vos données",
        description="Une preuve récente est demandée (403). Deux demandes en même temps donnent une copie.",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: DataExportSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        self.prove(request)
        return self.done(request, request_export, told=lambda run: DataExportSerializer(run).data)


class ExportDetail(ActView):
    @extend_schema(
        operation_id="donnees_copie",
        summary="Où en est une copie de vos données",
        parameters=[IF_NONE_MATCH],
        responses={200: DataExportSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        run = get_object_or_404(DataExport.objects.of_user(request.user), pk=pk)
        return self.conditional(request, DataExportSerializer(run).data)


class ExportRetry(ActView):
    @extend_schema(
        operation_id="donnees_copie_recommencer",
        summary="Redemander une copie dont la préparation a échoué",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=_WRITTEN,
    )
    def post(self, request, pk):
        rows = DataExport.objects.of_user(request.user)
        run = get_object_or_404(rows, pk=pk)
        return self.done(request, retry_export, run, told=lambda made: DataExportSerializer(rows.get(pk=pk)).data)


class ExportFile(GivesFile, ProvenView):
    @extend_schema(
        operation_id="donnees_copie_fichier",
        summary="Le fichier d’une copie, tant qu’il est gardé",
        description="Une preuve récente est demandée (403).",
        responses=FILE,
    )
    def get(self, request, pk):
        rows = DataExport.objects.of_user(request.user).kept()
        fresh = rows.filter(state=RunState.DONE, created_at__gt=timezone.now() - KEPT_FOR)
        run = get_object_or_404(fresh, pk=pk)
        self.prove(request)
        return download_stored(run.file, name="mes-donnees.zip", content_type="application/zip")


class RightList(ActView):
    @extend_schema(
        operation_id="donnees_demandes",
        summary="Vos demandes sur vos données, la dernière d’abord",
        parameters=[IF_NONE_MATCH],
        responses={200: RightRequestSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = RightRequest.objects.of_user(request.user).order_by("-asked_at", "-pk")[:_SHOWN]
        return self.conditional(request, RightRequestSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="donnees_demander",
        summary="Demander une correction, ou autre chose sur vos données",
        parameters=[IDEMPOTENCY_KEY],
        request=AskRightSerializer,
        responses={201: RightRequestSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        learner = LearnerProfile.objects.filter(user=request.user, anonymised_at=None).first()
        if learner is None:
            raise ConflictError(NO_FILE)
        cleaned = judged(RightForm(self.said(request, AskRightSerializer)), _NAMES)
        return self.done(request, ask_right, learner, **cleaned, told=lambda made: RightRequestSerializer(made).data)


class RightDetail(ActView):
    @extend_schema(
        operation_id="donnees_demande",
        summary="Où en est une demande sur vos données",
        parameters=[IF_NONE_MATCH],
        responses={200: RightRequestSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        found = get_object_or_404(RightRequest.objects.of_user(request.user), pk=pk)
        return self.conditional(request, RightRequestSerializer(found).data)


class OpeningList(ActView):
    @extend_schema(
        operation_id="donnees_consultations",
        summary="Les services qui ont ouvert votre dossier, et quand",
        parameters=[IF_NONE_MATCH],
        responses={200: OpeningSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        learner = LearnerProfile.objects.filter(user=request.user, anonymised_at=None).first()
        rows = services_that_opened(learner) if learner else []
        return self.conditional(request, OpeningSerializer(rows, many=True).data)


class Closure(ProvenView):
    def waiting(self, user):
        return AccountClosure.objects.waiting().filter(user=user).first()

    def told(self, user):
        return ClosureSerializer(
            {
                "closure": self.waiting(user),
                "days": COOLING_DAYS,
                "kept": everything_kept(),
                "hindrances": all_of("hinder_closure", user),
            }
        ).data

    @extend_schema(
        operation_id="fermeture",
        summary="Ce que fait la fermeture de votre compte, et si elle est demandée",
        parameters=[IF_NONE_MATCH],
        responses={200: ClosureSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, self.told(request.user))

    @extend_schema(
        operation_id="fermeture_demander",
        summary="Demander la fermeture de votre compte ; vos jetons cessent de valoir",
        description="Une preuve récente est demandée (403). Se reconnecter, puis l’effacer ici, y renonce.",
        parameters=[IDEMPOTENCY_KEY],
        request=AskClosureSerializer,
        responses={201: ClosureSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        self.prove(request)
        judged(CloseForm(self.said(request, AskClosureSerializer)), _NAMES)
        return self.done(request, request_closure, request.user, told=lambda made: self.told(request.user))

    @extend_schema(
        operation_id="fermeture_renoncer",
        summary="Renoncer à la fermeture de votre compte, une fois reconnecté",
        responses={**NO_CONTENT, **problems()},
    )
    def delete(self, request):
        closure = self.waiting(request.user)
        if closure is not None:
            self.changed(request, give_up_closure, closure.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
