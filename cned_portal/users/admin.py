"""Accounts and the roles granted to them. Nobody sees a password, makes a superuser or deletes an account."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError

from cned_portal.common.backoffice import PortalModelAdmin
from cned_portal.users.domain.accounts import reset_second_factor
from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User


class RoleGrantForm(forms.ModelForm):
    # One field with its label: the admin's own has two parts, and a label for neither.
    valid_until = forms.DateTimeField(
        label="valable jusqu’au",
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    class Meta:
        model = RoleGrant
        fields = ("group", "valid_until")

    def clean(self):
        """Said beside the date: the database refuses it without a word to the person."""
        cleaned = super().clean()
        group = cleaned.get("group")
        if group and group.name == Role.AUDITOR and not cleaned.get("valid_until"):
            raise ValidationError({"valid_until": "L’accès d’un auditeur a toujours une date de fin."})
        return cleaned


class RoleGrantInline(admin.TabularInline):
    """Roles of a person; nobody grants a role to themselves."""

    model = RoleGrant
    form = RoleGrantForm
    extra = 0

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and not _is_oneself(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not _is_oneself(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not _is_oneself(request, obj)


def _is_oneself(request, user):
    return user is not None and user.pk == request.user.pk


@admin.register(User)
class UserAdmin(PortalModelAdmin):
    list_display = ("email", "last_name", "first_name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("=email", "last_name__istartswith")
    search_help_text = "Adresse entière, ou début du nom."
    ordering = ("-pk",)
    fields = ("email", "first_name", "last_name", "is_active", "is_staff", "date_joined", "last_login")
    readonly_fields = ("date_joined", "last_login")
    inlines = (RoleGrantInline,)
    actions = ("reset_second_factor",)

    def has_delete_permission(self, request, obj=None):
        """An account is closed, not deleted: what it did keeps its author."""
        return False

    def get_queryset(self, request):
        """A superuser is out of reach of those who are not: their mail address would be the way to their rights."""
        users = super().get_queryset(request)
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def save_form(self, request, form, change):
        if change and _is_oneself(request, form.instance) and {"is_active", "is_staff"} & set(form.changed_data):
            raise PermissionDenied
        return super().save_form(request, form, change)

    @admin.action(description="Retirer le second facteur (téléphone perdu)", permissions=["change"])
    def reset_second_factor(self, request, users):
        number = sum(reset_second_factor(user, acting_user=request.user) for user in users)
        messages.success(request, f"Second facteur retiré pour {number} compte(s) ; il sera demandé à la connexion.")
