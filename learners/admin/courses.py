"""Modules and devoirs, edited on stock pages by those who make the courses; the rules of follow-up with them."""

from django import forms
from django.contrib import admin
from django.db import models

from cned_portal.common.backoffice import FixedRowsModelAdmin, PortalModelAdmin
from cned_portal.common.files import RefusedFile, file_type
from learners.models import Devoir, DevoirDate, Module, SignalRule

SUBJECT_MAX_BYTES = 20 * 1024 * 1024


@admin.register(Module)
class ModuleAdmin(PortalModelAdmin):
    list_display = ["training", "rank", "title", "expected_hours"]
    search_fields = ["title", "training__title_key"]
    ordering = ["-pk"]
    raw_id_fields = ["training"]
    fields = ["training", "rank", "title", "summary", "expected_hours", "link"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class DevoirForm(forms.ModelForm):
    """The subject's file is judged by its content, like those that learners send."""

    class Meta:
        model = Devoir
        fields = ["module", "title", "subject", "subject_file", "due_days", "versions", "is_published"]

    def clean_subject_file(self):
        file = self.cleaned_data["subject_file"]
        if file and "subject_file" in self.changed_data:
            try:
                if file.size > SUBJECT_MAX_BYTES:
                    raise RefusedFile("Ce fichier dépasse 20 Mo.")
                file_type(file.name, file.read())
                file.seek(0)
            except RefusedFile as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return file


class DevoirDateInline(admin.TabularInline):
    model = DevoirDate
    raw_id_fields = ["session"]
    extra = 0


@admin.register(Devoir)
class DevoirAdmin(PortalModelAdmin):
    form = DevoirForm
    list_display = ["title", "module", "due_days", "is_published"]
    list_filter = ["is_published"]
    list_select_related = ["module"]
    search_fields = ["title", "module__title"]
    ordering = ["-pk"]
    raw_id_fields = ["module"]
    inlines = [DevoirDateInline]


@admin.register(SignalRule)
class SignalRuleAdmin(FixedRowsModelAdmin):  # `load_signal_rules` adds those that are missing
    list_display = ["kind", "days", "reason"]
    readonly_fields = ["kind"]
    fields = ["kind", "days", "reason"]
