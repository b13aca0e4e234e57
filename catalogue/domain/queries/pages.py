"""What the pages of a training and of an entry show, read in a constant number of queries."""

from dataclasses import dataclass

from django.db.models import Count, Prefetch
from django.utils import timezone

from catalogue.enums import TeachingMode
from catalogue.models import EntryHighlight, ResultIndicator, Training, TrainingAction, TrainingCertification

HIGHLIGHTS_MAX = 6
LISTED_MAX = 12
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
            "provider": {"@type": "EducationalOrganization", "name": "Cned (démonstration)"},
            "dateModified": training.updated_on,
            "coursePrerequisites": training.prerequisites,
            "accessibilitySummary": training.accessibility,
            "educationalCredentialAwarded": [
                {
                    "@type": "EducationalOccupationalCredential",
                    "name": link.certification.title,
                    "identifier": link.certification.code,
                }
                for link in self.certifications
            ],
            "offers": [
                {"@type": "Offer", "name": action.name, "price": f"{action.price:.2f}", "priceCurrency": "EUR"}
                for action in self.actions
                if action.price is not None
            ],
            "hasCourseInstance": [
                {
                    "@type": "CourseInstance",
                    "name": action.name,
                    "courseMode": _SCHEMA_MODES[action.teaching_mode],
                    "startDate": session.starts_on,
                    "endDate": session.ends_on,
                }
                for action in self.actions
                for session in action.sessions.all()
            ],
        }
        return {key: value for key, value in data.items() if value}


def training_page(slug):
    """Everything the page of a visible training shows, or None."""
    training = (
        Training.objects.published()
        .select_related("unit", "domain", "diploma_type", "successor")
        .defer("search_vector", "successor__search_vector")
        .prefetch_related(
            Prefetch("actions", TrainingAction.objects.order_by("rank", "pk")),
            "actions__sessions",
            Prefetch("certification_links", TrainingCertification.objects.select_related("certification__replaced_by")),
            Prefetch("indicators", ResultIndicator.objects.order_by("-period_end", "kind")),
            "occupations",
        )
        .filter(slug=slug)
        .first()
    )
    if training is None:
        return None
    today = timezone.localdate()
    links = list(training.certification_links.all())
    return TrainingPage(
        training=training,
        actions=list(training.actions.all()),
        certifications=[link for link in links if link.is_in_force(today)],
        former_certifications=[link for link in links if not link.is_in_force(today)],
        indicators=list(training.indicators.all()),
        jobs=sorted(training.occupations.all(), key=lambda job: job.label),
        today=today,
    )


@dataclass(frozen=True)
class EntryPage:
    highlights: list
    trainings: list
    count: int
    domains: list  # (slug, name, count)

    @property
    def has_more(self):
        return self.count > len(self.trainings)


def entry_page(entry):
    """Highlighted trainings, then the public's part of the catalogue, by the same rule of visibility as the search."""
    visible = Training.objects.published()
    highlights = (
        EntryHighlight.objects.filter(entry=entry, training__in=visible)
        .select_related("training__diploma_type", "training__domain")
        .order_by("rank", "pk")[:HIGHLIGHTS_MAX]
    )
    if entry.audiences:
        visible = visible.filter(audiences__overlap=entry.audiences)
    domains = (
        visible.filter(domain__isnull=False)
        .values_list("domain__slug", "domain__name")
        .annotate(count=Count("pk"))
        .order_by("-count", "domain__name")
    )
    listed = visible.select_related("diploma_type", "domain").defer("search_vector").with_enrolment_open()
    return EntryPage(
        highlights=[highlight.training for highlight in highlights],
        trainings=list(listed.order_by("sort_key", "pk")[:LISTED_MAX]),
        count=visible.count(),
        domains=list(domains[:10]),
    )
