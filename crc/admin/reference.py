"""Services, hours, topics and rules: rare edits, on stock pages."""

from django import forms
from django.contrib import admin

from cned_portal.common.backoffice import PortalModelAdmin
from crc.enums import Public
from crc.models import (
    ClosedDay,
    Macro,
    Mailbox,
    OpeningInterval,
    RoutingRule,
    Service,
    ServiceCalendar,
    ServiceMembership,
    SpecialOpening,
    Tag,
    Topic,
)


class OpeningIntervalFormSet(forms.BaseInlineFormSet):
    """Refuse intervals typed together that overlap: the database cannot, without an extension."""

    def clean(self):
        super().clean()
        rows = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE") and form.cleaned_data.get("end")
        ]
        for index, one in enumerate(rows):
            for other in rows[index + 1 :]:
                if one["weekday"] == other["weekday"] and _overlap(one, other):
                    raise forms.ValidationError("Deux plages d’un même jour se chevauchent.")


def _overlap(one, other):
    def starts_before_end(first, second):
        return not (first["valid_from"] and second["valid_to"] and first["valid_from"] > second["valid_to"])

    same_season = starts_before_end(one, other) and starts_before_end(other, one)
    return same_season and one["start"] < other["end"] and other["start"] < one["end"]


class OpeningIntervalInline(admin.TabularInline):
    model = OpeningInterval
    formset = OpeningIntervalFormSet
    extra = 0


class ClosedDayInline(admin.TabularInline):
    model = ClosedDay
    extra = 0


class SpecialOpeningInline(admin.TabularInline):
    model = SpecialOpening
    extra = 0


@admin.register(ServiceCalendar)
class ServiceCalendarAdmin(PortalModelAdmin):
    list_display = ["name", "timezone", "version"]
    readonly_fields = ["version"]
    inlines = [OpeningIntervalInline, SpecialOpeningInline, ClosedDayInline]


class ServiceMembershipInline(admin.TabularInline):
    model = ServiceMembership
    raw_id_fields = ["user"]
    extra = 0


@admin.register(Service)
class ServiceAdmin(PortalModelAdmin):
    list_display = ["name", "code", "unit", "calendar", "is_fallback", "is_restricted", "is_active"]
    list_select_related = ["unit", "calendar"]
    list_filter = ["is_active", "unit"]
    search_fields = ["name", "code"]
    inlines = [ServiceMembershipInline]


class TopicForm(forms.ModelForm):
    publics = forms.MultipleChoiceField(label="Publics", choices=Public, widget=forms.CheckboxSelectMultiple)


@admin.register(Topic)
class TopicAdmin(PortalModelAdmin):
    form = TopicForm
    list_display = ["label", "kind", "first_answer_minutes", "resolution_minutes", "position", "is_active"]
    list_filter = ["is_active", "kind"]
    search_fields = ["label", "code"]


@admin.register(Mailbox)
class MailboxAdmin(PortalModelAdmin):
    list_display = ["address", "code", "public", "topic", "imap_host", "is_active"]
    list_select_related = ["topic"]
    list_filter = ["is_active", "public"]


@admin.register(RoutingRule)
class RoutingRuleAdmin(PortalModelAdmin):
    change_form_template = "admin/crc/routing_rule_change_form.html"
    list_display = [
        "position",
        "name",
        "public",
        "topic",
        "unit",
        "mailbox",
        "keywords",
        "language",
        "service",
        "is_active",
    ]
    list_display_links = ["name"]
    list_select_related = ["topic", "unit", "mailbox", "service"]
    list_filter = ["is_active", "service", "public"]
    search_fields = ["name", "keywords"]


@admin.register(Tag)
class TagAdmin(PortalModelAdmin):
    list_display = ["label", "code", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["label", "code"]


class MacroForm(forms.ModelForm):
    publics = forms.MultipleChoiceField(
        label="Publics",
        help_text="Aucun : tous les publics.",
        choices=Public,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


@admin.register(Macro)
class MacroAdmin(PortalModelAdmin):
    form = MacroForm
    list_display = ["name", "service", "next_state", "is_active"]
    list_select_related = ["service"]
    list_filter = ["is_active", "service"]
    search_fields = ["name"]
