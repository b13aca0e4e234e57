"""Permissions come from the roles in force: an expired grant gives nothing, without waiting for a clean-up."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission

from cned_portal.users.models import RoleGrant


class RoleBackend(AuthenticationBackend):
    """Sign-in by address and password as allauth does it, permissions by roles."""

    def _get_group_permissions(self, user_obj):
        grants = RoleGrant.objects.in_force().filter(user=user_obj)
        return Permission.objects.filter(group__role_grants__in=grants)
