"""Trainings that a person keeps. What an application sends twice changes nothing: no key is asked."""

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from catalogue.domain.favourites import drop_training, favourite_trainings, keep_training
from catalogue.models import Training
from cned_portal.users.api.base import IF_NONE_MATCH, UNCHANGED, ConflictError, problems
from cned_portal.users.api.fields import site_url
from cned_portal.users.api.person import SpaceView

_DONE = OpenApiResponse(description="Fait.")


class FavouriteSerializer(serializers.Serializer):
    slug = serializers.CharField()
    intitule = serializers.CharField(source="title")
    resume = serializers.CharField(source="summary")
    unite = serializers.CharField(source="unit.name")
    url = serializers.SerializerMethodField()

    def get_url(self, training) -> str:
        return site_url(training.get_absolute_url())


class FavouriteList(SpaceView):
    @extend_schema(
        operation_id="favoris",
        summary="Formations que vous gardez, la dernière d’abord",
        description="50 au plus, d’un seul tenant.",
        parameters=[IF_NONE_MATCH],
        responses={200: FavouriteSerializer(many=True), **UNCHANGED, **problems()},
    )
    def get(self, request):
        rows = favourite_trainings(request.user, ())
        return self.conditional(request, FavouriteSerializer(rows, many=True).data)


class Favourite(SpaceView):
    def training(self, slug):
        return get_object_or_404(Training.objects.published().defer("search_vector"), slug=slug)

    @extend_schema(
        operation_id="favori_garder",
        summary="Garder une formation",
        request=None,
        responses={204: _DONE, **problems(404, 409, 413, 415)},
    )
    def put(self, request, slug):
        try:
            keep_training(request.user, self.training(slug), acting_user=request.user)
        except ValidationError as full:
            raise ConflictError(full.messages[0]) from None
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="favori_retirer",
        summary="Ne plus garder une formation",
        responses={204: _DONE, **problems(404)},
    )
    def delete(self, request, slug):
        drop_training(request.user, self.training(slug), acting_user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
