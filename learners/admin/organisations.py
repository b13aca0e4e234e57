from django.contrib import admin

from cned_portal.common.backoffice import PortalModelAdmin
from learners.models import Organisation, OrganisationMember


class MemberInline(admin.TabularInline):
    model = OrganisationMember
    raw_id_fields = ["user"]
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(PortalModelAdmin):
    list_display = ["name", "kind", "siret", "uai", "rna", "city", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["sort_key", "siret", "uai", "rna"]
    ordering = ["sort_key", "pk"]
    inlines = [MemberInline]
    fields = [
        *("name", "kind", "siret", "uai", "rna", "postal_code", "city", "country", "contact_email", "is_active"),
    ]

    def get_search_results(self, request, queryset, search_term):
        from cned_portal.common.text import sort_key

        return super().get_search_results(request, queryset, sort_key(search_term))
