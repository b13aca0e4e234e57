from django.db import models
from django.db.models import Q

from cned_portal.common.history import tracked
from exams.enums import CandidateStatus, Pathway

FIRST_YEAR, LAST_YEAR = 1970, 2100


@tracked()
class ExamSession(models.Model):
    """A session of the baccalauréat, known by its year."""

    year = models.PositiveSmallIntegerField("année", unique=True)

    class Meta:
        verbose_name = "session d’examen"
        verbose_name_plural = "sessions d’examen"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR),
                name="exam_session_year",
                violation_error_message=f"Une session est une année, de {FIRST_YEAR} à {LAST_YEAR}.",
            ),
        ]

    def __str__(self):
        return f"session {self.year}"


@tracked()
class SeriesBreak(models.Model):
    """From this session on, figures do not compare with those before: a rule, a paper or a way to count changed."""

    session = models.ForeignKey(
        ExamSession, models.CASCADE, related_name="series_breaks", verbose_name="à partir de la session"
    )
    pathway = models.CharField("voie", max_length=20, choices=Pathway, blank=True, help_text="Vide : toutes les voies.")
    status = models.CharField(
        "statut", max_length=30, choices=CandidateStatus, blank=True, help_text="Vide : tous les statuts."
    )
    label = models.CharField("libellé", max_length=150, help_text="En quelques mots, sous le graphique.")
    reason = models.TextField("raison", max_length=1000)
    source = models.CharField("source", max_length=300)

    class Meta:
        verbose_name = "rupture de série"
        verbose_name_plural = "ruptures de série"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "pathway", "status"],
                name="series_break_once",
                violation_error_message="Une rupture est déjà décrite pour cette session, cette voie et ce statut.",
            ),
            models.CheckConstraint(
                condition=~Q(label="") & ~Q(reason="") & ~Q(source=""),
                name="series_break_explained",
                violation_error_message="Une rupture a un libellé, une raison et une source.",
            ),
        ]

    def __str__(self):
        return f"{self.session.year} : {self.label}"
