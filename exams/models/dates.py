from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When

from cned_portal.common.history import tracked
from exams.enums import NATIONAL, Academy, Papers
from exams.models.sessions import ExamSession


class ExamDatesQuerySet(models.QuerySet):
    def date_for(self, column):
        """The date that holds for the registration of the outer query: that of its académie, else that of all."""
        own_first = Case(When(academy=NATIONAL, then=Value(1)), default=Value(0))
        rows = self.filter(
            session=OuterRef("session"),
            papers=OuterRef("papers"),
            academy__in=[OuterRef("academy"), Value(NATIONAL)],
            **{f"{column}__isnull": False},
        )
        return Subquery(rows.order_by(own_first).values(column)[:1])


@tracked()
class ExamDates(models.Model):
    """When one registers for papers of a session, and when results come out.

    Each académie opens its own register: a row for « France entière » holds where an académie has none.
    """

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="dates", verbose_name="session")
    papers = models.CharField("épreuves", max_length=12, choices=Papers, default=Papers.FINAL)
    academy = models.CharField(
        "académie",
        max_length=20,
        choices=Academy,
        default=NATIONAL,
        help_text="« France entière » vaut pour les académies qui n’ont pas de ligne.",
    )
    opens_on = models.DateField("ouverture des inscriptions")
    closes_on = models.DateField("clôture des inscriptions", help_text="Dernier jour compris.")
    results_on = models.DateField("publication des résultats du 1er groupe", null=True, blank=True)
    source = models.CharField("source", max_length=300)

    objects = ExamDatesQuerySet.as_manager()

    class Meta:
        verbose_name = "dates d’une session"
        verbose_name_plural = "dates des sessions"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "papers", "academy"],
                name="exam_dates_once",
                violation_error_message="Ces dates sont déjà données pour cette session et cette académie.",
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="exam_dates_close_after",
                violation_error_message="La clôture ne vient pas avant l’ouverture.",
            ),
            models.CheckConstraint(
                condition=Q(results_on__isnull=True) | Q(results_on__gt=F("closes_on")),
                name="exam_dates_results_after",
                violation_error_message="Les résultats viennent après la clôture des inscriptions.",
            ),
            models.CheckConstraint(
                condition=~Q(source=""),
                name="exam_dates_sourced",
                violation_error_message="Dites d’où viennent ces dates.",
            ),
        ]

    def __str__(self):
        return f"{self.session}, {self.get_papers_display().lower()}, {self.get_academy_display()}"
