"""The addresses of the portal, and the floor."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from catalogue.models import Training
from cned_portal.urls import *  # noqa: F403
from cned_portal.urls import urlpatterns as portal


@login_not_required
def floor(request, key, size):
    """One row by its key, and that many bytes."""
    title = Training.objects.values_list("title", flat=True).get(pk=key)
    return HttpResponse(title.encode().ljust(size, b"."))


urlpatterns = [*portal, path("banc/<int:key>/<int:size>/", floor, name="bench_floor")]
