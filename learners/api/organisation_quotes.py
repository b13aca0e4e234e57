"""Quotes of an organisation: asked for, read, accepted by a signature or a purchase order, refused."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema

from cned_portal.common.files import download_stored
from cned_portal.common.progress import RunState
from cned_portal.users.api.base import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    PAGING,
    UNCHANGED,
    GivesFile,
    problems,
)
from learners.api.acts import PDF, ActView, UploadView, judged
from learners.api.organisations import NAMES, own_membership
from learners.api.organisations_serializers import (
    AskQuoteSerializer,
    FullQuoteSerializer,
    OrderQuoteSerializer,
    QuotePageSerializer,
    QuoteSerializer,
    RefuseQuoteSerializer,
    SignQuoteSerializer,
)
from learners.domain.organisations import quotes as verbs
from learners.domain.organisations.relations import FILE_MAX_BYTES
from learners.domain.organisations.seats import vouchers
from learners.enums import ENROLLING_ROLES, MemberRole
from learners.forms.organisations import OrderForm, QuoteRequestForm, RefuseQuoteForm, SignForm
from learners.models import QuoteDocument

_ANSWERED = {201: FullQuoteSerializer, **problems(404, 409, 413, 415, 422)}


def own_quote(request, organisation, pk, roles=MemberRole.values):
    """A quote that the members are shown, with its seats, and whether the person enrols."""
    membership = own_membership(request, organisation, roles)
    rows = membership.organisation.quotes.shown_to_members().select_related("document", "organisation")
    found = get_object_or_404(rows, pk=pk)
    own = vouchers().select_related("line__session__action__training__unit")
    found.vouchers = own.filter(line__quote=found).order_by("pk")
    return found, membership.role in ENROLLING_ROLES


def told_quote(request, organisation, pk):
    found, enrols = own_quote(request, organisation, pk)
    return FullQuoteSerializer(found, context={"codes": enrols}).data


class QuoteList(ActView):
    @extend_schema(
        operation_id="organisation_devis",
        summary="Les devis de l’organisation, le dernier d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: QuotePageSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation):
        rows = own_membership(request, organisation).organisation.quotes.shown_to_members()
        return self.page(request, rows, ["-id"], name="devis", serializer=QuoteSerializer)

    @extend_schema(
        operation_id="organisation_devis_demander",
        summary="Demander un devis",
        parameters=[IDEMPOTENCY_KEY],
        request=AskQuoteSerializer,
        responses=_ANSWERED,
    )
    def post(self, request, organisation):
        found = own_membership(request, organisation, ENROLLING_ROLES).organisation
        cleaned = judged(QuoteRequestForm(self.said(request, AskQuoteSerializer)), NAMES)
        return self.done(
            request,
            verbs.request_quote,
            found,
            **cleaned,
            told=lambda quote: told_quote(request, organisation, quote.pk),
        )


class QuoteDetail(ActView):
    @extend_schema(
        operation_id="organisation_devis_un",
        summary="Un devis : ce qu’il dit, et ses places une fois accepté",
        parameters=[IF_NONE_MATCH],
        responses={200: FullQuoteSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, organisation, pk):
        return self.conditional(request, told_quote(request, organisation, pk))


class QuoteAct(ActView):
    def quote(self, request, organisation, pk):
        return own_quote(request, organisation, pk, ENROLLING_ROLES)[0]

    def answered(self, request, quote, verb, **said):
        keys = quote.organisation_id, quote.pk
        return self.done(request, verb, quote, **said, told=lambda made: told_quote(request, *keys))


class QuoteSign(QuoteAct):
    @extend_schema(
        operation_id="organisation_devis_signer",
        summary="Signer un devis ; les places s’ouvrent",
        parameters=[IDEMPOTENCY_KEY],
        request=SignQuoteSerializer,
        responses=_ANSWERED,
    )
    def post(self, request, organisation, pk):
        quote = self.quote(request, organisation, pk)
        cleaned = judged(SignForm(self.said(request, SignQuoteSerializer)), NAMES)
        signature = {"name": cleaned["name"], "position": cleaned["position"]}
        return self.answered(request, quote, verbs.sign_quote, **signature)


class QuoteOrder(UploadView, QuoteAct):
    most_bytes = FILE_MAX_BYTES

    @extend_schema(
        operation_id="organisation_devis_commander",
        summary="Accepter un devis par un bon de commande",
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": OrderQuoteSerializer},
        responses=_ANSWERED,
    )
    def post(self, request, organisation, pk):
        quote = self.quote(request, organisation, pk)
        sent = {"number": request.data.get("numero", "")}
        cleaned = judged(OrderForm(sent, {"file": self.file(request)}), NAMES)
        content = cleaned["file"].read()
        order = {"number": cleaned["number"], "file_name": cleaned["file"].name, "content": content}
        return self.answered(request, quote, verbs.order_quote, files=[("fichier", content)], **order)


class QuoteRefuse(QuoteAct):
    @extend_schema(
        operation_id="organisation_devis_refuser",
        summary="Refuser un devis",
        parameters=[IDEMPOTENCY_KEY],
        request=RefuseQuoteSerializer,
        responses=_ANSWERED,
    )
    def post(self, request, organisation, pk):
        quote = self.quote(request, organisation, pk)
        cleaned = judged(RefuseQuoteForm(self.said(request, RefuseQuoteSerializer)), NAMES)
        return self.answered(request, quote, verbs.refuse_quote, **cleaned)


class QuoteFile(GivesFile, ActView):
    @extend_schema(operation_id="organisation_devis_fichier", summary="Le PDF d’un devis envoyé", responses=PDF)
    def get(self, request, organisation, pk):
        shown = own_membership(request, organisation).organisation.quotes.shown_to_members()
        found = get_object_or_404(QuoteDocument, quote__in=shown, quote=pk, state=RunState.DONE)
        return download_stored(found.file, name=found.download_name, content_type="application/pdf")
