"""« Mon organisation » by role: access is in the query, another organisation gets 404."""

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cned_portal.common.files import download_stored
from cned_portal.common.keyset import InvalidCursor
from cned_portal.common.spreadsheets import table_response
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    GivesFile,
    problems,
)
from learners.api.acts import FILE, TABLE, ActView, UploadView, judged
from learners.api.guardians_serializers import LinkSerializer
from learners.api.organisations_serializers import (
    AddPaperSerializer,
    ChangeRoleSerializer,
    FollowedSerializer,
    FollowUpPageSerializer,
    FullMembershipSerializer,
    InviteMemberSerializer,
    MemberInvitationSerializer,
    MemberSerializer,
    MembershipSerializer,
    PaperPageSerializer,
    PaperSerializer,
    api_url,
)
from learners.api.views import NO_CONTENT
from learners.domain.organisations import members as verbs
from learners.domain.organisations.follow_up import WAITING, follow_up_headings, follow_up_page, follow_up_rows
from learners.domain.organisations.relations import FILE_MAX_BYTES, add_file
from learners.domain.organisations.seats import vouchers
from learners.enums import ENROLLING_ROLES, EnrolmentState, MemberRole, OrganisationFileKind, QuoteState
from learners.forms.organisations import InviteForm, PaperForm
from learners.models import OrganisationMember

MANAGERS = (MemberRole.MANAGER,)
NAMES = {
    **{"email": "courriel", "request": "besoin", "name": "nom", "position": "qualite", "agreed": "accord"},
    **{"number": "numero", "file": "fichier", "reason": "raison", "voucher": "bon", "kind": "nature"},
    **{"title": "titre", "__all__": "corps"},
}
_LISTED = 200
_FOLLOWED_STATES = [WAITING, *EnrolmentState.values]


def own_membership(request, organisation, roles=MemberRole.values):
    """The person's membership in an active organisation, in one of the roles; 404 otherwise."""
    return get_object_or_404(OrganisationMember.objects.of_user(request.user, roles), organisation=organisation)


