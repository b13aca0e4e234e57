"""« Mon baccalauréat » for programs: what the page shows, the same acts, judged by its forms. Guardians only read."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from cned_portal.common.refusals import Refusal
from cned_portal.users.api.base import IDEMPOTENCY_KEY, IF_NONE_MATCH, PAGING, UNCHANGED, ConflictError, problems
from cned_portal.users.api.person import SpaceView
from exams.api.candidates_serializers import (
    BacPageSerializer,
    BacRegistrationSerializer,
    CandidacySerializer,
    SayResultSerializer,
)
from exams.domain.outcomes import declare_result
from exams.domain.queries.candidates import followed_registrations, own_registrations
from exams.domain.registrations import change_registration, declare_registration, say_made, withdraw_registration
from exams.forms.candidates import NO, YES, CandidacyForm, ResultForm
from learners.models import LearnerProfile

NO_FILE = "Votre dossier s’ouvre avec votre première demande d’inscription à une formation."
_FIELDS = {
    **{"session": "session", "papers": "epreuves", "regime": "inscription_cned", "study": "serie", "series": "serie"},
    **{"specialities": "specialites", "academy": "academie", "is_made": "faite"},
    **{"outcome": "issue", "honours": "mention", "average": "moyenne", "__all__": "corps"},
}


class BacView(SpaceView):
    def own(self, request, pk):
        return get_object_or_404(own_registrations(request.user), pk=pk)

    def told(self, request, pk):
        found = get_object_or_404(followed_registrations(request.user), pk=pk)
        return dict(BacRegistrationSerializer(found, context={"reader": request.user}).data)

    def candidacy(self, request):
        """What the verbs take, once the site's form has accepted it."""
        said = CandidacySerializer(data=request.data)
        said.is_valid(raise_exception=True)
        data = said.validated_data
        form = CandidacyForm(
            {
                "session": data["session"],
                "papers": data["epreuves"],
                "regime": data["inscription_cned"],
                "study": f"{data['voie']}:{data['serie']}",
                "specialities": data.get("specialites", []),
                "academy": data.get("academie", ""),
                "is_made": YES if data["faite"] else NO,
            }
        )
        return _judged(form).said

    def act(self, request, pk, verb, *args, **said):
        """Do it to one's own and tell it as it now is; what the verb refuses is a conflict."""
        try:
            verb(self.own(request, pk), *args, acting_user=request.user, **said)
        except Refusal as refusal:
            raise ConflictError(str(refusal)) from None
        return Response(self.told(request, pk))


class BacList(BacView):
    @extend_schema(
        operation_id="baccalaureat",
        summary="Vos inscriptions au baccalauréat, et celles des mineurs que vous suivez, la dernière d’abord",
        parameters=[*PAGING, IF_NONE_MATCH],
        responses={200: BacPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        return self.page(
            request,
            followed_registrations(request.user),
            ["-created_at", "-id"],
            name="inscriptions",
            serializer=BacRegistrationSerializer,
            context={"reader": request.user},
        )

    @extend_schema(
        operation_id="baccalaureat_annoncer",
        summary="Annoncer des épreuves du baccalauréat",
        description="Le portail n’inscrit personne : c’est l’académie. Des épreuves déjà annoncées donnent 409.",
        parameters=[IDEMPOTENCY_KEY],
        request=CandidacySerializer,
        responses={201: BacRegistrationSerializer, **problems(409, 413, 415, 422)},
    )
    def post(self, request):
        said = self.candidacy(request)

        def act():
            learner = LearnerProfile.objects.filter(user=request.user, anonymised_at=None).first()
            if learner is None:
                raise Refusal(NO_FILE)
            made = declare_registration(learner, **said, acting_user=request.user)
            return status.HTTP_201_CREATED, self.told(request, made.pk)

        return self.once(request, act)


class BacDetail(BacView):
    @extend_schema(
        operation_id="baccalaureat_un",
        summary="Une inscription au baccalauréat",
        parameters=[IF_NONE_MATCH],
        responses={200: BacRegistrationSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, pk):
        return self.conditional(request, self.told(request, pk))

    @extend_schema(
        operation_id="baccalaureat_corriger",
        summary="Corriger une inscription qui n’est pas confirmée, ou la dire faite",
        request=CandidacySerializer,
        responses={200: BacRegistrationSerializer, **problems(404, 409, 413, 415)},
    )
    def put(self, request, pk):
        self.own(request, pk)
        return self.act(request, pk, change_registration, **self.candidacy(request))

    @extend_schema(
        operation_id="baccalaureat_renoncer",
        summary="Renoncer à ces épreuves",
        description="L’inscription reste, annulée.",
        responses={200: BacRegistrationSerializer, **problems(404, 409)},
    )
    def delete(self, request, pk):
        return self.act(request, pk, withdraw_registration)


class BacMade(BacView):
    @extend_schema(
        operation_id="baccalaureat_faite",
        summary="Dire que l’inscription auprès de l’académie est faite",
        request=None,
        responses={200: BacRegistrationSerializer, **problems(404, 409)},
    )
    def put(self, request, pk):
        return self.act(request, pk, say_made)


class BacResultView(BacView):
    @extend_schema(
        operation_id="baccalaureat_resultat",
        summary="Donner votre résultat, ou le corriger tant qu’il n’est pas confirmé",
        request=SayResultSerializer,
        responses={200: BacRegistrationSerializer, **problems(404, 409, 413, 415)},
    )
    def put(self, request, pk):
        self.own(request, pk)
        said = SayResultSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        data = said.validated_data
        average = data.get("moyenne")
        form = ResultForm(
            {
                "outcome": data["issue"],
                "honours": data.get("mention", ""),
                "average": "" if average is None else str(average).replace(".", ","),
            }
        )
        return self.act(request, pk, declare_result, _judged(form).verdict)


def _judged(form):
    if not form.is_valid():
        raise ValidationError({_FIELDS.get(name, name): messages for name, messages in form.errors.items()})
    return form
