"""The published description of the API."""

import functools

from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.response import Response

from cned_portal.users.api.base import problem


@method_decorator(login_not_required, name="dispatch")
class Description(SpectacularJSONAPIView):
    """One for everyone, whatever language or version is asked for: the address and its contents say the version."""

    def get_exception_handler(self):
        return problem

    @extend_schema(exclude=True)
    def get(self, request):
        return Response(_description())


@functools.cache
def _description():
    """It takes more than a second to make, and only a release changes it."""
    return SchemaGenerator().get_schema(request=None, public=True)
