from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower
from django.urls import reverse

from cned_portal.common.history import tracked
from cned_portal.common.progress import LongRun, LongRunQuerySet, RunState
from learners.enums import EnrolmentState, GroupMode, GroupOutcome, GroupStep
from learners.models.enrolments import Enrolment
from learners.models.organisations import Organisation
from learners.models.quotes import Voucher

LINE_ADDRESS = Lower(KeyTextTransform("adresse électronique", "cells"))


@tracked(exclude=["progress", "heartbeat_at"])
class GroupEnrolment(LongRun):
    """A file of people that an organisation enrols: checked first, written once a person has accepted the check."""

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="groups", verbose_name="places")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="groups", verbose_name="organisation")
    file = models.FileField("fichier", upload_to="groups/", max_length=200)
    file_name = models.CharField("nom du fichier", max_length=150)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="demandé par"
    )
    step = models.CharField("étape", max_length=10, choices=GroupStep, default=GroupStep.CHECK)
    mode = models.CharField("ce qui est accepté", max_length=10, choices=GroupMode, blank=True)
    created_count = models.PositiveIntegerField("à inscrire", default=0)
    unchanged_count = models.PositiveIntegerField("déjà inscrites", default=0)
    refused_count = models.PositiveIntegerField("à corriger", default=0)
    ignored_columns = ArrayField(
        models.CharField(max_length=200), verbose_name="colonnes ignorées", default=list, blank=True
    )

    objects = LongRunQuerySet.as_manager()

    class Meta(LongRun.Meta):
        abstract = False
        verbose_name = "inscription groupée"
        verbose_name_plural = "inscriptions groupées"
        default_permissions = ()
        indexes = [models.Index(fields=["organisation", "-id"], name="group_of_organisation")]
        constraints = [
            *LongRun.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(step=GroupStep.WRITE) | ~Q(mode=""),
                name="group_written_as_accepted",
                violation_error_message="Un fichier ne s’écrit qu’après avoir été accepté.",
            ),
        ]

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("learners:organisation_group", kwargs={"organisation": self.organisation_id, "pk": self.pk})

    @property
    def is_written(self):
        return self.step == GroupStep.WRITE and self.state == RunState.DONE

    @property
    def waits_for_decision(self):
        return self.step == GroupStep.CHECK and self.state == RunState.DONE

    @property
    def nothing_written(self):
        """« Tout ou rien » was accepted, and a line was refused meanwhile."""
        return self.waits_for_decision and self.mode == GroupMode.ALL


class GroupLineQuerySet(models.QuerySet):
    def of_addresses(self, addresses):
        """Lines that give one of these addresses, in lower case."""
        return self.alias(address=LINE_ADDRESS).filter(address__in=addresses)


class GroupLine(models.Model):
    """What becomes of one line of the file; keys follow the order in which lines are shown."""

    run = models.ForeignKey(GroupEnrolment, models.CASCADE, related_name="lines", verbose_name="inscription groupée")
    line = models.PositiveIntegerField("ligne")
    outcome = models.CharField("effet", max_length=10, choices=GroupOutcome)
    cells = models.JSONField("cellules", default=dict)
    problems = models.JSONField("refus", default=list, help_text="[champ, raison]")

    objects = GroupLineQuerySet.as_manager()

    class Meta:
        verbose_name = "ligne d’une inscription groupée"
        verbose_name_plural = "lignes d’inscriptions groupées"
        default_permissions = ()
        indexes = [
            models.Index(fields=["run", "outcome", "id"], name="group_line_outcome"),
            models.Index(LINE_ADDRESS, name="group_line_address"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=GroupOutcome.REFUSED) & ~Q(problems=[])
                | ~Q(outcome=GroupOutcome.REFUSED) & Q(problems=[]),
                name="group_line_refused_with_reason",
                violation_error_message="Une ligne refusée a une raison, une autre n’en a pas.",
            ),
        ]

    def __str__(self):
        return f"ligne {self.line}"

    @property
    def person(self):
        """Whom the line is about, as it was typed."""
        names = (self.cells.get(name, "") for name in ("prénom", "nom"))
        return " ".join(text for text in names if text) or self.cells.get("adresse électronique", "") or "Sans nom"


class SeatQuerySet(models.QuerySet):
    def held(self):
        return self.filter(released_at__isnull=True)

    def to_answer(self):
        """Of live enrolments, about which the person has said nothing yet."""
        return self.held().filter(agreed_at__isnull=True, enrolment__state=EnrolmentState.REQUESTED)

    def to_release(self):
        """Still counted although the enrolment was cancelled."""
        return self.held().filter(enrolment__state=EnrolmentState.CANCELLED)


@tracked()
class Seat(models.Model):
    """A seat taken by an enrolment. The organisation knows the person by the name it gave, never by their account's.

    It follows the enrolment once the person has agreed to it (`agreed_at`).
    """

    voucher = models.ForeignKey(Voucher, models.PROTECT, related_name="taken", verbose_name="places")
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="seat", verbose_name="inscription")
    group = models.ForeignKey(
        GroupEnrolment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="inscription groupée"
    )
    given_name = models.CharField("nom donné par l’organisation", max_length=201)
    given_email = models.EmailField("adresse donnée par l’organisation")
    created_at = models.DateTimeField("prise le", auto_now_add=True)
    agreed_at = models.DateTimeField("acceptée par la personne le", null=True, blank=True)
    released_at = models.DateTimeField("rendue le", null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = "place"
        verbose_name_plural = "places"
        default_permissions = ()
        indexes = [models.Index(fields=["voucher", "given_email"], name="seat_by_address")]

    def __str__(self):
        return f"place n° {self.pk}"
