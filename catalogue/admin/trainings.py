"""Trainings on stock pages: texts and dates are edited here, their state only changes by the verbs."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalogue.admin.drafted import DraftedAdmin
from catalogue.domain import drafts, publishing
from catalogue.forms import TrainingActionForm, TrainingForm
from catalogue.models import (
    ResultIndicator,
    Training,
    TrainingAction,
    TrainingCertification,
    TrainingDraft,
    TrainingSession,
)
from cned_portal.common.backoffice import PortalModelAdmin


def visible_trainings(user, queryset):
    """Every training for those who hold the permission; else those of the units given to the person."""
    return queryset if user.has_perm("catalogue.view_every_training") else queryset.for_units_of(user)


class ExpiredCertification(admin.SimpleListFilter):
    title = "certification"
    parameter_name = "certification"

    def lookups(self, request, model_admin):
        return [("expired", "Échue")]

    def queryset(self, request, queryset):
        if self.value() == "expired":
            return queryset.published().with_expired_certification(timezone.localdate())
        return queryset


class ActionInline(admin.TabularInline):
    model = TrainingAction
    form = TrainingActionForm
    extra = 0
    show_change_link = True


class CertificationInline(admin.TabularInline):
    model = TrainingCertification
    extra = 0
    raw_id_fields = ["certification"]


class IndicatorInline(admin.TabularInline):
    model = ResultIndicator
    extra = 0


@admin.register(Training)
class TrainingAdmin(DraftedAdmin, PortalModelAdmin):
    form = TrainingForm
    page_kind = "formation"
    change_form_template = "admin/catalogue/page_change_form.html"
    list_display = ["title", "unit", "diploma_type", "state", "updated_on"]
    list_filter = ["state", ExpiredCertification, "unit", "kind", "perimeter", "diploma_type"]
    search_fields = ["title_key", "slug"]
    ordering = ["sort_key", "pk"]
    readonly_fields = ["state", "published_at", "closed_at", "updated_on"]
    inlines = [ActionInline, CertificationInline, IndicatorInline]
    actions = ["publish"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "edition",
                    "title",
                    "slug",
                    "unit",
                    "kind",
                    "state",
                    "published_at",
                    "closed_at",
                    "updated_on",
                ]
            },
        ),
        (
            "Classement",
            {
                "fields": [
                    *("perimeter", "recognition", "diploma_type", "domain", "level_before", "level_after"),
                    *("duration_months", "nsf"),
                    *("audiences", "occupations", "formacodes"),
                ]
            },
        ),
        (
            "Page publique",
            {
                "fields": [
                    *("summary", "objectives", "programme", "target_public", "prerequisites", "duration"),
                    *("teaching_methods", "resources", "assessment", "access_delay", "pricing", "funding"),
                    *("blocks", "equivalences", "bridges", "further_study", "outlets", "no_result_reason"),
                ]
            },
        ),
        (
            "Contacts et accessibilité",
            {
                "fields": [
                    *("contact_name", "contact_email", "contact_phone", "accessibility", "disability_contact_name"),
                    *("disability_contact_email", "disability_contact_phone"),
                ]
            },
        ),
    ]

    def page_of(self, object_id):
        return Training.objects.filter(pk=object_id).first() if str(object_id).isdecimal() else None

    def get_queryset(self, request):
        return visible_trainings(request.user, super().get_queryset(request)).defer("search_vector")

    def get_readonly_fields(self, request, obj=None):
        fixed = list(super().get_readonly_fields(request, obj))
        if obj is not None:
            fixed += ["slug", "kind"]  # an address is never used again; prices hang under the kind
            if not request.user.has_perm("catalogue.view_every_training"):
                fixed.append("unit")
        return fixed

    def get_prepopulated_fields(self, request, obj=None):
        return {"slug": ["title"]} if obj is None else {}

    def has_delete_permission(self, request, obj=None):
        return False  # a training is closed, its address leads to its successor

    def save_model(self, request, obj, form, change):
        if form.has_changed() or not change:
            obj.updated_on = timezone.localdate()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        publishing.refresh_index(form.instance, acting_user=request.user)

    def has_publish_permission(self, request):
        return request.user.has_perm("catalogue.publish_training")

    @admin.action(description="Publier", permissions=["publish"])
    def publish(self, request, queryset):
        for training in queryset:
            try:
                drafts.publish_page(training, acting_user=request.user)
            except ValidationError as refusal:
                messages.error(request, f"{training} : {' '.join(refusal.messages)}")
            else:
                messages.success(request, f"{training} est publiée.")


class SessionInline(admin.StackedInline):
    model = TrainingSession
    extra = 0


@admin.register(TrainingAction)
class TrainingActionAdmin(DraftedAdmin, PortalModelAdmin):
    """The sessions of an action. Actions are added and removed on the page of their training."""

    form = TrainingActionForm
    page_kind = "formation"
    change_form_template = "admin/catalogue/page_change_form.html"
    list_display = ["training", "name", "teaching_mode", "price", "is_cpf_eligible"]
    list_filter = ["teaching_mode", "entry_mode", "is_cpf_eligible"]
    search_fields = ["training__title_key", "name"]
    ordering = ["training__sort_key", "rank", "pk"]
    raw_id_fields = ["training"]
    inlines = [SessionInline]

    def page_of(self, object_id):
        """The training of the action, which may only be in a draft."""
        if not str(object_id).isdecimal():
            return None
        page = Training.objects.filter(actions=object_id).first()
        if page is None:
            draft = TrainingDraft.objects.filter(content__actions__contains=[{"id": int(object_id)}]).first()
            page = draft.training if draft else None
        return page

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        mine = visible_trainings(request.user, Training.objects.all())
        queryset = super().get_queryset(request)
        if request.user.has_perm("catalogue.view_every_training"):
            return queryset
        return queryset.filter(training__in=mine)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "training"]
