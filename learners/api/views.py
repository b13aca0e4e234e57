"""« Mon espace » for an application: what the pages show, the same acts, the same refusals. Access is in the query."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from catalogue.models import Training
from cned_portal.common.clients import webpush
from cned_portal.common.files import download_stored
from cned_portal.common.throttle import allow, client_address
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    GivesFile,
    PrivateView,
    file_of,
    problems,
)
from cned_portal.users.api.person import SpaceView
from learners.api.serializers import (
    AddDeviceSerializer,
    AskDocumentSerializer,
    DashboardSerializer,
    DeviceSerializer,
    DocumentPageSerializer,
    DocumentSerializer,
    EnrolmentPageSerializer,
    EnrolmentSerializer,
    EnrolSerializer,
    FullEnrolmentSerializer,
    NotificationsSerializer,
    OpenSessionSerializer,
    VerificationSerializer,
)
from learners.domain.documents import request_document, retry_document
from learners.domain.enrolments import enrol, open_sessions
from learners.domain.files import missing
from learners.domain.notifications import choose_notifications
from learners.domain.people import Identity
from learners.domain.push import add_device, remove_device
from learners.domain.queries.space import DOCUMENTS_SHOWN, own_documents, own_enrolments, space_of
from learners.domain.queries.verification import verify_document
from learners.enums import EnrolmentState, NotificationChannel, NotificationTopic, WaitingOn
from learners.models import EnrolmentFile, PushDevice, QuietHours
from learners.validators import document_code

HOUR = 3600
CHECKS_PER_HOUR = 60  # as on the site, with which it is counted
NO_CONTENT = {204: OpenApiResponse(description="Fait.")}


class Dashboard(SpaceView):
    @extend_schema(
        operation_id="tableau_de_bord",
        summary="Ce qu’il y a à faire, vos inscriptions, vos documents",
        parameters=[IF_NONE_MATCH],
        responses={200: DashboardSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        told = DashboardSerializer({"space": space_of(request.user, whole=True)}).data
        return self.conditional(request, told)


class EnrolmentList(SpaceView):
    @extend_schema(
        operation_id="inscriptions",
        summary="Vos inscriptions, la plus récente d’abord",
        parameters=[
            OpenApiParameter("etat", OpenApiTypes.STR, enum=EnrolmentState.values),
            *PAGING,
            IF_NONE_MATCH,
        ],
        responses={200: EnrolmentPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = own_enrolments(request.user)
        if state := self.chosen(request, "etat", EnrolmentState.values):
            rows = rows.filter(state=state)
        return self.page(request, rows, ["-requested_at", "-id"], name="inscriptions", serializer=EnrolmentSerializer)

    @extend_schema(
        operation_id="inscription_demander",
        summary="Demander une inscription",
        description="Une inscription en cours à cette formation donne 409.",
        parameters=[IDEMPOTENCY_KEY],
        request=EnrolSerializer,
        responses={201: FullEnrolmentSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        said = EnrolSerializer(data=request.data, context={"user": request.user})
        said.is_valid(raise_exception=True)
        data = dict(said.validated_data)
        training, session = data.pop("formation"), data.pop("session")

        def act():
            found = enrol(
                user=request.user,
                training=training,
                session=session,
                identity=Identity(**data),
                acting_user=request.user,
            )
            return status.HTTP_201_CREATED, full_enrolment(request.user, found.pk)

        return self.once(request, act)


class EnrolmentDetail(SpaceView):
    @extend_schema(
        operation_id="inscription",
        summary="Une de vos inscriptions, avec ses documents",
        parameters=[IF_NONE_MATCH],
        responses={200: FullEnrolmentSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, full_enrolment(request.user, pk))


def full_enrolment(user, pk):
    found = get_object_or_404(own_enrolments(user), pk=pk)
    file = EnrolmentFile.objects.filter(enrolment=found).with_parts().first()
    # What staff have to do is not told in detail, on the site either
    found.awaited = [item for item in missing(file) if item.who != WaitingOn.STAFF] if file else []
    found.latest_documents = list(
        own_documents(user).filter(enrolment=found).order_by("-created_at", "-pk")[:DOCUMENTS_SHOWN]
    )
    return FullEnrolmentSerializer(found).data


class OpenSessions(SpaceView):
    @extend_schema(
        operation_id="sessions_ouvertes",
        summary="Sessions d’une formation où s’inscrire aujourd’hui",
        parameters=[IF_NONE_MATCH],
        responses={200: OpenSessionSerializer(many=True), **UNCHANGED, **problems(404)},
    )
    def get(self, request, slug):
        training = get_object_or_404(Training.objects.published().defer("search_vector"), slug=slug)
        return self.conditional(request, OpenSessionSerializer(open_sessions(training), many=True).data)


class EnrolmentDocuments(SpaceView):
    @extend_schema(
        operation_id="document_demander",
        summary="Demander un document d’une inscription",
        description="Demandé deux fois, il est le même tant qu’il dirait la même chose. Suivez `url` jusqu’à `done`.",
        parameters=[IDEMPOTENCY_KEY],
        request=AskDocumentSerializer,
        responses={201: DocumentSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        found = get_object_or_404(own_enrolments(request.user), pk=pk)
        said = AskDocumentSerializer(data=request.data)
        said.is_valid(raise_exception=True)

        def act():
            asked = request_document(found, kind=said.validated_data["nature"], acting_user=request.user)
            return status.HTTP_201_CREATED, dict(DocumentSerializer(asked).data)

        return self.once(request, act)


class DocumentList(SpaceView):
    @extend_schema(
        operation_id="documents",
        summary="Vos documents, le dernier d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: DocumentPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = own_documents(request.user)
        return self.page(request, rows, ["-created_at", "-id"], name="documents", serializer=DocumentSerializer)


class DocumentDetail(SpaceView):
    @extend_schema(
        operation_id="document",
        summary="Où en est un de vos documents",
        parameters=[IF_NONE_MATCH],
        responses={200: DocumentSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        found = get_object_or_404(own_documents(request.user), pk=pk)
        return self.conditional(request, DocumentSerializer(found).data)


class DocumentRetry(SpaceView):
    @extend_schema(
        operation_id="document_recommencer",
        summary="Redemander un document dont la préparation a échoué",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: DocumentSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        found = get_object_or_404(own_documents(request.user), pk=pk)

        def act():
            retry_document(found, acting_user=request.user)
            found.refresh_from_db()
            return status.HTTP_201_CREATED, dict(DocumentSerializer(found).data)

        return self.once(request, act)


class DocumentFile(GivesFile, SpaceView):
    @extend_schema(
        operation_id="document_fichier",
        summary="Le PDF d’un document délivré",
        responses=file_of("application/pdf"),
    )
    def get(self, request, pk):
        found = get_object_or_404(own_documents(request.user).issued(), pk=pk)
        return download_stored(found.file, name=f"{found.kind_slug}.pdf", content_type="application/pdf")


@method_decorator(login_not_required, name="dispatch")
class Verification(PrivateView):
    """For anyone who holds the code of a document."""

    authentication_classes: list = []
    permission_classes: list = []

    @extend_schema(
        operation_id="verification",
        summary="Vérifier un document par son code",
        auth=[],
        parameters=[
            OpenApiParameter("code", OpenApiTypes.STR, OpenApiParameter.PATH, description="Avec ou sans ses tirets."),
            IF_NONE_MATCH,
        ],
        responses={200: VerificationSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, code):
        if not allow("learners.verify", client_address(request), limit=CHECKS_PER_HOUR, seconds=HOUR):
            raise Throttled(wait=HOUR)
        found = verify_document(document_code(code))
        if found is None:
            raise Http404
        return self.conditional(request, VerificationSerializer(found).data)


class Notifications(SpaceView):
    def told(self, user):
        chosen = dict(user.notification_choices.values_list("topic", "channel"))
        rows = [
            {"sujet": topic.value, "libelle": topic.label, "moyen": chosen.get(topic.value, NotificationChannel.MAIL)}
            for topic in NotificationTopic
        ]
        quiet = QuietHours.objects.filter(user=user).first()
        key = webpush.public_key() if webpush.is_configured() else ""
        return NotificationsSerializer({"sujets": rows, "silence": quiet, "cle_push": key}).data

    @extend_schema(
        operation_id="notifications",
        summary="Par quel moyen être prévenu de quoi, et quand ne pas l’être",
        parameters=[IF_NONE_MATCH],
        responses={200: NotificationsSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, self.told(request.user))

    @extend_schema(
        operation_id="notifications_choisir",
        summary="Choisir",
        description="Un sujet qui n’est pas envoyé garde son moyen ; un silence nul n’en laisse aucun.",
        request=NotificationsSerializer,
        responses={200: NotificationsSerializer, **problems(413, 415)},
    )
    def put(self, request):
        said = NotificationsSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        quiet = said.validated_data["silence"]
        choose_notifications(
            request.user,
            channels={row["sujet"]: row["moyen"] for row in said.validated_data["sujets"]},
            quiet=(quiet["starts_at"], quiet["ends_at"], quiet["time_zone"]) if quiet else None,
            acting_user=request.user,
        )
        return Response(self.told(request.user))


class DeviceList(SpaceView):
    @extend_schema(
        operation_id="appareils",
        summary="Appareils où vous êtes prévenu",
        parameters=[IF_NONE_MATCH],
        responses={200: DeviceSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = PushDevice.objects.filter(user=request.user).order_by("-created_at", "-pk")
        return self.conditional(request, DeviceSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="appareil_ajouter",
        summary="Être prévenu sur un appareil",
        parameters=[IDEMPOTENCY_KEY],
        request=AddDeviceSerializer,
        responses={201: DeviceSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        said = AddDeviceSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        data = said.validated_data

        def act():
            device = add_device(
                request.user,
                label=data["libelle"],
                endpoint=data["adresse"],
                p256dh=data["p256dh"],
                auth=data["auth"],
                acting_user=request.user,
            )
            return status.HTTP_201_CREATED, dict(DeviceSerializer(device).data)

        return self.once(request, act)


class DeviceDetail(SpaceView):
    @extend_schema(
        operation_id="appareil_retirer",
        summary="Ne plus être prévenu sur un appareil",
        responses={**NO_CONTENT, **problems(404)},
    )
    def delete(self, request, pk):
        remove_device(get_object_or_404(PushDevice, user=request.user, pk=pk), acting_user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
