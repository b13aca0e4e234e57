from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from cned_portal.users.enums import Role


class Command(BaseCommand):
    """Roles as Django groups. What a role may do is said by each app, in `role_permissions` of its AppConfig."""

    help = "Crée les rôles et leur donne exactement leurs permissions. Peut être relancée sans risque."

    @transaction.atomic
    def handle(self, *args, **options):
        role_permissions = {role: set() for role in Role}
        for config in apps.get_app_configs():
            for role, names in getattr(config, "role_permissions", {}).items():
                role_permissions[role] |= names
        wanted = set().union(*role_permissions.values())
        known = {
            permission.full_name: permission
            for permission in Permission.objects.annotate(
                full_name=Concat("content_type__app_label", Value("."), "codename")
            ).filter(full_name__in=wanted)
        }
        if missing := sorted(wanted - known.keys()):
            raise CommandError(f"Permissions inconnues : {', '.join(missing)}. Lancez d’abord « migrate ».")
        for role, names in role_permissions.items():
            group, _ = Group.objects.get_or_create(name=role.value)
            group.permissions.set([known[name] for name in names])
        if options["verbosity"]:
            self.stdout.write(f"{len(role_permissions)} rôles à jour.")
