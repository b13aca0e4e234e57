from django.contrib import admin

from catalogue.forms import NewsForm
from catalogue.models import News
from cned_portal.common.backoffice import PortalModelAdmin


@admin.register(News)
class NewsAdmin(PortalModelAdmin):
    form = NewsForm
    list_display = ["title", "published_at", "removed_at"]
    search_fields = ["title"]
    ordering = ["-pk"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj and obj.published_at else []

    def get_prepopulated_fields(self, request, obj=None):
        return {"slug": ["title"]} if obj is None else {}
