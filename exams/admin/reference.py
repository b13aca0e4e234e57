"""Sessions, breaks of series and reference results, on stock pages. Figures are only read: a command loads them."""

from django.contrib import admin

from cned_portal.common.backoffice import PortalModelAdmin, ReadOnlyModelAdmin
from exams.models import ExamDates, ExamSession, ReferenceLoad, ReferenceResult, SeriesBreak


@admin.register(ExamSession)
class ExamSessionAdmin(PortalModelAdmin):
    list_display = ["year"]
    ordering = ["-year"]

    def get_readonly_fields(self, request, obj=None):
        return ["year"] if obj else []


@admin.register(ExamDates)
class ExamDatesAdmin(PortalModelAdmin):
    list_display = ["session", "papers", "academy", "opens_on", "closes_on", "results_on"]
    list_display_links = ["academy"]
    list_select_related = ["session"]
    list_filter = ["papers"]
    ordering = ["-session__year", "papers", "pk"]


@admin.register(SeriesBreak)
class SeriesBreakAdmin(PortalModelAdmin):
    list_display = ["session", "pathway", "status", "label"]
    list_display_links = ["label"]
    list_select_related = ["session"]
    list_filter = ["pathway", "status"]
    ordering = ["-session__year", "pathway", "pk"]


@admin.register(ReferenceLoad)
class ReferenceLoadAdmin(ReadOnlyModelAdmin):
    list_display = ["file_name", "release", "loaded_at", "lines", "created", "updated", "unchanged", "refused"]
    list_filter = ["release"]
    ordering = ["-loaded_at", "-pk"]


@admin.register(ReferenceResult)
class ReferenceResultAdmin(ReadOnlyModelAdmin):
    list_display = ["session", "pathway", "status", "academy", "series", "sex", "registered", "present", "admitted"]
    list_select_related = ["session"]
    list_filter = ["session", "release", "pathway", "status", "sex"]
    ordering = ["-session__year", "pk"]
