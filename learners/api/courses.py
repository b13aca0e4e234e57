"""Courses, devoirs, dates and follow-up: what the pages show, the same acts. Guardians read and write nothing."""

from django import forms
from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cned_portal.common.uploads import SizeLimit
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    JSON_MAX,
    PAGING,
    UNCHANGED,
    BoundedMultiPartParser,
    GivesFile,
    TooLargeError,
    lasting_key,
    problems,
)
from cned_portal.users.api.fields import site_url
from cned_portal.users.api.person import SpaceView
from learners.api.acts import FILE, ActView
from learners.api.courses_serializers import (
    AnswerReminderSerializer,
    CourseSerializer,
    DaysSerializer,
    ExchangePageSerializer,
    ExchangeSerializer,
    FullHomeworkSerializer,
    HandInSerializer,
    HandInWithFilesSerializer,
    HomeworkPageSerializer,
    HomeworkSerializer,
    NoteModuleSerializer,
    OccurrenceSerializer,
    SubscriptionSerializer,
)
from learners.api.views import NO_CONTENT
from learners.domain.calendar import occurrences_of, renew_feed, revoke_feed
from learners.domain.copies import hand_in
from learners.domain.courses import finish_module, open_module
from learners.domain.followup import answer_reminder
from learners.domain.homework_files import MOST_FILES
from learners.domain.queries.courses import courses_of, homework_of, one_homework
from learners.enums import ActivityKind, ContactKind, HomeworkStage
from learners.forms.courses import copy_files
from learners.models import CalendarFeed, Contact, Copy, CopyFile, CorrectionFile
from learners.stored_files import stored_file, stored_subject

_NO_DATE = "9999-12-31"  # devoirs without a date come last


class CourseView(SpaceView):
    def course(self, request, pk):
        found = next(iter(courses_of(request.user, pk=pk)), None)
        if found is None:
            raise Http404
        return found


