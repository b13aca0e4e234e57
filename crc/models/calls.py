"""Telephone: what the switchboard counted, a row for each day and line."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.validators import validate_single_line
from crc.enums import Public

_MOST_CALLS = MaxValueValidator(1_000_000)
_LONGEST = MaxValueValidator(86_400)
TOO_MANY_ANSWERED = "Il y a plus d’appels décrochés que d’appels présentés."
TOO_MANY_IN_TIME = "Il y a plus d’appels décrochés dans le délai que d’appels décrochés."
TOO_MANY_ABANDONED = "Décrochés et abandonnés dépassent ensemble les appels présentés."


@tracked()
class CallCount(models.Model):
    """Calls of a day on a line. The time to pick up that was promised is kept in the row: past rates do not move."""

    day = models.DateField("jour")
    line = models.CharField("ligne", max_length=60, validators=[validate_single_line])
    public = models.CharField("public", max_length=20, choices=Public, blank=True)
    offered = models.PositiveIntegerField("appels présentés", validators=[_MOST_CALLS])
    answered = models.PositiveIntegerField("appels décrochés", validators=[_MOST_CALLS])
    answered_in_time = models.PositiveIntegerField("décrochés dans le délai", validators=[_MOST_CALLS])
    threshold_seconds = models.PositiveIntegerField(
        "délai (secondes)", validators=[MinValueValidator(1), MaxValueValidator(3_600)]
    )
    abandoned = models.PositiveIntegerField("appels abandonnés", validators=[_MOST_CALLS])
    mean_talk_seconds = models.PositiveIntegerField(
        "durée moyenne (secondes)", null=True, blank=True, validators=[_LONGEST]
    )

    class Meta:
        verbose_name = "comptage d’appels"
        verbose_name_plural = "comptages d’appels"
        default_permissions = ("view", "add")
        ordering = ["-day", "line"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "line"],
                name="calls_once_a_day_and_line",
                violation_error_message="Les appels de cette ligne sont déjà comptés pour ce jour.",
            ),
            models.CheckConstraint(
                condition=Q(answered__lte=F("offered")),
                name="calls_answered_were_offered",
                violation_error_message=TOO_MANY_ANSWERED,
            ),
            models.CheckConstraint(
                condition=Q(answered_in_time__lte=F("answered")),
                name="calls_in_time_were_answered",
                violation_error_message=TOO_MANY_IN_TIME,
            ),
            models.CheckConstraint(
                condition=Q(offered__gte=F("answered") + F("abandoned")),
                name="calls_abandoned_were_offered",
                violation_error_message=TOO_MANY_ABANDONED,
            ),
            models.CheckConstraint(
                condition=Q(threshold_seconds__gt=0),
                name="calls_threshold_positive",
                violation_error_message="Le délai de décroché est d’une seconde au moins.",
            ),
            models.CheckConstraint(
                condition=~Q(line=""),
                name="calls_line_named",
                violation_error_message="La ligne a un nom.",
            ),
        ]

    def __str__(self):
        return f"{self.line}, {self.day:%d/%m/%Y}"

    def clean(self):
        """The same as the constraints, said next to the field, without asking the database for each line of a file."""
        super().clean()
        wrong = {}
        if self.day > timezone.localdate():
            wrong["day"] = "Ce jour n’est pas encore passé."
        if self.answered > self.offered:
            wrong["answered"] = TOO_MANY_ANSWERED
        if self.answered_in_time > self.answered:
            wrong["answered_in_time"] = TOO_MANY_IN_TIME
        if self.answered <= self.offered < self.answered + self.abandoned:
            wrong["abandoned"] = TOO_MANY_ABANDONED
        if wrong:
            raise ValidationError(wrong)
