"""Trainings side by side: the same questions asked to each."""

from dataclasses import dataclass

from catalogue.domain.queries.pages import TrainingPage, training_pages
from catalogue.models import Training
from cned_portal.common.charts import format_number

COMPARED_MAX = 3
PROPOSED_MAX = 8
UNKNOWN = "Non précisé"


@dataclass(frozen=True)
class Comparison:
    pages: list[TrainingPage]
    rows: list  # (label, one text for each training)
    unknown: bool  # a training asked for does not exist, or no more
    too_many: bool

    @property
    def is_full(self):
        return len(self.pages) >= COMPARED_MAX


def compare(slugs):
    """The first three published trainings among these, in that order; never raises on what an address may hold."""
    asked = list(dict.fromkeys(slug for slug in slugs if 0 < len(slug) <= 200 and "\0" not in slug))
    kept = asked[:COMPARED_MAX]
    pages = {page.training.slug: page for page in training_pages(kept)} if kept else {}
    shown = [pages[slug] for slug in kept if slug in pages]
    rows = [(label, [read(page) or UNKNOWN for page in shown]) for label, read in _ROWS]
    return Comparison(shown, rows, unknown=len(shown) < len(kept), too_many=len(asked) > COMPARED_MAX)


def proposals(comparison):
    """Trainings to add: those closest to the ones compared, by domain."""
    compared = [page.training for page in comparison.pages]
    domains = {training.domain_id for training in compared} - {None}
    near = Training.objects.published().exclude(pk__in=[training.pk for training in compared])
    if domains:
        near = near.filter(domain__in=domains)
    return list(near.only("slug", "title").order_by("sort_key", "pk")[:PROPOSED_MAX])


def _price(page):
    if page.training.is_central_project or page.lowest_price == 0:
        return "Gratuit"
    if page.lowest_price is None:
        return "Sur demande"
    return f"{'À partir de ' if page.has_several_prices else ''}{format_number(float(page.lowest_price), '€')}"


def _certification(page):
    return "\n".join(f"{link.certification.title} ({link.certification.code})" for link in page.certifications)


def _results(page):
    figures = [
        f"{item.get_kind_display()} : {item.numerator} sur {item.denominator} ({item.period_end:%Y})"
        for item in page.indicators
    ]
    return "\n".join(figures) or f"Pas encore de résultat. {page.training.no_result_reason}".strip()


_ROWS = [
    ("Type", lambda page: page.training.diploma_type and page.training.diploma_type.name),
    ("Reconnaissance", lambda page: page.training.get_recognition_display()),
    ("Certification préparée", _certification),
    ("Niveau à l’entrée", lambda page: page.training.get_level_before_display()),
    ("Niveau à l’issue", lambda page: page.training.get_level_after_display()),
    ("Prérequis", lambda page: page.training.prerequisites),
    ("Durée", lambda page: page.training.duration),
    ("Stage", lambda page: f"{page.placement_weeks} semaines" if page.placement_weeks else "Aucun"),
    ("Tarif", _price),
    ("Éligible au CPF", lambda page: "Oui" if page.is_cpf_eligible else "Non"),
    ("Inscriptions au Cned", lambda page: "Ouvertes" if page.is_open else "Closes"),
    ("Résultats", _results),
    ("Débouchés", lambda page: page.training.outlets),
]
