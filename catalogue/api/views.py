"""The catalogue for programs: what the site shows, under the same rule, page by page."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from catalogue.api.serializers import FullTrainingSerializer, TrainingPageSerializer, TrainingSerializer
from catalogue.domain.queries.facets import FACETS, facet_index
from catalogue.domain.queries.search import SearchState, matching_keys
from catalogue.domain.version import catalogue_version
from catalogue.models import ResultIndicator, Training, TrainingAction, TrainingCertification, TrainingSession
from cned_portal.users.api.base import UNCHANGED, problem, problems, unchanged

PAGE_SIZE, PAGE_MAX = 50, 200
KEY_MAX = 2**63 - 1
_PARAMETERS = [
    OpenApiParameter("q", OpenApiTypes.STR, description="Texte cherché, comme sur le site."),
    *(OpenApiParameter(name, OpenApiTypes.STR, many=True, description=label) for name, label in FACETS.items()),
    OpenApiParameter("taille", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_SIZE}),
    OpenApiParameter("curseur", {"type": "string", "pattern": "^[0-9]{1,19}$"}, description="Donné par « suivant »."),
    OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER),
]


@method_decorator(login_not_required, name="dispatch")
class PublicView(APIView):
    authentication_classes: list = []
    permission_classes: list = []
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "catalogue"

    def get_exception_handler(self):
        return problem


class TrainingList(PublicView):
    @extend_schema(
        operation_id="formations",
        summary="Formations du catalogue, par pages",
        parameters=_PARAMETERS,
        responses={200: TrainingPageSerializer, **UNCHANGED, **problems()},
    )
    def get(self, request):
        etag = _etag(catalogue_version(), request.get_full_path())
        if known := unchanged(request, etag):
            return known
        size = _number(request, "taille", PAGE_SIZE, 1, PAGE_MAX)
        after = _number(request, "curseur", 0, 0, KEY_MAX)
        state = SearchState(q=request.GET.get("q", ""), facets=_facets(request))
        keys = matching_keys(state, after=after, count=size + 1)
        found = _trainings().in_bulk(keys[:size])
        trainings = [found[key] for key in keys[:size] if key in found]
        more = None
        if len(keys) > size:
            query = request.GET.copy()
            query["curseur"] = keys[size - 1]
            more = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        data = {"suivant": more, "formations": TrainingSerializer(trainings, many=True).data}
        return Response(data, headers={"ETag": etag})


class TrainingDetail(PublicView):
    @extend_schema(
        operation_id="formation",
        summary="Une formation, avec tout ce que dit sa page",
        parameters=[_PARAMETERS[-1]],
        responses={200: FullTrainingSerializer, **UNCHANGED, **problems(404)},
    )
    def get(self, request, slug):
        visible = Training.objects.published().filter(slug=slug)
        version = visible.values_list("page_version", flat=True).first()
        if version is None:
            raise Http404
        etag = _etag(version, slug)
        if known := unchanged(request, etag):
            return known
        rows = _trainings().prefetch_related(
            Prefetch("indicators", ResultIndicator.objects.order_by("-period_end", "kind")), "occupations"
        )
        training = rows.filter(slug=slug).first()
        if training is None:
            raise Http404
        return Response(FullTrainingSerializer(training).data, headers={"ETag": etag})


def _trainings():
    return (
        Training.objects.published()
        .select_related("unit", "domain", "diploma_type")
        .defer("search_vector")
        .prefetch_related(
            Prefetch("actions", TrainingAction.objects.order_by("rank", "pk")),
            Prefetch("actions__sessions", TrainingSession.objects.order_by("starts_on", "pk")),
            Prefetch("certification_links", TrainingCertification.objects.select_related("certification")),
        )
    )


def _facets(request):
    """Choices of the address; an unknown value is an error here, where a program would read an empty list as true."""
    labels = facet_index().labels
    chosen = {name: tuple(request.GET.getlist(name)) for name in FACETS if request.GET.getlist(name)}
    for name, values in chosen.items():
        if unknown := [value for value in values if value not in labels[name]]:
            known = ", ".join(labels[name])
            raise ValidationError({name: [f"Valeur inconnue : {unknown[0][:50]}. Valeurs connues : {known}."]})
    return chosen


def _number(request, name, default, least, most):
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and least <= int(text) <= most):
        raise ValidationError({name: [f"Un nombre entier de {least} à {most} est attendu."]})
    return int(text)


def _etag(version, what):
    """Changes with the catalogue, and with the day: enrolment opens and closes without any change."""
    text = f"{version}|{timezone.localdate()}|{what}"
    return f'"{hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]}"'
