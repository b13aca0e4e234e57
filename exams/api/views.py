"""Published results of the baccalauréat, for anyone."""

from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError

from cned_portal.users.api.base import IF_NONE_MATCH, UNCHANGED, PrivateView, ScopedThrottle, problems
from exams.api.serializers import ResultsSerializer
from exams.domain.queries.results import bac_results
from exams.enums import CandidateStatus, Pathway


@method_decorator(login_not_required, name="dispatch")
class BacResults(PrivateView):
    authentication_classes: list = []
    permission_classes: list = []
    throttle_classes = [ScopedThrottle]
    throttle_scope = write_scope = "catalogue"

    @extend_schema(
        operation_id="resultats_du_bac",
        summary="Taux de réussite au baccalauréat, par session, voie et statut",
        auth=[],
        parameters=[
            OpenApiParameter("session", {"type": "integer", "minimum": 1970, "maximum": 2100}),
            OpenApiParameter("voie", OpenApiTypes.STR, enum=Pathway.values),
            OpenApiParameter("statut", OpenApiTypes.STR, enum=CandidateStatus.values),
            IF_NONE_MATCH,
        ],
        responses={200: ResultsSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        pathway = self.chosen(request, "voie", Pathway.values) or ""
        given = self.chosen(request, "statut", CandidateStatus.values) or ""
        found = bac_results()
        rows = found.table(year=_year(request, found.years), pathway=pathway, status=given)
        shown = {row.status for row in rows}
        breaks = found.explained_breaks([pathway] if pathway else Pathway.values, shown)
        return self.conditional(request, ResultsSerializer({"resultats": rows, "ruptures": breaks}).data)


def _year(request, years):
    text = request.GET.get("session")
    if text is None:
        return None
    if text not in {str(year) for year in years}:
        known = ", ".join(map(str, years)) or "aucune"
        raise ValidationError({"session": [f"Sessions connues : {known}."]})
    return int(text)
