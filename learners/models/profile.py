"""What a learner says of themselves beside the account: addresses over time, accommodations, consents."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from learners.enums import AccommodationKind, AddressKind, ConsentPurpose
from learners.models.people import LearnerProfile


class AddressQuerySet(models.QuerySet):
    def current(self):
        return self.filter(valid_to__isnull=True)


class Address(models.Model):
    """Where a learner could be written to, from one day to another: parcels go astray, staff look where they went.

    Never corrected: a move closes the row and adds one, so the rows are their own history.
    """

    learner = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="addresses", verbose_name="apprenant")
    kind = models.CharField("nature", max_length=8, choices=AddressKind, default=AddressKind.POSTAL)
    street = models.CharField("adresse", max_length=200, blank=True)
    street_extra = models.CharField("complément d’adresse", max_length=200, blank=True)
    postal_code = models.CharField("code postal", max_length=12, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    country = models.CharField("pays", max_length=80, blank=True, default="France")
    valid_from = models.DateTimeField("valable depuis le", default=timezone.now)
    valid_to = models.DateTimeField("valable jusqu’au", null=True, blank=True)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = "adresse d’un apprenant"
        verbose_name_plural = "adresses des apprenants"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["learner", "-valid_from"], name="address_of_learner"),
            models.Index(fields=["valid_to"], condition=Q(valid_to__isnull=False), name="address_left"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "kind"],
                condition=Q(valid_to__isnull=True),
                name="address_current_once",
                violation_error_message="Un apprenant a une seule adresse actuelle de chaque nature.",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="address_dates_in_order",
                violation_error_message="Une adresse cesse d’être valable après l’avoir été.",
            ),
            models.CheckConstraint(
                condition=~Q(street="", postal_code="", city=""),
                name="address_says_something",
                violation_error_message="Une adresse a une rue, un code postal ou une ville.",
            ),
        ]

    def __str__(self):
        return ", ".join(self.lines)

    @property
    def lines(self):
        """As it is written on an envelope, without the name."""
        town = f"{self.postal_code} {self.city}".strip()
        return [line for line in (self.street, self.street_extra, town, self.country if town else "") if line]


class Accommodation(models.Model):
    """Something arranged for a learner, chosen in a list. Untracked: what is given up leaves no trace."""

    learner = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="accommodations", verbose_name="apprenant")
    kind = models.CharField("aménagement", max_length=16, choices=AccommodationKind)
    since = models.DateTimeField("demandé le", default=timezone.now)

    class Meta:
        verbose_name = "aménagement"
        verbose_name_plural = "aménagements"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "kind"],
                name="accommodation_once",
                violation_error_message="Cet aménagement est déjà demandé.",
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


class ConsentEntryQuerySet(models.QuerySet):
    def latest(self):
        """The last word of each person, on each purpose, about each learner."""
        order = ("learner", "purpose", "by_guardian")
        return self.order_by(*order, "-at", "-pk").distinct(*order)


class ConsentEntry(models.Model):
    """A consent given or withdrawn. Append-only: the last entry holds.

    Under 15 a guardian who signs gives theirs too (law 78-17, article 45): `by_guardian` tells the two apart.
    """

    learner = models.ForeignKey(LearnerProfile, models.CASCADE, related_name="consents", verbose_name="apprenant")
    purpose = models.CharField("finalité", max_length=10, choices=ConsentPurpose)
    text_version = models.CharField("version du texte", max_length=10)
    given = models.BooleanField("donné")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    by_guardian = models.BooleanField("par un responsable légal", default=False)
    at = models.DateTimeField("le", default=timezone.now)

    objects = ConsentEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "consentement"
        verbose_name_plural = "consentements"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["learner", "purpose", "by_guardian", "-at", "-id"], name="consent_latest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_purpose_display()} : {'donné' if self.given else 'retiré'}"
