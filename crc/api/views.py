"""One's own requests, for the mobile client: to list, ask, read, reply. Access is in the query, as on the site."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled

from cned_portal.common.files import download
from cned_portal.common.throttle import allow
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    BoundedJSONParser,
    GivesFile,
    file_of,
    problems,
)
from cned_portal.users.api.person import PersonView
from crc.api.base import REFERENCE, FilesParser, joined_files
from crc.api.serializers import (
    AskSerializer,
    AskWithFilesSerializer,
    FullTicketSerializer,
    ReplySerializer,
    ReplyWithFilesSerializer,
    TicketPageSerializer,
    TicketSerializer,
    TopicSerializer,
)
from crc.domain.attachments import open_attachment
from crc.domain.limits import HOUR, REPLIES_PER_HOUR, REQUESTS_PER_HOUR
from crc.domain.tickets import follow_up_request, receive_request, requester_reply
from crc.enums import Channel, Kind, State
from crc.models import Ticket, Topic
from crc.validators import is_reference


class OwnTicketView(PersonView):
    throttle_scope = "demandes"
    write_scope = "demandes-envoi"

    def own(self, request, reference):
        """The person's request of this reference, else 404."""
        if not is_reference(reference):
            raise Http404
        tickets = Ticket.objects.of_requester(request.user).select_related("service", "topic", "training")
        return get_object_or_404(tickets, reference=reference)

    def told(self, request, ticket):
        """The request as it is now, after an act."""
        return FullTicketSerializer(self.own(request, ticket.reference)).data


class TopicList(OwnTicketView):
    @extend_schema(
        operation_id="sujets",
        summary="Sujets proposés",
        responses={200: TopicSerializer(many=True), **UNCHANGED, **problems()},
        parameters=[IF_NONE_MATCH],
    )
    def get(self, request):
        return self.conditional(request, TopicSerializer(Topic.objects.active(), many=True).data)


class TicketList(OwnTicketView):
    parser_classes = [BoundedJSONParser, FilesParser]

    @extend_schema(
        operation_id="demandes",
        summary="Vos demandes, la plus récente d’abord",
        parameters=[
            OpenApiParameter("etat", OpenApiTypes.STR, enum=State.values),
            OpenApiParameter("nature", OpenApiTypes.STR, enum=Kind.values),
            *PAGING,
            IF_NONE_MATCH,
        ],
        responses={200: TicketPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        tickets = Ticket.objects.of_requester(request.user).select_related("service")
        if state := self.chosen(request, "etat", State.values):
            tickets = tickets.filter(state=state)
        if kind := self.chosen(request, "nature", Kind.values):
            tickets = tickets.filter(kind=kind)
        return self.page(request, tickets, ["-received_at", "-id"], name="demandes", serializer=TicketSerializer)

    @extend_schema(
        operation_id="demande_creer",
        summary="Poser une question",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": AskSerializer, "multipart/form-data": AskWithFilesSerializer},
        responses={201: FullTicketSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        asked = AskSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        files, user = joined_files(request), request.user
        enrolment = asked.validated_data["inscription"]
        training = enrolment.training if enrolment else asked.validated_data["formation"] or None

        def act():
            if not allow("crc.ask.mail", user.email.lower(), limit=REQUESTS_PER_HOUR, seconds=HOUR):
                raise Throttled(wait=HOUR)
            ticket = receive_request(
                public=asked.validated_data["public"],
                topic=asked.validated_data["sujet"],
                subject=asked.validated_data["objet"],
                body=asked.validated_data["message"],
                training=training,
                requester=user,
                requester_name=user.get_full_name()[:150],
                requester_email=user.email,
                channel=Channel.API,
                files=files,
                acting_user=user,
            )
            return status.HTTP_201_CREATED, self.told(request, ticket)

        return self.once(request, act, files)


class TicketDetail(OwnTicketView):
    @extend_schema(
        operation_id="demande",
        summary="Une de vos demandes, avec ses étapes et ses échanges",
        parameters=[REFERENCE, IF_NONE_MATCH],
        responses={200: FullTicketSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, reference):
        return self.conditional(request, FullTicketSerializer(self.own(request, reference)).data)


class TicketReply(OwnTicketView):
    parser_classes = [BoundedJSONParser, FilesParser]

    @extend_schema(
        operation_id="demande_repondre",
        summary="Écrire au service",
        description="Une demande close depuis longtemps n’est pas rouverte : la réponse en est une nouvelle, sa suite.",
        parameters=[REFERENCE, IDEMPOTENCY_KEY],
        request={"application/json": ReplySerializer, "multipart/form-data": ReplyWithFilesSerializer},
        responses={201: FullTicketSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, reference):
        ticket = self.own(request, reference)
        said = ReplySerializer(data=request.data)
        said.is_valid(raise_exception=True)
        files, user = joined_files(request), request.user

        def act():
            if not allow("crc.reply", ticket.pk, limit=REPLIES_PER_HOUR, seconds=HOUR):
                raise Throttled(wait=HOUR)
            words = {"body": said.validated_data["message"], "files": files, "acting_user": user}
            if ticket.may_reopen:
                requester_reply(ticket, **words)
                return status.HTTP_201_CREATED, self.told(request, ticket)
            following = follow_up_request(ticket, channel=Channel.API, **words)
            return status.HTTP_201_CREATED, self.told(request, following)

        return self.once(request, act, files)


class TicketFile(GivesFile, OwnTicketView):
    @extend_schema(
        operation_id="demande_piece",
        summary="Un fichier des échanges",
        parameters=[REFERENCE],
        responses=file_of(),
    )
    def get(self, request, reference, pk):
        found = open_attachment(self.own(request, reference).public_messages(), pk)
        if found is None:
            raise Http404
        row, file = found
        return download(file, name=row.name, content_type=row.content_type)
