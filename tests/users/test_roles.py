from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from tests.users.factories import UserFactory


def test_sync_roles_twice_changes_nothing(roles):
    before = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    call_command("sync_roles", verbosity=0)
    after = {group.name: set(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}
    assert before == after
    assert set(after) == set(Role.values)


def test_expired_grant_gives_nothing(roles):
    user = UserFactory(role=Role.ADMINISTRATOR)
    assert User.objects.get(pk=user.pk).has_perm("users.view_user")
    RoleGrant.objects.filter(user=user).update(valid_until=timezone.now() - timedelta(seconds=1))
    user = User.objects.get(pk=user.pk)
    assert not user.has_perm("users.view_user")
    assert not user.has_role(Role.ADMINISTRATOR)


def test_database_refuses_auditor_without_end(roles):
    user = UserFactory()
    with pytest.raises(IntegrityError, match="auditor role"):
        RoleGrant.objects.create(user=user, group=Group.objects.get(name=Role.AUDITOR))
