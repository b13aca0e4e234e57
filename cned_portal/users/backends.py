"""Permissions come from the roles in force: an expired grant gives nothing, without waiting for a clean-up."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission

from cned_portal.users.models import RoleGrant


class RoleBackend(ModelBackend):
    def _get_group_permissions(self, user_obj):
        grants = RoleGrant.objects.in_force().filter(user=user_obj)
        return Permission.objects.filter(group__role_grants__in=grants)
