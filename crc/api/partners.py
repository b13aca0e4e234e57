"""Requests that a partner brings for others: to write, and to follow from afar."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.throttling import SimpleRateThrottle

from cned_portal.common.throttle import allow
from cned_portal.users.api.base import IDEMPOTENCY_KEY, IF_NONE_MATCH, PAGING, UNCHANGED, PrivateView, problems
from crc.api.authentication import IsPartner, PartnerAuthentication
from crc.api.base import REFERENCE
from crc.api.serializers import PartnerAskSerializer, PartnerPageSerializer, PartnerTicketSerializer
from crc.domain.limits import HOUR, REQUESTS_PER_HOUR
from crc.domain.partners import receive_partner_request
from crc.models import PartnerTicket
from crc.validators import is_reference


class PartnerThrottle(SimpleRateThrottle):
    """Each partner's own rate, whatever the number of its machines."""

    rate = "60/min"

    def allow_request(self, request, view):
        self.num_requests, self.duration = request.auth.rate, 60
        return super().allow_request(request, view)

    def get_cache_key(self, request, view):
        return f"throttle:partner:{request.auth.pk}"


@method_decorator(login_not_required, name="dispatch")
class PartnerView(PrivateView):
    authentication_classes = [PartnerAuthentication]
    permission_classes = [IsPartner]
    throttle_classes = [PartnerThrottle]

    def caller(self, request):
        return f"partner:{request.auth.pk}"

    def brought(self, request):
        """Requests of this partner alone."""
        return PartnerTicket.objects.filter(partner=request.auth).select_related("ticket__service")


class PartnerTicketList(PartnerView):
    @extend_schema(
        operation_id="partenaire_demandes",
        summary="Demandes apportées par le partenaire, la dernière d’abord",
        parameters=[OpenApiParameter("reference_externe", OpenApiTypes.STR), *PAGING, IF_NONE_MATCH],
        responses={200: PartnerPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = self.brought(request)
        if external := request.GET.get("reference_externe"):
            if "\0" in external:
                raise ValidationError({"reference_externe": ["Cette référence n’a pas la forme attendue."]})
            rows = rows.filter(external_reference=external)
        return self.page(request, rows, ["-id"], name="demandes", serializer=PartnerTicketSerializer)

    @extend_schema(
        operation_id="partenaire_demande_creer",
        summary="Apporter une demande",
        description="Une référence externe déjà connue rend la demande qu’elle désigne, avec le code 200.",
        parameters=[IDEMPOTENCY_KEY],
        request=PartnerAskSerializer,
        responses={
            200: PartnerTicketSerializer,
            201: PartnerTicketSerializer,
            **problems(409, 413, 415, 422),
        },
    )
    def post(self, request):
        partner = request.auth
        asked = PartnerAskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        if data["public"] not in partner.publics:
            raise ValidationError({"public": [f"Publics permis : {', '.join(partner.publics)}."]})

        def act():
            if not allow("crc.ask.mail", data["courriel"].lower(), limit=REQUESTS_PER_HOUR, seconds=HOUR):
                raise Throttled(wait=HOUR)
            link, is_new = receive_partner_request(
                partner,
                external_reference=data["reference_externe"],
                public=data["public"],
                subject=data["objet"],
                body=data["message"],
                requester_name=data["nom"],
                requester_email=data["courriel"],
                acting_user=None,
            )
            link = self.brought(request).get(pk=link.pk)
            code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
            return code, PartnerTicketSerializer(link).data

        return self.once(request, act)


class PartnerTicketDetail(PartnerView):
    @extend_schema(
        operation_id="partenaire_demande",
        summary="Où en est une demande apportée",
        parameters=[REFERENCE, IF_NONE_MATCH],
        responses={200: PartnerTicketSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, reference):
        if not is_reference(reference):
            raise Http404
        link = get_object_or_404(self.brought(request), ticket__reference=reference)
        return self.conditional(request, PartnerTicketSerializer(link).data)
