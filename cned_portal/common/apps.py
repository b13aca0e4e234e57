from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CommonConfig(AppConfig):
    name = "cned_portal.common"
    label = "common"
    verbose_name = "Socle"


class BackofficeConfig(AdminConfig):
    """The one admin site of the portal."""

    default_site = "cned_portal.common.backoffice.PortalAdminSite"
