"""Accounts: people sign in with an e-mail address; staff roles are Django groups, granted for a time or for good."""

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cned_portal.common.history import tracked
from cned_portal.users.enums import Role


class UserQuerySet(models.QuerySet):
    def with_role(self, role):
        """People who hold the role now."""
        return self.filter(role_grants__in=RoleGrant.objects.in_force().filter(group__name=role)).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email, password=None, **fields):
        """Create a person who signs in with `email`, stored in lower case."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    @classmethod
    def normalize_email(cls, email):
        return (email or "").strip().lower()

    def get_by_natural_key(self, email):
        return self.get(email=self.normalize_email(email))


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: learner, family, partner or agent."""

    email = models.EmailField("adresse électronique", unique=True)
    first_name = models.CharField("prénom", max_length=100, blank=True)
    last_name = models.CharField("nom", max_length=100, blank=True)
    is_staff = models.BooleanField("accède à l’espace de gestion", default=False)
    is_active = models.BooleanField("compte actif", default=True)
    date_joined = models.DateTimeField("date de création", default=timezone.now)
    groups = models.ManyToManyField(  # type: ignore[assignment]  # through our dated grants
        Group,
        through="users.RoleGrant",
        related_name="user_set",
        related_query_name="user",
        verbose_name="rôles",
        blank=True,
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = "utilisateur"
        verbose_name_plural = "utilisateurs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lower_case",
                violation_error_message="L’adresse électronique s’écrit en minuscules.",
            ),
        ]

    def __str__(self):
        return self.get_full_name()

    def clean(self):
        super().clean()
        self.email = type(self).objects.normalize_email(self.email)

    def get_full_name(self):
        """First and last name, or the address where neither is known."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self):
        return self.first_name or self.email

    @property
    def device_mark(self):
        """What a device knows the account by, in the names of what it keeps: it tells nothing of whom."""
        return salted_hmac("users.device", str(self.pk), algorithm="sha256").hexdigest()[:16]

    def has_role(self, *roles):
        """Whether one of the roles is held now."""
        return self.is_active and any(role in self.current_roles for role in roles)

    @property
    def current_roles(self):
        """Names of the roles in force, read once for each instance."""
        if "_current_roles" not in self.__dict__:
            self._current_roles = frozenset(self.role_grants.in_force().values_list("group__name", flat=True))
        return self._current_roles


class RoleGrantQuerySet(models.QuerySet):
    def in_force(self, at=None):
        return self.filter(models.Q(valid_until=None) | models.Q(valid_until__gt=at or timezone.now()))


@tracked()
class RoleGrant(models.Model):
    """A role given to a person, until a date where there is one (always for an auditor)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants", verbose_name="utilisateur")
    group = models.ForeignKey(Group, models.CASCADE, related_name="role_grants", verbose_name="rôle")
    valid_until = models.DateTimeField("valable jusqu’au", null=True, blank=True)
    created_at = models.DateTimeField("accordé le", auto_now_add=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = "rôle accordé"
        verbose_name_plural = "rôles accordés"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "group"],
                name="role_granted_once",
                violation_error_message="Cette personne a déjà ce rôle.",
            ),
        ]
        triggers = [
            # A check constraint cannot read the group's name.
            pgtrigger.Trigger(
                name="auditor_role_ends",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__valid_until__isnull=True),
                func=(
                    "IF EXISTS (SELECT 1 FROM auth_group WHERE id = NEW.group_id AND name = 'auditeur') THEN "
                    "RAISE EXCEPTION 'auditor role without an end date' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return str(Role(self.group.name).label if self.group.name in Role.values else self.group.name)

    def clean(self):
        from django.core.exceptions import ValidationError

        super().clean()
        if self.group_id and self.group.name == Role.AUDITOR and not self.valid_until:
            raise ValidationError({"valid_until": "L’accès d’un auditeur a toujours une date de fin."})


class IdempotentCall(models.Model):
    """An answer already given to a caller under a key of theirs, for as long as they may ask again."""

    caller = models.CharField("appelant", max_length=40)
    key = models.CharField("clé", max_length=64)
    digest = models.CharField("empreinte de l’appel", max_length=64)
    status = models.PositiveSmallIntegerField("code de la réponse", default=0)
    body = models.JSONField("réponse", default=dict)
    created_at = models.DateTimeField("appelé le", default=timezone.now)

    class Meta:
        verbose_name = "appel unique"
        verbose_name_plural = "appels uniques"
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="idempotent_call_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "key"],
                name="idempotent_call_kept_once",
                violation_error_message="Cette clé a déjà servi.",
            ),
        ]

    def __str__(self):
        return self.key
