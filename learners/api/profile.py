"""Who one is: the forms of the site judge what is sent."""

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from cned_portal.users.api.base import IF_NONE_MATCH, UNCHANGED, ConflictError, problems
from learners.api.acts import ActView, judged
from learners.api.profile_serializers import (
    AddressSerializer,
    CorrectSerializer,
    ProfileSerializer,
    SayConsentSerializer,
)
from learners.domain.profile import consent_lines, move_in, record_consent, update_profile
from learners.enums import AddressKind, ConsentPurpose
from learners.forms.profile import AddressForm, ProfileForm
from learners.models import Address, LearnerProfile

KINDS = {"postale": AddressKind.POSTAL, "livraison": AddressKind.DELIVERY}
NO_FILE = "Votre dossier s’ouvre avec votre première demande d’inscription."
_FIELDS = {
    **{"phone": "telephone", "accommodations": "amenagements", "street": "rue", "street_extra": "complement"},
    **{"postal_code": "code_postal", "city": "ville", "country": "pays", "__all__": "corps"},
}
_KIND = OpenApiParameter("nature", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(KINDS))
_PURPOSE = OpenApiParameter("finalite", OpenApiTypes.STR, OpenApiParameter.PATH, enum=ConsentPurpose.values)


class ProfileView(ActView):
    def own(self, request):
        """The person's file; ConflictError when they have none yet."""
        found = LearnerProfile.objects.filter(user=request.user, anonymised_at=None).select_related("user").first()
        if found is None:
            raise ConflictError(NO_FILE)
        return found

    def told(self, user):
        learner = LearnerProfile.objects.filter(user=user, anonymised_at=None).first()
        told = {"user": user, "learner": learner, "accommodations": [], "addresses": dict.fromkeys(KINDS)}
        if learner:
            found = {item.kind: item for item in Address.objects.current().filter(learner=learner)}
            told["addresses"] = {slug: found.get(kind) for slug, kind in KINDS.items()}
            told["accommodations"] = sorted(learner.accommodations.values_list("kind", flat=True))
        told["consents"] = consent_lines(learner)
        return ProfileSerializer(told).data

    def act(self, request, verb, *args, **said):
        """Do it and tell the person as they now are."""
        self.changed(request, verb, *args, **said)
        return Response(self.told(request.user))


class Profile(ProfileView):
    @extend_schema(
        operation_id="moi",
        summary="Vous, et votre dossier d’apprenant",
        parameters=[IF_NONE_MATCH],
        responses={200: ProfileSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.conditional(request, self.told(request.user))

    @extend_schema(
        operation_id="moi_corriger",
        summary="Corriger votre dossier",
        description="Seuls les champs envoyés changent. Nom et date de naissance se corrigent par une demande.",
        request=CorrectSerializer,
        responses={200: ProfileSerializer, **problems(409, 413, 415)},
    )
    def patch(self, request):
        learner = self.own(request)
        said = CorrectSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        known = {
            "public": learner.public,
            "situation": learner.situation,
            "phone": learner.phone,
            "accommodations": list(learner.accommodations.values_list("kind", flat=True)),
        }
        cleaned = judged(ProfileForm({**known, **said.validated_data}, learner=learner), _FIELDS)
        return self.act(request, update_profile, learner, **cleaned)


class OwnAddress(ProfileView):
    def kind(self, nature):
        if nature not in KINDS:
            raise Http404
        return KINDS[nature]

    @extend_schema(
        operation_id="adresse_changer",
        summary="Changer une adresse",
        parameters=[_KIND],
        request=AddressSerializer,
        responses={200: ProfileSerializer, **problems(404, 409, 413, 415)},
    )
    def put(self, request, nature):
        kind, learner = self.kind(nature), self.own(request)
        said = AddressSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        return self.act(request, move_in, learner, kind=kind, **judged(AddressForm(said.validated_data), _FIELDS))

    @extend_schema(
        operation_id="adresse_retirer",
        summary="Retirer une adresse",
        parameters=[_KIND],
        responses={200: ProfileSerializer, **problems(404, 409)},
    )
    def delete(self, request, nature):
        kind = self.kind(nature)
        return self.act(request, move_in, self.own(request), kind=kind)


class OwnConsent(ProfileView):
    @extend_schema(
        operation_id="consentement_dire",
        summary="Donner ou retirer un consentement",
        parameters=[_PURPOSE],
        request=SayConsentSerializer,
        responses={200: ProfileSerializer, **problems(404, 409, 413, 415)},
    )
    def put(self, request, finalite):
        if finalite not in ConsentPurpose.values:
            raise Http404
        learner = self.own(request)
        said = SayConsentSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        return self.act(request, record_consent, learner, purpose=finalite, given=said.validated_data["accord"])
