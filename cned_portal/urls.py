"""Addresses of the portal. Every view asks for a signed-in person unless it is marked `login_not_required`."""

from django.contrib import admin
from django.urls import include, path

from cned_portal.common.metrics import metrics
from cned_portal.users import mfa, oidc
from cned_portal.users.api.description import Description

urlpatterns = [
    path("", include("cned_portal.home.urls")),
    path("", include("catalogue.urls")),
    path("", include("learners.urls")),
    path("", include("exams.urls")),
    path("", include("crc.urls")),
    path("", include("quality.urls")),
    path("api/v1/", include("catalogue.api.urls")),
    path("api/v1/", include("crc.api.urls")),
    path("api/v1/", include("learners.api.urls")),
    path("api/v1/", include("exams.api.urls")),
    path("api/v1/", include("quality.api.urls")),
    path("api/v1/schema/", Description.as_view(), name="api_schema"),
    path("api/compte/", include("allauth.headless.urls")),
    path("compte/oidc/<str:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("compte/oidc/<str:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path("compte/2fa/webauthn/keys/<int:pk>/remove/", mfa.RemoveKeyView.as_view(), name="mfa_remove_webauthn"),
    path("compte/", include("allauth.urls")),
    path("gestion/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
]

handler400 = "cned_portal.home.errors.bad_request"
handler403 = "cned_portal.home.errors.permission_denied"
handler404 = "cned_portal.home.errors.not_found"
handler429 = "cned_portal.home.errors.too_many_requests"  # read by allauth's limits
handler500 = "cned_portal.home.errors.server_error"
