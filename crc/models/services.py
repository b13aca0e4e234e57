"""Services that answer, the people in them, and their opening hours."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from cned_portal.common.calendars import BusinessCalendar, Opening
from cned_portal.common.history import tracked
from crc.enums import Weekday
from crc.validators import validate_timezone

# Built calendars by (key, version): an edit changes the version, so a process never serves old hours.
_built: dict[tuple[int, int], BusinessCalendar] = {}


def _bumps_version():
    """Trigger that stamps a new version on the calendar whenever one of its rows changes, whoever changes it."""
    return pgtrigger.Trigger(
        name="bump_calendar_version",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=(
            "IF TG_OP <> 'INSERT' THEN "
            "UPDATE crc_servicecalendar SET version = version + 1 WHERE id = OLD.calendar_id; END IF; "
            "IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.calendar_id <> OLD.calendar_id) THEN "
            "UPDATE crc_servicecalendar SET version = version + 1 WHERE id = NEW.calendar_id; END IF; "
            "RETURN NULL;"
        ),
    )


@tracked()
class ServiceCalendar(models.Model):
    """Opening hours shared by services. `version` grows at each change: what was computed says with which one."""

    name = models.CharField("nom", max_length=100, unique=True)
    timezone = models.CharField("fuseau horaire", max_length=50, default="Europe/Paris", validators=[validate_timezone])
    version = models.PositiveIntegerField("version", default=1, editable=False)

    class Meta:
        verbose_name = "calendrier d’ouverture"
        verbose_name_plural = "calendriers d’ouverture"

    def __str__(self):
        return self.name

    def business_calendar(self):
        """The calendar as a value; three queries the first time a process meets this version."""
        key = (self.pk, self.version)
        if key not in _built:
            for old in [known for known in _built if known[0] == self.pk]:
                del _built[old]
            _built[key] = BusinessCalendar(
                openings=tuple(
                    Opening(row.weekday, row.start, row.end, row.valid_from, row.valid_to)
                    for row in self.opening_intervals.all()
                ),
                closed_days=frozenset(self.closed_days.values_list("day", flat=True)),
                special_openings=tuple(self.special_openings.values_list("day", "start", "end")),
                timezone=self.timezone,
            )
        return _built[key]


@tracked()
class OpeningInterval(models.Model):
    """Hours of one weekday; several a day are allowed, and a season has its own dates."""

    calendar = models.ForeignKey(
        ServiceCalendar, models.CASCADE, related_name="opening_intervals", verbose_name="calendrier"
    )
    weekday = models.PositiveSmallIntegerField("jour", choices=Weekday)
    start = models.TimeField("ouverture")
    end = models.TimeField("fermeture")
    valid_from = models.DateField("à partir du", null=True, blank=True)
    valid_to = models.DateField("jusqu’au (inclus)", null=True, blank=True)

    class Meta:
        verbose_name = "plage d’ouverture"
        verbose_name_plural = "plages d’ouverture"
        ordering = ["valid_from", "weekday", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__lt=F("end")),
                name="opening_starts_before_end",
                violation_error_message="L’ouverture précède la fermeture.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6),
                name="opening_weekday",
                violation_error_message="Le jour va de lundi à dimanche.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="opening_season_in_order",
                violation_error_message="Le début de la saison précède sa fin.",
            ),
            models.UniqueConstraint(
                fields=["calendar", "weekday", "start", "valid_from"],
                nulls_distinct=False,
                name="opening_once",
                violation_error_message="Cette plage existe déjà.",
            ),
        ]
        triggers = [_bumps_version()]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.start:%H:%M}-{self.end:%H:%M}"

    def clean(self):
        """Two intervals of one day may not overlap while both are valid: the minutes would count twice."""
        from django.core.exceptions import ValidationError

        super().clean()
        if None in (self.weekday, self.start, self.end) or not self.calendar_id:
            return
        others = OpeningInterval.objects.filter(
            calendar=self.calendar_id, weekday=self.weekday, start__lt=self.end, end__gt=self.start
        ).exclude(pk=self.pk)
        if self.valid_from:
            others = others.filter(Q(valid_to=None) | Q(valid_to__gte=self.valid_from))
        if self.valid_to:
            others = others.filter(Q(valid_from=None) | Q(valid_from__lte=self.valid_to))
        if others.exists():
            raise ValidationError({"start": "Cette plage en chevauche une autre du même jour."})


@tracked()
class ClosedDay(models.Model):
    """A day without opening: public holiday, inventory, bridge."""

    calendar = models.ForeignKey(ServiceCalendar, models.CASCADE, related_name="closed_days", verbose_name="calendrier")
    day = models.DateField("jour")
    label = models.CharField("motif", max_length=100)

    class Meta:
        verbose_name = "jour de fermeture"
        verbose_name_plural = "jours de fermeture"
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="closed_day_once",
                violation_error_message="Ce jour est déjà fermé.",
            ),
        ]
        triggers = [_bumps_version()]

    def __str__(self):
        return f"{self.day:%d/%m/%Y} ({self.label})"


@tracked()
class SpecialOpening(models.Model):
    """Hours of one given day, in place of the weekly ones and of a closure."""

    calendar = models.ForeignKey(
        ServiceCalendar, models.CASCADE, related_name="special_openings", verbose_name="calendrier"
    )
    day = models.DateField("jour")
    start = models.TimeField("ouverture")
    end = models.TimeField("fermeture")
    label = models.CharField("motif", max_length=100)

    class Meta:
        verbose_name = "ouverture exceptionnelle"
        verbose_name_plural = "ouvertures exceptionnelles"
        ordering = ["day", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__lt=F("end")),
                name="special_opening_starts_before_end",
                violation_error_message="L’ouverture précède la fermeture.",
            ),
            models.UniqueConstraint(
                fields=["calendar", "day", "start"],
                name="special_opening_once",
                violation_error_message="Cette ouverture existe déjà.",
            ),
        ]
        triggers = [_bumps_version()]

    def __str__(self):
        return f"{self.day:%d/%m/%Y} {self.start:%H:%M}-{self.end:%H:%M}"


class ServiceQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def of_agent(self, user):
        """Services in which the person works."""
        return self.filter(memberships__user=user)

    def own_and_open(self, user):
        """Keys of the services in which the person works, and of those that wider rights open: all but restricted ones.

        As values: the planner then knows how many tickets each has, and reads them by the index that suits. Read once
        for each instance of the account, as its roles are: a page asks several times.
        """
        if not hasattr(user, "_own_and_open"):
            is_own = Exists(ServiceMembership.objects.filter(service=OuterRef("pk"), user=user))
            rows = list(self.annotate(is_own=is_own).order_by("pk").values_list("pk", "is_restricted", "is_own"))
            own = [key for key, _, is_mine in rows if is_mine]
            user._own_and_open = own, [key for key, restricted, _ in rows if not restricted]
        return user._own_and_open


@tracked()
class Service(models.Model):
    """A team that answers. Its address and phone are quoted in each acknowledgement, as the law asks."""

    code = models.SlugField("code", max_length=40, unique=True)
    name = models.CharField("nom", max_length=120, unique=True)
    email = models.EmailField("adresse électronique")
    postal_address = models.TextField("adresse postale", max_length=400)
    phone = models.CharField("téléphone", max_length=20)
    calendar = models.ForeignKey(
        ServiceCalendar, models.PROTECT, related_name="services", verbose_name="calendrier d’ouverture"
    )
    unit = models.ForeignKey(
        "catalogue.OperatingUnit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name="unité",
    )
    is_fallback = models.BooleanField(
        "service par défaut", default=False, help_text="Reçoit ce qu’aucune règle n’oriente ; un seul service l’est."
    )
    is_restricted = models.BooleanField(
        "accès restreint",
        default=False,
        help_text="Santé, violences : seuls les membres du service voient ses demandes.",
    )
    is_active = models.BooleanField("actif", default=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = "service"
        verbose_name_plural = "services"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_fallback"],
                condition=Q(is_fallback=True),
                name="one_fallback_service",
                violation_error_message="Un autre service est déjà le service par défaut.",
            ),
            models.CheckConstraint(
                condition=Q(is_fallback=False) | Q(is_active=True, is_restricted=False),
                name="fallback_service_is_open",
                violation_error_message="Le service par défaut est actif et sans accès restreint.",
            ),
        ]

    def __str__(self):
        return self.name


@tracked()
class ServiceMembership(models.Model):
    """A member of staff works in a service."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="service_memberships", verbose_name="personne"
    )
    service = models.ForeignKey(Service, models.CASCADE, related_name="memberships", verbose_name="service")

    class Meta:
        verbose_name = "appartenance à un service"
        verbose_name_plural = "appartenances à un service"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "service"],
                name="service_member_once",
                violation_error_message="Cette personne fait déjà partie du service.",
            ),
        ]

    def __str__(self):
        return f"{self.user} – {self.service}"
