"""Seats: given by a list that is deposited, checked and accepted; taken with a code; answered by the person."""

from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled, ValidationError

from cned_portal.common.spreadsheets import table_response
from cned_portal.common.throttle import allow
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    GivesFile,
    problems,
)
from cned_portal.users.api.fields import site_url
from learners.api.acts import TABLE, ActView, UploadView, judged
from learners.api.organisations import NAMES, own_membership
from learners.api.organisations_serializers import (
    AcceptGroupSerializer,
    AnsweredSeatSerializer,
    AnswerSeatSerializer,
    CodeSerializer,
    DepositGroupSerializer,
    GroupLinePageSerializer,
    GroupLineSerializer,
    GroupPageSerializer,
    GroupSerializer,
    OfferedSeatSerializer,
    SeatSerializer,
)
from learners.api.serializers import FullEnrolmentSerializer
from learners.api.views import full_enrolment
from learners.domain.organisations.group_lines import EXAMPLE, HEADINGS, correction_rows
from learners.domain.organisations.groups import accept_group, request_group, retry_group
from learners.domain.organisations.seats import (
    TRIES_PER_HOUR,
    UNKNOWN_CODE,
    agree_to_seat,
    decline_seat,
    find_voucher,
    seats_of,
    seats_to_answer,
    use_voucher,
    vouchers,
)
from learners.enums import ENROLLING_ROLES, GroupOutcome, MemberRole
from learners.forms.organisations import GROUP_MAX_BYTES, GroupForm

_HOUR = 3600
_SHOWN = 100
_WRITTEN = {201: GroupSerializer, **problems(404, 409, 413, 415, 422)}


def own_groups(request, organisation, roles=MemberRole.values):
    rows = own_membership(request, organisation, roles).organisation.groups
    return rows.select_related("voucher__line__session__action__training__unit")


