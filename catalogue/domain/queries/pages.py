"""What the pages of a training and of an entry show, read in a constant number of queries."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from catalogue.domain.queries.facets import FACETS
from catalogue.domain.queries.search import SearchState, search
from catalogue.enums import TeachingMode, TrainingState
from catalogue.models import (
    Entry,
    EntryHighlight,
    ResultIndicator,
    Training,
    TrainingAction,
    TrainingCertification,
    TrainingSession,
)

HIGHLIGHTS_MAX = 6
LISTED_MAX = 12
DOMAINS_MAX = 10
_SCHEMA_MODES = {TeachingMode.DISTANCE: "Online", TeachingMode.MIXED: "Blended", TeachingMode.ON_SITE: "Onsite"}


@dataclass(frozen=True)
class TrainingPage:
    training: Training
    actions: list
    certifications: list  # links in force today
    former_certifications: list
    indicators: list
    jobs: list
    today: object

    @property
    def is_open(self):
        """Whether someone may enrol today."""
        return self.training.state == "published" and any(
            session.is_open(self.today) for action in self.actions for session in action.sessions.all()
        )

    @property
    def prices(self):
        return sorted(action.price for action in self.actions if action.price is not None)

    @property
    def lowest_price(self):
        return self.prices[0] if self.prices else None

    @property
    def has_several_prices(self):
        return len(set(self.prices)) > 1

    @property
    def placement_weeks(self):
        return max((action.placement_weeks or 0 for action in self.actions), default=0)

    @property
    def is_cpf_eligible(self):
        return any(action.is_cpf_eligible for action in self.actions) and any(
            not link.certification.is_expired(self.today) for link in self.certifications
        )

    def structured_data(self, address):
        """schema.org description of the training, for other catalogues."""
        training = self.training
        data = {
            "@context": "https://schema.org",
            "@type": "Course",
            "@id": address,
            "url": address,
            "name": training.title,
            "description": training.summary or training.objectives,
            "inLanguage": "fr",
            "provider": {
                "@type": "EducationalOrganization",
                "name": "Cned (démonstration)",
                "url": settings.SITE_URL,
            },
            "dateModified": training.updated_on,
            "coursePrerequisites": training.prerequisites,
            "accessibilitySummary": training.accessibility,
            "educationalLevel": training.get_level_after_display() if training.level_after else "",
            "audience": [{"@type": "EducationalAudience", "audienceType": label} for label in training.audience_labels],
            "isAccessibleForFree": training.is_central_project or (bool(self.prices) and not any(self.prices)),
            "educationalCredentialAwarded": [
                {
                    "@type": "EducationalOccupationalCredential",
                    "name": link.certification.title,
                    "identifier": link.certification.code,
                    "url": link.certification.register_url,
                }
                for link in self.certifications
            ],
            "offers": [
                {
                    "@type": "Offer",
                    "name": action.name,
                    "price": f"{action.price:.2f}",
                    "priceCurrency": "EUR",
                    "category": "Paid" if action.price else "Free",
                }
                for action in self.actions
                if action.price is not None
            ],
            "hasCourseInstance": [
                _known(
                    {
                        "@type": "CourseInstance",
                        "name": action.name,
                        "courseMode": _SCHEMA_MODES[action.teaching_mode],
                        "courseWorkload": f"PT{action.hours}H" if action.hours else "",
                        "startDate": session.starts_on,
                        "endDate": session.ends_on,
                    }
                )
                for action in self.actions
                for session in action.sessions.all()
            ],
        }
        return _known(data)


def _known(data):
    """Without what is not known: schema.org has no place for an empty value."""
    return {key: value for key, value in data.items() if value not in ("", None, [])}


def training_page(slug, among=None):
    """Everything the page of a training shows, or None: of a visible one, unless others are looked for `among`."""
    return next(training_pages([slug], among), None)


def training_pages(slugs, among=None):
    """The same for several trainings, in a constant number of queries."""
    trainings = (
        (Training.objects.published() if among is None else among)
        .select_related("unit", "domain", "diploma_type", "successor")
        .defer("search_vector", "successor__search_vector")
        .prefetch_related(
            Prefetch("actions", TrainingAction.objects.order_by("rank", "pk")),
            Prefetch("actions__sessions", TrainingSession.objects.order_by("starts_on", "pk")),
            Prefetch("certification_links", TrainingCertification.objects.select_related("certification__replaced_by")),
            Prefetch("indicators", ResultIndicator.objects.order_by("-period_end", "kind")),
            "occupations",
        )
    )
    today = timezone.localdate()
    for training in trainings.filter(slug__in=slugs):
        links = list(training.certification_links.all())
        yield TrainingPage(
            training=training,
            actions=list(training.actions.all()),
            certifications=[link for link in links if link.is_in_force(today)],
            former_certifications=[link for link in links if not link.is_in_force(today)],
            indicators=list(training.indicators.all()),
            jobs=sorted(training.occupations.all(), key=lambda job: job.label),
            today=today,
        )


def successor_of(slug):
    """The training in force that replaces, directly or by steps, the closed one of this slug; None when none does."""
    seen, training = set(), Training.objects.filter(slug=slug, state=TrainingState.CLOSED).first()
    while training is not None and training.state == TrainingState.CLOSED and training.pk not in seen:
        seen.add(training.pk)
        training = training.successor
    return training if training is not None and training.is_visible else None


@dataclass(frozen=True)
class EntryPage:
    highlights: list
    children: list
    documents: list
    trainings: list
    count: int
    domains: list  # (label, count, end of the address of the search)
    preset: list  # (name, value) of the filters that the search starts with

    @property
    def has_more(self):
        return self.count > len(self.trainings)

    @property
    def preset_query(self):
        return urlencode(self.preset)


def preset_of(entry):
    """Filters with which the public's search starts, as pairs of its address."""
    pairs = [("public", audience) for audience in entry.audiences] + parse_qsl(entry.filters)
    return list(dict.fromkeys(pairs))


def entry_page(entry):
    """What a public's page shows; its part of the catalogue is the search itself, with the preset filters."""
    preset = preset_of(entry)
    facets = {name: tuple(value for key, value in preset if key == name) for name in FACETS}
    words = " ".join(value for key, value in preset if key == "q")
    results = search(SearchState(q=words, facets=facets))
    highlights = (
        EntryHighlight.objects.filter(entry=entry, training__in=Training.objects.published())
        .select_related("training__diploma_type", "training__domain")
        .order_by("rank", "pk")[:HIGHLIGHTS_MAX]
    )
    kept = [pair for pair in preset if pair[0] != "domaine"]
    domains = [
        (item.label, item.count, urlencode([*kept, ("domaine", item.value)]))
        for facet in results.facets
        if facet.name == "domaine"
        for item in facet.values[:DOMAINS_MAX]
    ]
    return EntryPage(
        highlights=[highlight.training for highlight in highlights],
        children=list(Entry.objects.filter(parent=entry, is_published=True).order_by("rank", "pk")),
        documents=list(entry.documents.order_by("rank", "pk")),
        trainings=results.trainings[:LISTED_MAX],
        count=results.count,
        domains=domains,
        preset=preset,
    )
