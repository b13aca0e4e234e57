from django.apps import AppConfig

from cned_portal.users.enums import Role


class UsersConfig(AppConfig):
    name = "cned_portal.users"
    label = "users"
    verbose_name = "Comptes et rôles"
    role_permissions = {
        Role.ADMINISTRATOR: {
            "users.view_user",
            "users.add_user",
            "users.change_user",
            "users.view_rolegrant",
            "users.add_rolegrant",
            "users.change_rolegrant",
            "users.delete_rolegrant",
            "outbox.view_mail",
            "outbox.change_mail",
        },
    }

    def ready(self):
        from allauth.mfa.signals import authenticator_added
        from allauth.socialaccount.providers import registry

        from cned_portal.users import checks  # noqa: F401  registers itself
        from cned_portal.users.mfa import confirm_by_adding
        from cned_portal.users.oidc import NonceProvider

        registry.load()
        registry.register(NonceProvider)
        authenticator_added.connect(confirm_by_adding, dispatch_uid="users.confirm_by_adding")
