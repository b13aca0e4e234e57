"""Units, certifications, nomenclatures, entries and words of the search: rare edits, on stock pages."""

from django.contrib import admin

from catalogue.admin.drafted import DraftedAdmin
from catalogue.domain.version import announce_change
from catalogue.forms import EntryDocumentForm, EntryForm, OccupationForm, SynonymForm
from catalogue.models import (
    Certification,
    CpfRule,
    DiplomaType,
    Domain,
    Entry,
    EntryDocument,
    EntryHighlight,
    Formacode,
    JobFamily,
    Occupation,
    OperatingUnit,
    SearchMiss,
    Site,
    Synonym,
    UnitMembership,
)
from cned_portal.common.backoffice import PortalModelAdmin


class SearchedAdmin(PortalModelAdmin):
    """Rows that the search reads: it must not go on with what it kept."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        announce_change()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        announce_change()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        announce_change()


class SiteInline(admin.TabularInline):
    model = Site
    extra = 0


class UnitMembershipInline(admin.TabularInline):
    model = UnitMembership
    extra = 0
    raw_id_fields = ["user"]


@admin.register(OperatingUnit)
class OperatingUnitAdmin(PortalModelAdmin):
    list_display = ["name", "code", "is_head_office"]
    search_fields = ["name", "code"]
    ordering = ["name"]
    inlines = [SiteInline, UnitMembershipInline]


@admin.register(Certification)
class CertificationAdmin(PortalModelAdmin):
    list_display = ["code", "title", "level", "expires_on", "replaced_by"]
    list_filter = ["level"]
    search_fields = ["code", "title"]
    ordering = ["code"]
    raw_id_fields = ["replaced_by"]


@admin.register(CpfRule)
class CpfRuleAdmin(PortalModelAdmin):
    list_display = ["starts_on", "specific_register_cap", "participation", "source"]
    ordering = ["-starts_on"]


@admin.register(Domain)
class DomainAdmin(SearchedAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name"]
    ordering = ["slug"]


@admin.register(DiplomaType)
class DiplomaTypeAdmin(SearchedAdmin):
    list_display = ["name", "rank"]
    search_fields = ["name"]
    ordering = ["rank", "pk"]


@admin.register(Occupation)
class OccupationAdmin(SearchedAdmin):
    form = OccupationForm
    list_display = ["code", "label"]
    search_fields = ["code", "label"]
    ordering = ["code"]


@admin.register(JobFamily)
class JobFamilyAdmin(PortalModelAdmin):
    list_display = ["code", "label", "openings", "tension", "year"]
    search_fields = ["code", "label"]
    ordering = ["code"]


@admin.register(Formacode)
class FormacodeAdmin(PortalModelAdmin):
    list_display = ["code", "label"]
    search_fields = ["code", "label"]
    ordering = ["code"]


@admin.register(Synonym)
class SynonymAdmin(SearchedAdmin):
    form = SynonymForm
    list_display = ["phrase", "expansions"]
    search_fields = ["phrase"]
    ordering = ["phrase"]


@admin.register(SearchMiss)
class SearchMissAdmin(PortalModelAdmin):
    list_display = ["query", "count", "last_seen_on", "is_handled"]
    list_filter = ["is_handled"]
    search_fields = ["query"]
    ordering = ["is_handled", "-count", "pk"]
    readonly_fields = ["query", "count", "first_seen_on", "last_seen_on"]

    def has_add_permission(self, request):
        return False


class EntryHighlightInline(admin.TabularInline):
    model = EntryHighlight
    extra = 0
    raw_id_fields = ["training"]


class EntryDocumentInline(admin.StackedInline):
    model = EntryDocument
    form = EntryDocumentForm
    extra = 0


@admin.register(Entry)
class EntryAdmin(DraftedAdmin, PortalModelAdmin):
    form = EntryForm
    page_kind = "entree"
    change_form_template = "admin/catalogue/page_change_form.html"
    list_display = ["title", "slug", "is_published", "rank"]
    search_fields = ["title"]
    ordering = ["rank", "pk"]
    readonly_fields = ["is_published"]
    inlines = [EntryHighlightInline, EntryDocumentInline]
    fieldsets = [
        (None, {"fields": ["edition", "title", "slug", "parent", "rank", "is_published"]}),
        ("Présentation", {"fields": ["introduction", "presentation"]}),
        ("Formations montrées", {"fields": ["audiences", "filters"]}),
        (
            "Contact et demande",
            {
                "fields": [
                    *("contact_title", "contact_text", "contact_phone", "contact_email"),
                    *("request_kind", "request_public", "contact_label"),
                ]
            },
        ),
    ]

    def page_of(self, object_id):
        return Entry.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "slug"] if obj else fixed

    def has_delete_permission(self, request, obj=None):
        return False
