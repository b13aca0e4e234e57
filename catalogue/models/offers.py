from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalogue.enums import EntryMode, Funding, IndicatorKind, RecruitmentState, TeachingMode
from catalogue.models.certifications import refuse_central_project
from catalogue.models.trainings import Training, bumps_page_version, external_reference, unique_reference
from cned_portal.common.history import tracked

PAID_BY = [choice for choice in Funding.choices if choice[0] != Funding.CPF]


def ordered(first, last, name, message):
    return models.CheckConstraint(
        condition=Q(**{f"{first}__isnull": True}) | Q(**{f"{last}__isnull": True}) | Q(**{f"{first}__lte": F(last)}),
        name=name,
        violation_error_message=message,
    )


@tracked()
class TrainingAction(models.Model):
    """A way to follow a training (mode, pace, price): the middle level of LHEO and EDOF."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="actions", verbose_name="formation")
    external_reference = external_reference()
    name = models.CharField("formule", max_length=150)
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=1)
    teaching_mode = models.PositiveSmallIntegerField("modalité", choices=TeachingMode, default=TeachingMode.DISTANCE)
    entry_mode = models.PositiveSmallIntegerField("entrées", choices=EntryMode, default=EntryMode.PERMANENT)
    pace = models.CharField("rythme", max_length=300, blank=True)
    hours = models.PositiveIntegerField("nombre d’heures", null=True, blank=True)
    placement_weeks = models.PositiveSmallIntegerField("semaines de stage", null=True, blank=True)
    price = models.DecimalField(
        "tarif (€ TTC)", max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_cpf_eligible = models.BooleanField("éligible au CPF", default=False)
    fundings = ArrayField(
        models.CharField(max_length=20, choices=PAID_BY),
        verbose_name="financements possibles",
        default=list,
        blank=True,
        help_text="Hors CPF, que dit l’éligibilité.",
    )

    class Meta:
        verbose_name = "action de formation"
        verbose_name_plural = "actions de formation"
        triggers = [refuse_central_project, bumps_page_version("changed.training_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "name"],
                name="training_action_once",
                violation_error_message="Cette formule existe déjà pour la formation.",
            ),
            unique_reference("training_action_reference_once", "training"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="training_action_price_positive",
                violation_error_message="Un tarif n’est pas négatif.",
            ),
            models.CheckConstraint(
                condition=Q(fundings__contained_by=[value for value, _ in PAID_BY]),
                name="training_action_fundings_known",
                violation_error_message="Un financement possible n’est pas de la liste.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def number(self):
        """How files that are exchanged call it."""
        return self.external_reference or f"{self.training.number}-{self.pk}"


class TrainingSessionQuerySet(models.QuerySet):
    def open_on(self, day):
        """Sessions in which one may enrol at the Cned that day: every condition on the same session."""
        return self.filter(
            Q(enrolment_opens_on__isnull=True) | Q(enrolment_opens_on__lte=day),
            Q(enrolment_closes_on__isnull=True) | Q(enrolment_closes_on__gte=day),
            recruitment=RecruitmentState.OPEN,
        )


@tracked()
class TrainingSession(models.Model):
    """Dates of an action, with two calendars: enrolment at the Cned, and enrolment at the exam, held elsewhere."""

    action = models.ForeignKey(TrainingAction, models.CASCADE, related_name="sessions", verbose_name="action")
    external_reference = external_reference()
    starts_on = models.DateField("début", null=True, blank=True)
    ends_on = models.DateField("fin", null=True, blank=True)
    enrolment_opens_on = models.DateField("ouverture des inscriptions au Cned", null=True, blank=True)
    enrolment_closes_on = models.DateField("clôture des inscriptions au Cned", null=True, blank=True)
    exam_enrolment_opens_on = models.DateField("ouverture des inscriptions à l’examen", null=True, blank=True)
    exam_enrolment_closes_on = models.DateField("clôture des inscriptions à l’examen", null=True, blank=True)
    exam_starts_on = models.DateField("début des épreuves", null=True, blank=True)
    exam_ends_on = models.DateField("fin des épreuves", null=True, blank=True)
    recruitment = models.PositiveSmallIntegerField("état", choices=RecruitmentState, default=RecruitmentState.OPEN)

    objects = TrainingSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "session de formation"
        verbose_name_plural = "sessions de formation"
        triggers = [bumps_page_version("SELECT training_id FROM catalogue_trainingaction WHERE id = changed.action_id")]
        indexes = [models.Index(fields=["action", "enrolment_closes_on"], name="training_session_open")]
        constraints = [
            unique_reference("training_session_reference_once", "action"),
            ordered("starts_on", "ends_on", "training_session_ordered", "La fin ne vient pas avant le début."),
            ordered(
                "enrolment_opens_on",
                "enrolment_closes_on",
                "training_session_enrolment_ordered",
                "Les inscriptions au Cned ne ferment pas avant d’ouvrir.",
            ),
            ordered(
                "exam_enrolment_opens_on",
                "exam_enrolment_closes_on",
                "training_session_exam_enrolment_ordered",
                "Les inscriptions à l’examen ne ferment pas avant d’ouvrir.",
            ),
            ordered(
                "exam_starts_on",
                "exam_ends_on",
                "training_session_exam_ordered",
                "L’examen ne finit pas avant de commencer.",
            ),
        ]

    def __str__(self):
        return f"session du {self.starts_on:%d/%m/%Y}" if self.starts_on else "session à entrées permanentes"

    @property
    def number(self):
        """How files that are exchanged call it."""
        return self.external_reference or f"{self.action.number}-{self.pk}"

    def is_open(self, on=None):
        """Same rule as `open_on`, on one row already read."""
        on = on or timezone.localdate()
        return (
            self.recruitment == RecruitmentState.OPEN
            and (self.enrolment_opens_on is None or self.enrolment_opens_on <= on)
            and (self.enrolment_closes_on is None or on <= self.enrolment_closes_on)
        )


@tracked()
class ResultIndicator(models.Model):
    """A published result with all that makes it verifiable: numerator, denominator, period and method."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="indicators", verbose_name="formation")
    kind = models.CharField("indicateur", max_length=15, choices=IndicatorKind)
    numerator = models.PositiveIntegerField("numérateur")
    denominator = models.PositiveIntegerField("dénominateur")
    period_start = models.DateField("début de la période")
    period_end = models.DateField("fin de la période")
    method = models.CharField("modalités de calcul", max_length=500)
    source = models.CharField("source", max_length=200, blank=True)

    class Meta:
        verbose_name = "indicateur de résultat"
        verbose_name_plural = "indicateurs de résultat"
        triggers = [bumps_page_version("changed.training_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "kind", "period_start", "period_end"],
                name="result_indicator_once",
                violation_error_message="Cet indicateur existe déjà pour la période.",
            ),
            models.CheckConstraint(
                condition=Q(denominator__gt=0, numerator__lte=F("denominator")),
                name="result_indicator_is_a_share",
                violation_error_message="Le numérateur ne dépasse pas le dénominateur, qui n’est pas nul.",
            ),
            models.CheckConstraint(
                condition=Q(period_start__lte=F("period_end")),
                name="result_indicator_period_ordered",
                violation_error_message="La fin de la période ne vient pas avant son début.",
            ),
            models.CheckConstraint(
                condition=~Q(method=""),
                name="result_indicator_method_said",
                violation_error_message="Les modalités de calcul sont obligatoires.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.period_end:%Y}"

    @property
    def percent(self):
        """Share from 0 to 100."""
        return 100 * self.numerator / self.denominator
