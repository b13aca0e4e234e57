"""Jobs to which the published trainings lead, with the figures of their families."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Q

from catalogue.enums import VISIBLE_STATES, RomeDomain
from catalogue.models import JobFamily, Occupation, Training
from cned_portal.common.charts import MISSING, format_number
from cned_portal.common.text import sort_key

# What each figure is, in the words of the study; thousands of people but for the tension.
FIGURES = [
    ("jobs", "Emplois en 2019", "Personnes en emploi dans cette famille de métiers, en moyenne."),
    (
        "created",
        "Créations nettes, 2019-2030",
        "Emplois créés moins emplois supprimés ; négatif quand le métier recule.",
    ),
    ("leaving", "Départs en fin de carrière, 2019-2030", "Personnes qui quitteront ces métiers pour la retraite."),
    ("openings", "Postes à pourvoir, 2019-2030", "Départs en fin de carrière et créations nettes."),
    (
        "imbalance",
        "Déséquilibre potentiel, 2019-2030",
        "Postes que les jeunes débutants ne suffiraient pas à pourvoir ; négatif quand ils seraient plus nombreux.",
    ),
]


@dataclass(frozen=True)
class JobFigures:
    family: JobFamily
    rows: list  # (label, value as text, definition)
    tension: str


@dataclass(frozen=True)
class JobPage:
    occupation: Occupation
    trainings: list
    figures: list[JobFigures]
    domain: str


def jobs_by_domain():
    """[(letter, name of the domain, jobs)] of the jobs to which a published training leads, with how many do."""
    published = Count("trainings", filter=Q(trainings__state__in=VISIBLE_STATES), distinct=True)
    rows = Occupation.objects.annotate(training_count=published).filter(training_count__gt=0).only("code", "label")
    jobs = sorted(rows, key=lambda job: (job.code[0], sort_key(job.label)))
    return [
        (letter, RomeDomain(letter).label, list(group)) for letter, group in groupby(jobs, key=lambda job: job.code[0])
    ]


def job_page(code):
    """What the page of a job shows, or None."""
    occupation = Occupation.objects.filter(code=code.upper()).prefetch_related("families").first()
    if occupation is None:
        return None
    trainings = (
        Training.objects.published()
        .filter(occupations=occupation)
        .select_related("diploma_type", "domain")
        .defer("search_vector")
        .with_enrolment_open()
        .order_by("sort_key", "pk")
    )
    families = sorted(occupation.families.all(), key=lambda family: family.code)
    return JobPage(
        occupation=occupation,
        trainings=list(trainings),
        figures=[_figures(family) for family in families],
        domain=RomeDomain(occupation.code[0]).label,
    )


def _figures(family):
    rows = [
        (label, _thousands(getattr(family, name), signed=name in {"created", "imbalance"}), definition)
        for name, label, definition in FIGURES
    ]
    tension = MISSING if family.tension is None else f"{format_number(float(family.tension))} sur 5"
    return JobFigures(family, rows, tension)


def _thousands(value, *, signed):
    """« +98 000 »: the study counts in thousands, and rounds to the thousand."""
    if value is None:
        return MISSING
    number = round(value) * 1_000
    return f"{'+' if signed and number > 0 else ''}{format_number(number)}"
