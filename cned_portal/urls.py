"""Addresses of the portal. Every view asks for a signed-in person unless it is marked `login_not_required`."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("cned_portal.home.urls")),
    path("", include("catalogue.urls")),
    path("", include("learners.urls")),
    path("", include("exams.urls")),
    path("", include("crc.urls")),
    path("", include("quality.urls")),
    path("compte/", include("allauth.urls")),
    path("gestion/", admin.site.urls),
]