class GroupList(UploadView):
    most_bytes = GROUP_MAX_BYTES

    @extend_schema(
        operation_id="organisation_listes",
        summary="Les listes de personnes à inscrire, la dernière d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: GroupPageSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        rows = own_groups(request, organisation)
        return self.page(request, rows, ["-id"], name="listes", serializer=GroupSerializer)

    @extend_schema(
        operation_id="organisation_liste_deposer",
        summary="Déposer une liste de personnes ; elle est vérifiée, personne n’est encore inscrit",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": DepositGroupSerializer},
        responses=_WRITTEN,
    )
    def post(self, request, organisation):
        found = own_membership(request, organisation, ENROLLING_ROLES).organisation
        usable = vouchers().filter(line__quote__organisation=found, used__lt=F("seats"))
        sent = {"voucher": request.data.get("bon", "")}
        cleaned = judged(GroupForm(sent, {"file": self.file(request)}, vouchers=usable), NAMES)
        content = cleaned["file"].read()
        return self.done(
            request,
            request_group,
            cleaned["voucher"],
            name=cleaned["file"].name,
            content=content,
            files=[("fichier", content)],
            told=lambda run: GroupSerializer(own_groups(request, organisation).get(pk=run.pk)).data,
        )


class GroupModel(GivesFile, ActView):
    @extend_schema(operation_id="organisation_liste_modele", summary="Le modèle de tableau, en CSV", responses=TABLE)
    def get(self, request, organisation):
        own_membership(request, organisation)
        return table_response("modele-inscriptions", "csv", "Inscriptions", HEADINGS, [EXAMPLE])


class GroupDetail(ActView):
    @extend_schema(
        operation_id="organisation_liste",
        summary="Où en est une liste",
        parameters=[IF_NONE_MATCH],
        responses={200: GroupSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation, pk):
        found = get_object_or_404(own_groups(request, organisation), pk=pk)
        return self.conditional(request, GroupSerializer(found).data)


class GroupLines(ActView):
    @extend_schema(
        operation_id="organisation_liste_lignes",
        summary="Ce que devient chaque ligne, celles à corriger d’abord, avec leurs raisons",
        parameters=[OpenApiParameter("effet", OpenApiTypes.STR, enum=GroupOutcome.values), *PAGING, IF_NONE_MATCH],
        responses={200: GroupLinePageSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation, pk):
        rows = get_object_or_404(own_groups(request, organisation), pk=pk).lines.all()
        if outcome := self.chosen(request, "effet", GroupOutcome.values):
            rows = rows.filter(outcome=outcome)
        return self.page(request, rows, ["id"], name="lignes", serializer=GroupLineSerializer)


class GroupCorrections(GivesFile, ActView):
    @extend_schema(
        operation_id="organisation_liste_a_corriger",
        summary="Les lignes à corriger, en CSV ; corrigé, ce fichier se dépose tel quel",
        responses=TABLE,
    )
    def get(self, request, organisation, pk):
        found = get_object_or_404(own_groups(request, organisation), pk=pk)
        headings, rows = correction_rows(found)
        return table_response(f"a-corriger-{pk}", "csv", "À corriger", headings, rows)


class GroupAct(ActView):
    def group(self, request, organisation, pk):
        return get_object_or_404(own_groups(request, organisation, ENROLLING_ROLES), pk=pk)

    def answered(self, request, run, verb, **said):
        def told(made):
            return GroupSerializer(own_groups(request, run.organisation_id).get(pk=run.pk)).data

        return self.done(request, verb, run, **said, told=told)


class GroupAccept(GroupAct):
    @extend_schema(
        operation_id="organisation_liste_accepter",
        summary="Inscrire : tout ou rien (`all`), ou les bonnes lignes (`good`)",
        parameters=[IDEMPOTENCY_KEY],
        request=AcceptGroupSerializer,
        responses=_WRITTEN,
    )
    def post(self, request, organisation, pk):
        run = self.group(request, organisation, pk)
        mode = self.said(request, AcceptGroupSerializer)["mode"]
        return self.answered(request, run, accept_group, mode=mode)


class GroupRetry(GroupAct):
    @extend_schema(
        operation_id="organisation_liste_recommencer",
        summary="Reprendre une liste interrompue",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=_WRITTEN,
    )
    def post(self, request, organisation, pk):
        return self.answered(request, self.group(request, organisation, pk), retry_group)


class CodeView(ActView):
    def voucher(self, request):
        """The voucher of the code that was sent; tries are counted with those of the page."""
        code = self.said(request, CodeSerializer)["code"]
        if not allow("learners.voucher", request.user.pk, limit=TRIES_PER_HOUR, seconds=_HOUR):
            raise Throttled(wait=_HOUR)
        found = find_voucher(code)
        if found is None:
            raise ValidationError({"code": [UNKNOWN_CODE]})
        return found


class VoucherRead(CodeView):
    @extend_schema(
        operation_id="bon_lire",
        summary="Lire ce qu’un code ouvre, avant de prendre la place",
        description="Un envoi, pour que le code reste hors des adresses ; rien n’est pris.",
        parameters=[IDEMPOTENCY_KEY],
        request=CodeSerializer,
        responses={201: OfferedSeatSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        found = self.voucher(request)
        return self.once(request, lambda: (status.HTTP_201_CREATED, dict(OfferedSeatSerializer(found).data)))


class VoucherUse(CodeView):
    @extend_schema(
        operation_id="bon_prendre",
        summary="Prendre une place avec un code ; l’organisation voit votre nom et où en est l’inscription",
        parameters=[IDEMPOTENCY_KEY],
        request=CodeSerializer,
        responses={201: FullEnrolmentSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        return self.done(
            request, use_voucher, self.voucher(request), told=lambda made: full_enrolment(request.user, made.pk)
        )


class SeatList(ActView):
    @extend_schema(
        operation_id="places",
        summary="Places que des organisations vous donnent, et qui attendent votre réponse",
        parameters=[IF_NONE_MATCH],
        responses={200: SeatSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = seats_to_answer(request.user).select_related("enrolment__training__unit").order_by("-pk")[:_SHOWN]
        return self.conditional(request, SeatSerializer(rows, many=True).data)


class SeatDetail(ActView):
    @extend_schema(
        operation_id="place",
        summary="Une place qui attend votre réponse",
        parameters=[IF_NONE_MATCH],
        responses={200: SeatSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, SeatSerializer(get_object_or_404(seats_to_answer(request.user), pk=pk)).data)


class SeatAnswer(ActView):
    @extend_schema(
        operation_id="place_repondre",
        summary="Accepter ou refuser l’inscription demandée par une organisation",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerSeatSerializer,
        responses={201: AnsweredSeatSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        get_object_or_404(seats_of(request.user), pk=pk)
        agrees = self.said(request, AnswerSeatSerializer)["accord"]

        def act():
            # Here, so that a call repeated once the seat is answered still gets its answer
            seat = get_object_or_404(seats_to_answer(request.user), pk=pk)
            (agree_to_seat if agrees else decline_seat)(seat, acting_user=request.user)
            url = site_url(reverse("learners_api:enrolment", args=[seat.enrolment_id]))
            return status.HTTP_201_CREATED, {"url": url, "accord": agrees}

        return self.once(request, act)
