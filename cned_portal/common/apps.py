from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CommonConfig(AppConfig):
    name = "cned_portal.common"
    label = "common"
    verbose_name = "Socle"


class BackofficeConfig(AdminConfig):
    """The one admin site of the portal."""

    default_site = "cned_portal.common.backoffice.PortalAdminSite"

    def ready(self):
        super().ready()
        from django.contrib import admin

        admin.site.hide_library_screens()