class CourseList(SpaceView):
    @extend_schema(
        operation_id="cours",
        summary="Formations en cours, leurs modules et l’avancement",
        parameters=[IF_NONE_MATCH],
        responses={200: CourseSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, CourseSerializer(courses_of(request.user), many=True).data)


class CourseDetail(CourseView):
    @extend_schema(
        operation_id="cours_un",
        summary="Une formation en cours",
        parameters=[IF_NONE_MATCH],
        responses={200: CourseSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, CourseSerializer(self.course(request, pk)).data)


class ModuleActivity(CourseView):
    @extend_schema(
        operation_id="module_noter",
        summary="Noter qu’un module est ouvert ou terminé",
        parameters=[IDEMPOTENCY_KEY],
        request=NoteModuleSerializer,
        responses={201: CourseSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk, module):
        course = self.course(request, pk)
        found = next((row for row in course.modules if row.pk == module), None)
        if found is None or not course.is_own:
            raise Http404
        said = NoteModuleSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        words = {"key": lasting_key(request), "acting_user": request.user}

        def act():
            if said.validated_data["nature"] == ActivityKind.DONE:
                finish_module(course.enrolment, found, minutes=said.validated_data.get("minutes"), **words)
            else:
                open_module(course.enrolment, found, **words)
            return status.HTTP_201_CREATED, dict(CourseSerializer(self.course(request, pk)).data)

        return self.once(request, act)


class HomeworkList(SpaceView):
    @extend_schema(
        operation_id="devoirs",
        summary="Les devoirs, le plus pressé d’abord",
        parameters=[OpenApiParameter("etat", OpenApiTypes.STR, enum=HomeworkStage.values), *PAGING, IF_NONE_MATCH],
        responses={200: HomeworkPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = sorted(homework_of(request.user), key=_place)
        if stage := self.chosen(request, "etat", HomeworkStage.values):
            rows = [one for one in rows if one.stage == stage]
        return self.page(request, rows, _place, name="devoirs", serializer=HomeworkSerializer)


def _place(homework):
    due_on = homework.devoir.due_on
    day = due_on.isoformat() if due_on else _NO_DATE
    return [day, homework.devoir.module.rank, homework.devoir.pk, homework.enrolment.pk]


class HomeworkView(SpaceView):
    def homework(self, request, pk, devoir):
        found = one_homework(request.user, pk, devoir)
        if found is None:
            raise Http404
        return found

    def told(self, request, pk, devoir):
        homework = self.homework(request, pk, devoir)
        copies = Copy.objects.filter(enrolment=homework.enrolment, devoir=homework.devoir)
        versions = list(copies.order_by("-version").prefetch_related("files"))
        return dict(FullHomeworkSerializer(homework, context={"versions": versions}).data)


class HomeworkDetail(HomeworkView):
    @extend_schema(
        operation_id="devoir",
        summary="Un devoir : son sujet, les copies rendues, la correction",
        parameters=[IF_NONE_MATCH],
        responses={200: FullHomeworkSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk, devoir):
        return self.conditional(request, self.told(request, pk, devoir))


class CopyParser(BoundedMultiPartParser):
    @property
    def max_bytes(self):
        return MOST_FILES * settings.HOMEWORK_MAX_BYTES + JSON_MAX


class HandIn(HomeworkView):
    parser_classes = [CopyParser]

    def initialize_request(self, request, *args, **kwargs):
        request.upload_handlers.insert(0, SizeLimit(request, settings.HOMEWORK_MAX_BYTES))
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        operation_id="devoir_rendre",
        summary="Rendre une copie, ou remplacer celle qui est rendue",
        description="La clé reste celle de la copie : renvoyée même des jours après, elle n’en fait pas une seconde.",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": HandInWithFilesSerializer},
        responses={201: FullHomeworkSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk, devoir):
        homework = self.homework(request, pk, devoir)
        if not homework.is_own:
            raise Http404
        said = HandInSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        files = self.files(request)

        def act():
            hand_in(
                homework.enrolment,
                homework.devoir.pk,
                files=files,
                client_key=lasting_key(request),
                acting_user=request.user,
                **said.validated_data,
            )
            return status.HTTP_201_CREATED, self.told(request, pk, devoir)

        return self.once(request, act, files)

    def files(self, request):
        """Files of the call as pairs (name, bytes), judged as those of the page's form."""
        field = copy_files(error_messages={"required": "Joignez votre copie avant de la rendre."})
        field.oversized = request.oversized_files.get("fichiers", [])
        try:
            return field.clean(request.FILES.getlist("fichiers"))
        except forms.ValidationError as error:
            if field.oversized:
                raise TooLargeError(" ".join(error.messages)) from None
            raise ValidationError({"fichiers": error.messages}) from None


class SubjectFile(GivesFile, HomeworkView):
    @extend_schema(operation_id="devoir_sujet_fichier", summary="Le fichier du sujet", responses=FILE)
    def get(self, request, pk, devoir):
        return stored_subject(self.homework(request, pk, devoir).devoir)


class OwnCopyFile(GivesFile, SpaceView):
    @extend_schema(operation_id="copie_fichier", summary="Un fichier rendu", responses=FILE)
    def get(self, request, pk):
        return stored_file(CopyFile.objects.followed_by(request.user), pk)


class MarkedFile(GivesFile, SpaceView):
    @extend_schema(operation_id="correction_fichier", summary="Un fichier d’une copie corrigée", responses=FILE)
    def get(self, request, pk):
        return stored_file(CorrectionFile.objects.followed_by(request.user), pk)


class CalendarList(SpaceView):
    @extend_schema(
        operation_id="calendrier",
        summary="Les dates : devoirs, sessions, rendez-vous",
        parameters=[
            OpenApiParameter("du", OpenApiTypes.DATE, description="Premier jour ; par défaut, il y a 60 jours."),
            OpenApiParameter("au", OpenApiTypes.DATE, description="Dernier jour ; par défaut, dans 400 jours."),
            IF_NONE_MATCH,
        ],
        responses={200: OccurrenceSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        said = DaysSerializer(data={name: request.GET[name] for name in ("du", "au") if name in request.GET})
        said.is_valid(raise_exception=True)
        days = said.validated_data
        rows = occurrences_of(request.user, days.get("du"), days.get("au"))
        return self.conditional(request, OccurrenceSerializer(rows, many=True).data)


class CalendarSubscription(ActView):
    def told(self, feed):
        url = site_url(feed.get_absolute_url()) if feed else None
        return SubscriptionSerializer({"url": url, "depuis_le": feed and feed.created_at}).data

    @extend_schema(
        operation_id="calendrier_abonnement",
        summary="L’adresse secrète de votre calendrier",
        parameters=[IF_NONE_MATCH],
        responses={200: SubscriptionSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, self.told(CalendarFeed.objects.filter(user=request.user).first()))

    @extend_schema(
        operation_id="calendrier_abonnement_renouveler",
        summary="Obtenir une adresse ; l’ancienne cesse de fonctionner",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: SubscriptionSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        return self.done(request, renew_feed, request.user, told=self.told)

    @extend_schema(
        operation_id="calendrier_abonnement_retirer",
        summary="Retirer l’adresse : elle cesse de fonctionner",
        responses={**NO_CONTENT, **problems()},
    )
    def delete(self, request):
        self.changed(request, revoke_feed, request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ContactView(SpaceView):
    def own(self, request):
        return Contact.objects.of_user(request.user).select_related("enrolment__training")


class ContactList(ContactView):
    @extend_schema(
        operation_id="suivi",
        summary="Relances, appels et rendez-vous avec votre tuteur, le dernier d’abord",
        parameters=[OpenApiParameter("nature", OpenApiTypes.STR, enum=ContactKind.values), *PAGING, IF_NONE_MATCH],
        responses={200: ExchangePageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = self.own(request)
        if kind := self.chosen(request, "nature", ContactKind.values):
            rows = rows.filter(kind=kind)
        return self.page(request, rows, ["-at", "-id"], name="contacts", serializer=ExchangeSerializer)


class ContactDetail(ContactView):
    @extend_schema(
        operation_id="suivi_contact",
        summary="Un échange avec votre tuteur",
        parameters=[IF_NONE_MATCH],
        responses={200: ExchangeSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, ExchangeSerializer(get_object_or_404(self.own(request), pk=pk)).data)


class ReminderAnswer(ContactView):
    @extend_schema(
        operation_id="suivi_repondre",
        summary="Répondre à une relance de votre tuteur",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerReminderSerializer,
        responses={201: ExchangeSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        reminder = get_object_or_404(self.own(request), pk=pk, kind=ContactKind.REMINDER)
        said = AnswerReminderSerializer(data=request.data)
        said.is_valid(raise_exception=True)

        def act():
            answer_reminder(reminder, text=said.validated_data["texte"], acting_user=request.user)
            reminder.refresh_from_db()
            return status.HTTP_201_CREATED, dict(ExchangeSerializer(reminder).data)

        return self.once(request, act)