class OrganisationList(ActView):
    @extend_schema(
        operation_id="organisations",
        summary="Les organisations pour lesquelles vous agissez, et votre rôle",
        parameters=[IF_NONE_MATCH],
        responses={200: MembershipSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = OrganisationMember.objects.of_user(request.user).order_by("organisation__sort_key", "pk")[:_LISTED]
        return self.conditional(request, MembershipSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="organisation_rejoindre",
        summary="Accepter une invitation, par le jeton du lien reçu",
        parameters=[IDEMPOTENCY_KEY],
        request=LinkSerializer,
        responses={201: MembershipSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        def told(organisation):
            return MembershipSerializer(own_membership(request, organisation.pk)).data

        return self.done(request, verbs.accept_invitation, self.said(request, LinkSerializer)["jeton"], told=told)


class OrganisationDetail(ActView):
    @extend_schema(
        operation_id="organisation",
        summary="Une organisation : ce qui attend, ses places, ses contacts",
        parameters=[IF_NONE_MATCH],
        responses={200: FullMembershipSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        found = own_membership(request, organisation)
        body = found.organisation
        offered = body.quotes.filter(state=QuoteState.SENT).order_by("-pk").values_list("pk", flat=True)
        found.offered = [api_url("organisation_quote", body.pk, pk) for pk in offered[:_LISTED]]
        own = vouchers().select_related("line__session__action__training__unit")
        found.vouchers = own.filter(line__quote__organisation=body).order_by("-pk")[:_LISTED]
        contacts = body.contacts.filter(ended_at=None).select_related("user")
        found.contacts = contacts.order_by("side", "pk")[:_LISTED]
        found.agreements = body.agreements.in_force().order_by("-pk")[:_LISTED]
        return self.conditional(request, FullMembershipSerializer(found).data)


class MemberList(ActView):
    @extend_schema(
        operation_id="organisation_membres",
        summary="Qui agit pour l’organisation",
        parameters=[IF_NONE_MATCH],
        responses={200: MemberSerializer(many=True), **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        found = own_membership(request, organisation).organisation
        rows = found.members.select_related("user").order_by("pk")[:_LISTED]
        return self.conditional(request, MemberSerializer(rows, many=True).data)


class MemberDetail(ActView):
    def member(self, request, organisation, pk):
        own_membership(request, organisation, MANAGERS)
        return get_object_or_404(OrganisationMember.objects.select_related("user"), organisation=organisation, pk=pk)

    @extend_schema(
        operation_id="organisation_membre_role",
        summary="Changer le rôle d’un membre",
        request=ChangeRoleSerializer,
        responses={200: MemberSerializer, **problems(404, 409, 413, 415)},
    )
    def patch(self, request, organisation, pk):
        found = self.member(request, organisation, pk)
        role = self.said(request, ChangeRoleSerializer).get("role", found.role)
        self.changed(request, verbs.change_member_role, found, role=role)
        found.refresh_from_db(fields=["role"])
        return Response(MemberSerializer(found).data)

    @extend_schema(
        operation_id="organisation_membre_retirer",
        summary="Retirer un membre",
        responses={**NO_CONTENT, **problems(404, 409)},
    )
    def delete(self, request, organisation, pk):
        self.changed(request, verbs.remove_member, self.member(request, organisation, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationList(ActView):
    @extend_schema(
        operation_id="organisation_invitations",
        summary="Invitations en attente, pour un responsable",
        parameters=[IF_NONE_MATCH],
        responses={200: MemberInvitationSerializer(many=True), **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        found = own_membership(request, organisation, MANAGERS).organisation
        rows = found.invitations.open().order_by("-pk")[:_LISTED]
        return self.conditional(request, MemberInvitationSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="organisation_inviter",
        summary="Inviter une personne à agir pour l’organisation",
        parameters=[IDEMPOTENCY_KEY],
        request=InviteMemberSerializer,
        responses={201: MemberInvitationSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, organisation):
        found = own_membership(request, organisation, MANAGERS).organisation
        cleaned = judged(InviteForm(self.said(request, InviteMemberSerializer)), NAMES)
        return self.done(
            request, verbs.invite_member, found, **cleaned, told=lambda made: MemberInvitationSerializer(made).data
        )


class InvitationView(ActView):
    def invitation(self, request, organisation, pk):
        found = own_membership(request, organisation, MANAGERS).organisation
        return get_object_or_404(found.invitations, pk=pk)


class InvitationDetail(InvitationView):
    @extend_schema(
        operation_id="organisation_invitation_retirer",
        summary="Retirer une invitation",
        responses={**NO_CONTENT, **problems(404)},
    )
    def delete(self, request, organisation, pk):
        self.changed(request, verbs.revoke_invitation, self.invitation(request, organisation, pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationResend(InvitationView):
    @extend_schema(
        operation_id="organisation_invitation_renvoyer",
        summary="Renvoyer une invitation ; l’ancien lien ne vaut plus rien",
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={201: MemberInvitationSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, organisation, pk):
        found = self.invitation(request, organisation, pk)
        return self.done(
            request, verbs.resend_invitation, found, told=lambda made: MemberInvitationSerializer(made).data
        )


class FollowUp(ActView):
    @extend_schema(
        operation_id="organisation_suivi",
        summary="Les apprenants que l’organisation a inscrits, dans la limite de ce qu’elle peut voir",
        description="Avant l’accord d’une personne, seul son nom, tel qu’il a été donné, est dit.",
        parameters=[OpenApiParameter("etat", OpenApiTypes.STR, enum=_FOLLOWED_STATES), *PAGING, IF_NONE_MATCH],
        responses={200: FollowUpPageSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        found = own_membership(request, organisation).organisation
        state = self.chosen(request, "etat", _FOLLOWED_STATES) or ""
        try:
            page = follow_up_page(
                found, state=state, cursor=request.GET.get("curseur", ""), size=self.page_size(request)
            )
        except InvalidCursor:
            raise ValidationError({"curseur": ["Ce curseur n’est pas l’un des nôtres."]}) from None
        told = {
            "suivant": self.next_address(request, page.next_cursor),
            "colonnes": page.headings,
            "apprenants": FollowedSerializer(page.rows, many=True).data,
        }
        return self.conditional(request, told)


class FollowUpTable(GivesFile, ActView):
    @extend_schema(operation_id="organisation_suivi_fichier", summary="Le suivi en tableau CSV", responses=TABLE)
    def get(self, request, organisation):
        found = own_membership(request, organisation).organisation
        return table_response("suivi", "csv", "Suivi", follow_up_headings(found), follow_up_rows(found))


class PaperList(UploadView):
    most_bytes = FILE_MAX_BYTES

    @extend_schema(
        operation_id="organisation_documents",
        summary="Les documents de l’organisation, le dernier d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: PaperPageSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        rows = own_membership(request, organisation).organisation.files.all()
        return self.page(request, rows, ["-id"], name="documents", serializer=PaperSerializer)

    @extend_schema(
        operation_id="organisation_document_deposer",
        summary="Déposer un document",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": AddPaperSerializer},
        responses={201: PaperSerializer, **problems(404, 409, 413, 415, 422)},
    )
    def post(self, request, organisation):
        found = own_membership(request, organisation, ENROLLING_ROLES).organisation
        sent = {"kind": request.data.get("nature", ""), "title": request.data.get("titre", "")}
        cleaned = judged(PaperForm(sent, {"file": self.file(request)}), NAMES)
        content = cleaned["file"].read()
        return self.done(
            request,
            add_file,
            found,
            kind=OrganisationFileKind(cleaned["kind"]),
            title=cleaned["title"],
            name=cleaned["file"].name,
            content=content,
            files=[("fichier", content)],
            told=lambda paper: PaperSerializer(paper).data,
        )


class PaperFile(GivesFile, ActView):
    @extend_schema(operation_id="organisation_document_fichier", summary="Un document", responses=FILE)
    def get(self, request, organisation, pk):
        found = get_object_or_404(own_membership(request, organisation).organisation.files, pk=pk)
        return download_stored(found.file, name=found.download_name, content_type=found.content_type)
