from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import tracked
from exams.enums import (
    ALL,
    NATIONAL,
    SERIES_OF,
    Academy,
    CandidateStatus,
    Pathway,
    Release,
    Series,
    Sex,
)
from exams.models.sessions import ExamSession

# Columns of counts, in the order of DEPP's file.
COUNTS = (
    *("registered", "present", "admitted_first", "refused_first", "sent_to_second", "admitted_second"),
    *("refused_second", "admitted", "congratulated", "very_good", "good", "fairly_good", "no_honours", "refused"),
)

SERIES_OF_PATHWAY = (
    Q(pathway=Pathway.GENERAL, series__in=sorted(SERIES_OF[Pathway.GENERAL]))
    | Q(pathway=Pathway.TECHNOLOGICAL, series__in=sorted(SERIES_OF[Pathway.TECHNOLOGICAL]))
    | Q(pathway=Pathway.VOCATIONAL, series__in=sorted(SERIES_OF[Pathway.VOCATIONAL]))
)


@tracked()
class ReferenceLoad(models.Model):
    """Where reference figures come from: one row for each load that was kept."""

    file_name = models.CharField("fichier", max_length=255)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    source = models.CharField("source", max_length=300)
    release = models.CharField("diffusion", max_length=12, choices=Release)
    loaded_at = models.DateTimeField("chargé le", default=timezone.now)
    lines = models.PositiveIntegerField("lignes lues")
    created = models.PositiveIntegerField("résultats ajoutés")
    updated = models.PositiveIntegerField("résultats corrigés")
    unchanged = models.PositiveIntegerField("résultats inchangés")
    refused = models.PositiveIntegerField("lignes refusées")

    class Meta:
        verbose_name = "chargement de résultats"
        verbose_name_plural = "chargements de résultats"
        default_permissions = ("view",)
        indexes = [models.Index(fields=["-loaded_at", "-id"], name="reference_load_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="reference_load_digest",
                violation_error_message="L’empreinte a 64 chiffres hexadécimaux.",
            ),
            models.CheckConstraint(
                condition=Q(lines=F("created") + F("updated") + F("unchanged") + F("refused")),
                name="reference_load_adds_up",
                violation_error_message="Les lignes lues sont ajoutées, corrigées, inchangées ou refusées.",
            ),
        ]

    def __str__(self):
        return self.file_name


def _never_more(small, large, message):
    return models.CheckConstraint(
        condition=Q(**{f"{small}__lte": F(large)}),
        name=f"reference_{small}_within_{large}",
        violation_error_message=message,
    )


def _adds_up(total, *parts, name, message):
    whole = F(parts[0])
    for part in parts[1:]:
        whole = whole + F(part)
    return models.CheckConstraint(condition=Q(**{total: whole}), name=name, violation_error_message=message)


def _count(label):
    return models.PositiveIntegerField(label, null=True, blank=True)


@tracked()
class ReferenceResult(models.Model):
    """Counts of DEPP for one group of candidates. A count that is not given is unknown (null), never zero.

    A row is either a detailed one (an académie, a sex, a series) or a national one for every sex and series: the two
    are never added together.
    """

    session = models.ForeignKey(ExamSession, models.PROTECT, related_name="results", verbose_name="session")
    release = models.CharField("diffusion", max_length=12, choices=Release, default=Release.DEFINITIVE)
    academy = models.CharField("académie", max_length=20, choices=Academy)
    status = models.CharField("statut", max_length=30, choices=CandidateStatus)
    sex = models.CharField("sexe", max_length=8, choices=Sex)
    pathway = models.CharField("voie", max_length=20, choices=Pathway)
    series = models.CharField("série", max_length=25, choices=Series)
    load = models.ForeignKey(
        ReferenceLoad,
        models.PROTECT,
        related_name="results",
        verbose_name="chargement",
        help_text="Le dernier qui a écrit ces chiffres.",
    )
    registered = _count("inscrits")
    present = _count("présents")
    admitted_first = _count("admis au 1er groupe")
    refused_first = _count("refusés au 1er groupe")
    sent_to_second = _count("ajournés passant le 2nd groupe")
    admitted_second = _count("admis au 2nd groupe")
    refused_second = _count("refusés au 2nd groupe")
    admitted = _count("admis")
    congratulated = _count("mention très bien avec félicitations")
    very_good = _count("mention très bien sans félicitations")
    good = _count("mention bien")
    fairly_good = _count("mention assez bien")
    no_honours = _count("admis sans mention")
    refused = _count("refusés")

    class Meta:
        verbose_name = "résultat de référence"
        verbose_name_plural = "résultats de référence"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["release", "session", "pathway", "status"], name="reference_result_grouped"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "release", "academy", "status", "sex", "pathway", "series"],
                name="reference_result_once",
                violation_error_message="Ces candidats sont déjà comptés.",
            ),
            models.CheckConstraint(
                condition=Q(academy=NATIONAL, sex=ALL, series=ALL)
                | (~Q(academy=NATIONAL) & ~Q(sex=ALL) & ~Q(series=ALL)),
                name="reference_result_one_grain",
                violation_error_message="Une ligne est nationale et globale, ou détaillée par académie, sexe et série.",
            ),
            models.CheckConstraint(
                condition=Q(series=ALL) | SERIES_OF_PATHWAY,
                name="reference_result_series_of_pathway",
                violation_error_message="Cette série n’est pas de cette voie.",
            ),
            _never_more("present", "registered", "Il n’y a pas plus de présents que d’inscrits."),
            _never_more("admitted", "present", "Il n’y a pas plus d’admis que de présents."),
            _adds_up(
                "present",
                *("admitted", "refused"),
                name="reference_present_adds_up",
                message="Les présents sont admis ou refusés.",
            ),
            _adds_up(
                "admitted",
                *("admitted_first", "admitted_second"),
                name="reference_admitted_adds_up",
                message="Les admis le sont au 1er ou au 2nd groupe.",
            ),
            _adds_up(
                "sent_to_second",
                *("admitted_second", "refused_second"),
                name="reference_second_adds_up",
                message="Qui passe le 2nd groupe y est admis ou refusé.",
            ),
            _adds_up(
                "admitted",
                *("congratulated", "very_good", "good", "fairly_good", "no_honours"),
                name="reference_honours_add_up",
                message="Les admis ont une mention ou n’en ont pas.",
            ),
        ]

    def __str__(self):
        return f"{self.session.year}, {self.get_pathway_display()}, {self.get_status_display()}"
