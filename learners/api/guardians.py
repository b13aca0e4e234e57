"""Minors and the adults who follow them: who is invited, what is agreed to, how it ends."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from cned_portal.common.files import download_stored
from cned_portal.common.throttle import allow
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    ConflictError,
    GivesFile,
    problems,
)
from learners.api.acts import PDF, ActView, judged
from learners.api.guardians_serializers import (
    AgreementPageSerializer,
    AgreementSerializer,
    AnswerAgreementSerializer,
    FullWardSerializer,
    GuardianSerializer,
    InviteGuardianSerializer,
    LinkSerializer,
    WardSerializer,
)
from learners.api.profile_serializers import ConsentSerializer, SayConsentSerializer
from learners.api.views import NO_CONTENT
from learners.domain.files import answer_agreement
from learners.domain.guardian_rules import Subject, sees
from learners.domain.guardians import (
    INVITATIONS_A_DAY,
    LASTING,
    accept_guardianship,
    end_guardianship,
    invite_guardian,
    learner_may_end,
    resend_invitation,
)
from learners.domain.profile import consent_lines, record_consent
from learners.domain.queries.family import followed_documents, guardians_of, guardianships_of
from learners.enums import ConsentPurpose, EndReason
from learners.forms.profile import InviteForm
from learners.models import EnrolmentFile, Guardianship, LearnerProfile

_NAMES = {"email": "courriel", "relationship": "lien", "__all__": "corps"}
_NOT_A_MINOR = "Seul un apprenant mineur a un responsable légal."
_DAY = 86_400
DOCUMENTS_SHOWN = 20


def asked_agreements(user):
    """Files of the minors for whom the person signs that ask for an agreement, answered or not."""
    return EnrolmentFile.objects.signed_by(user).filter(needs_agreement=True).with_parts()


class AgreementList(ActView):
    @extend_schema(
        operation_id="accords",
        summary="Accords qui vous sont demandés comme responsable légal, le dernier d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: AgreementPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = asked_agreements(request.user)
        return self.page(request, rows, ["-id"], name="accords", serializer=AgreementSerializer)


class Agreement(ActView):
    @extend_schema(
        operation_id="accord",
        summary="Un accord : ce que vous accepteriez, ou ce qui a été répondu",
        parameters=[IF_NONE_MATCH],
        responses={200: AgreementSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        found = get_object_or_404(asked_agreements(request.user), pk=pk)
        return self.conditional(request, AgreementSerializer(found).data)


class AgreementAnswer(ActView):
    @extend_schema(
        operation_id="accord_repondre",
        summary="Donner ou refuser votre accord au texte lu",
        parameters=[IDEMPOTENCY_KEY],
        request=AnswerAgreementSerializer,
        responses={201: AgreementSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        rows = asked_agreements(request.user)
        found = get_object_or_404(rows, pk=pk)
        said = self.said(request, AnswerAgreementSerializer)
        return self.done(
            request,
            answer_agreement,
            found,
            is_given=said["accord"],
            text=said["texte"],
            told=lambda answer: AgreementSerializer(rows.get(pk=pk)).data,
        )


class GuardianList(ActView):
    def own(self, user):
        return LearnerProfile.objects.minors().filter(user=user, anonymised_at=None).first()

    @extend_schema(
        operation_id="responsables",
        summary="Les adultes qui vous suivent, et les invitations en attente",
        description="Vide pour un adulte.",
        parameters=[IF_NONE_MATCH],
        responses={200: GuardianSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        learner = self.own(request.user)
        rows = guardians_of(learner) if learner else []
        return self.conditional(request, GuardianSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="responsable_inviter",
        summary="Inviter un adulte à vous suivre",
        parameters=[IDEMPOTENCY_KEY],
        request=InviteGuardianSerializer,
        responses={201: GuardianSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        learner = self.own(request.user)
        if learner is None:
            raise ConflictError(_NOT_A_MINOR)
        cleaned = judged(InviteForm(self.said(request, InviteGuardianSerializer)), _NAMES)

        def invite(learner, **said):
            if not allow("learners.invite", request.user.pk, limit=INVITATIONS_A_DAY, seconds=_DAY):
                raise Throttled(wait=_DAY)
            return invite_guardian(learner, **said)

        return self.done(request, invite, learner, **cleaned, told=lambda bond: GuardianSerializer(bond).data)


def own_bonds(user):
    """Those by which adults follow the person."""
    return Guardianship.objects.filter(learner__user=user, ended_at=None).select_related("learner__user", "guardian")


class GuardianDetail(ActView):
    @extend_schema(
        operation_id="responsable_retirer",
        summary="Retirer une invitation, ou votre confiance à un adulte qui ne signe pas pour vous",
        responses={**NO_CONTENT, **problems(404, 409)},
    )
    def delete(self, request, pk):
        bond = get_object_or_404(own_bonds(request.user), pk=pk)
        if not learner_may_end(bond):
            raise ConflictError(LASTING)
        self.changed(request, end_guardianship, bond, reason=EndReason.LEARNER)
        return Response(status=status.HTTP_204_NO_CONTENT)


class GuardianResend(ActView):
    @extend_schema(
        operation_id="responsable_renvoyer",
        summary="Renvoyer une invitation ; l’ancien lien ne vaut plus rien",
        description="L’invitation renvoyée en remplace une : son `id` est nouveau.",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: GuardianSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, pk):
        bond = get_object_or_404(Guardianship.objects.filter(learner__user=request.user), pk=pk)
        return self.done(request, resend_invitation, bond, told=lambda bond: GuardianSerializer(bond).data)


class WardList(ActView):
    @extend_schema(
        operation_id="mineurs_suivis",
        summary="Les apprenants mineurs que vous suivez",
        parameters=[IF_NONE_MATCH],
        responses={200: WardSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, WardSerializer(guardianships_of(request.user), many=True).data)

    @extend_schema(
        operation_id="mineur_suivre",
        summary="Accepter de suivre un mineur, par le jeton du lien reçu",
        parameters=[IDEMPOTENCY_KEY],
        request=LinkSerializer,
        responses={201: WardSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        token = self.said(request, LinkSerializer)["jeton"]
        return self.done(request, accept_guardianship, token, told=lambda bond: WardSerializer(bond).data)


class WardDetail(ActView):
    @extend_schema(
        operation_id="mineur_suivi",
        summary="Un mineur que vous suivez, dans la limite de ce que les règles laissent voir",
        parameters=[IF_NONE_MATCH],
        responses={200: FullWardSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        bond = get_object_or_404(guardianships_of(request.user), pk=pk)
        documents = followed_documents(request.user).issued().filter(enrolment__learner=bond.learner)
        shown = documents.order_by("-issued_at", "-pk")[:DOCUMENTS_SHOWN]
        bond.seen_documents = list(shown) if sees(bond, Subject.DOCUMENTS) else []
        bond.seen_profile = bond.learner if sees(bond, Subject.PROFILE) else None
        bond.seen_consents = consent_lines(bond.learner, by_guardian=True) if sees(bond, Subject.CONSENTS) else []
        return self.conditional(request, FullWardSerializer(bond).data)

    @extend_schema(
        operation_id="mineur_ne_plus_suivre",
        summary="Ne plus suivre ce mineur",
        responses={**NO_CONTENT, **problems(404)},
    )
    def delete(self, request, pk):
        bond = get_object_or_404(guardianships_of(request.user), pk=pk)
        self.changed(request, end_guardianship, bond, reason=EndReason.GUARDIAN)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WardDocument(GivesFile, ActView):
    @extend_schema(
        operation_id="mineur_document_fichier",
        summary="Le PDF d’un document d’un mineur que vous suivez",
        responses=PDF,
    )
    def get(self, request, pk):
        found = get_object_or_404(followed_documents(request.user).issued(), pk=pk)
        return download_stored(found.file, name=f"{found.kind_slug}.pdf", content_type="application/pdf")


class WardConsent(ActView):
    @extend_schema(
        operation_id="mineur_consentement",
        summary="Donner ou retirer, avec un enfant de moins de 15 ans, un consentement",
        parameters=[OpenApiParameter("finalite", OpenApiTypes.STR, OpenApiParameter.PATH, enum=ConsentPurpose.values)],
        request=SayConsentSerializer,
        responses={200: ConsentSerializer(many=True), **problems(404, 409, 413, 415)},
    )
    def put(self, request, pk, finalite):
        bond = get_object_or_404(guardianships_of(request.user), pk=pk)
        if finalite not in ConsentPurpose.values or not sees(bond, Subject.CONSENTS):
            raise Http404
        given = self.said(request, SayConsentSerializer)["accord"]
        self.changed(request, record_consent, bond.learner, purpose=finalite, given=given)
        return Response(ConsentSerializer(consent_lines(bond.learner, by_guardian=True), many=True).data)
