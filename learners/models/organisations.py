from django import forms
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.text import sort_key
from learners.enums import MemberRole, OrganisationKind
from learners.validators import (
    RNA_PATTERN,
    SIRET_PATTERN,
    UAI_PATTERN,
    compact,
    validate_rna,
    validate_siret,
    validate_uai,
)


class CompactCharField(forms.CharField):
    """People type identifiers with blanks; the length is checked once they are gone."""

    def to_python(self, value):
        return compact(super().to_python(value))

    def widget_attrs(self, widget):
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class IdentifierField(models.CharField):
    """A public identifier, stored compact whatever the blanks and the case it was typed with; empty when unknown."""

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)  # migrations hold no code of the project
        return name, "django.db.models.CharField", args, kwargs

    def to_python(self, value):
        value = super().to_python(value)
        return compact(value) if isinstance(value, str) else value

    def get_prep_value(self, value):
        return self.to_python(super().get_prep_value(value))

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": CompactCharField, **kwargs})


def _identifier(name, pattern, message):
    return [
        models.CheckConstraint(
            condition=Q(**{name: ""}) | Q(**{f"{name}__regex": pattern}),
            name=f"organisation_{name}_shape",
            violation_error_message=message,
        ),
        models.UniqueConstraint(
            fields=[name],
            condition=~Q(**{name: ""}),
            name=f"organisation_{name}_once",
            violation_error_message=f"Une organisation a déjà ce numéro {name.upper()}.",
        ),
    ]


class OrganisationQuerySet(models.QuerySet):
    def of_member(self, user, roles=MemberRole.values):
        """Active organisations for which the person acts, in one of the roles."""
        mine = OrganisationMember.objects.filter(user=user, role__in=roles)
        return self.filter(is_active=True, pk__in=mine.values("organisation"))

    def visible_to(self, user):
        """Every one for the staff who follow organisations, none for others."""
        return self if user.is_active and user.has_perm("learners.work_organisations") else self.none()


@tracked(exclude=["sort_key"])
class Organisation(models.Model):
    """A body that enrols, pays for or hosts learners, whatever its kind."""

    kind = models.CharField("nature", max_length=20, choices=OrganisationKind)
    name = models.CharField("nom", max_length=200)
    siret = IdentifierField("SIRET", max_length=14, blank=True, default="", validators=[validate_siret])
    uai = IdentifierField("UAI", max_length=8, blank=True, default="", validators=[validate_uai])
    rna = IdentifierField("RNA", max_length=10, blank=True, default="", validators=[validate_rna])
    postal_code = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    country = models.CharField("pays", max_length=80, blank=True, default="France")
    contact_email = models.EmailField("adresse électronique", blank=True)
    is_active = models.BooleanField("active", default=True)
    sort_key = models.CharField("clé de tri", max_length=250, editable=False, default="", db_index=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "organisation"
        verbose_name_plural = "organisations"
        permissions = [("work_organisations", "Travaille au guichet des organisations")]
        constraints = [
            *_identifier("siret", SIRET_PATTERN, "Un SIRET s’écrit avec 14 chiffres."),
            *_identifier("uai", UAI_PATTERN, "Un code UAI s’écrit avec 7 chiffres et une lettre."),
            *_identifier("rna", RNA_PATTERN, "Un numéro RNA s’écrit W suivi de 9 chiffres."),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="organisation_named",
                violation_error_message="Une organisation a un nom.",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("learners:organisation", kwargs={"organisation": self.pk})

    @property
    def desk_url(self):
        return reverse("admin:learners_org", kwargs={"pk": self.pk})

    @property
    def identifiers(self):
        """(name, value) of the public identifiers that are known."""
        known = [("SIRET", self.siret), ("UAI", self.uai), ("RNA", self.rna)]
        return [(name, value) for name, value in known if value]

    def save(self, *args, **kwargs):
        self.sort_key = sort_key(self.name)[:250]
        if kwargs.get("update_fields") is not None and "name" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_key"}
        super().save(*args, **kwargs)


class OrganisationMemberQuerySet(models.QuerySet):
    def of_user(self, user, roles=MemberRole.values):
        """The person's memberships in active organisations, in one of the roles."""
        return self.filter(user=user, role__in=roles, organisation__is_active=True).select_related("organisation")


@tracked()
class OrganisationMember(models.Model):
    """A person who acts for an organisation."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="members", verbose_name="organisation")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="organisation_memberships", verbose_name="personne"
    )
    role = models.CharField("rôle", max_length=10, choices=MemberRole, default=MemberRole.CONTACT)
    created_at = models.DateTimeField("ajouté le", auto_now_add=True)

    objects = OrganisationMemberQuerySet.as_manager()

    class Meta:
        verbose_name = "membre d’une organisation"
        verbose_name_plural = "membres d’organisations"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                name="organisation_member_once",
                violation_error_message="Cette personne fait déjà partie de l’organisation.",
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.organisation}"


class MemberInvitationQuerySet(models.QuerySet):
    def open(self):
        """Neither accepted nor revoked; it may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


@tracked(exclude=["token_hash"])
class MemberInvitation(models.Model):
    """An address invited to act for an organisation. Of the link sent, only the hash is kept; a new one replaces it."""

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="invitations", verbose_name="organisation"
    )
    email = models.EmailField("adresse invitée")
    role = models.CharField("rôle", max_length=10, choices=MemberRole, default=MemberRole.CONTACT)
    token_hash = models.CharField("empreinte du lien", max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="invité par"
    )
    invited_at = models.DateTimeField("invité le", default=timezone.now)
    sendings = models.PositiveSmallIntegerField("nombre d’envois", default=1)
    expires_at = models.DateTimeField("valable jusqu’au")
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="acceptée par"
    )
    revoked_at = models.DateTimeField("retirée le", null=True, blank=True)

    objects = MemberInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation à une organisation"
        verbose_name_plural = "invitations à une organisation"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="member_invited_once",
                violation_error_message="Cette personne est déjà invitée.",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="member_invitation_one_end",
                violation_error_message="Une invitation acceptée ne se retire plus.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("invited_at")),
                name="member_invitation_expires_later",
                violation_error_message="Une invitation expire après son envoi.",
            ),
        ]

    def __str__(self):
        return f"invitation n° {self.pk}"

    @property
    def is_expired(self):
        return self.expires_at <= timezone.now()
