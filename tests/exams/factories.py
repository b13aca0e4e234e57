from datetime import timedelta

import factory
from django.utils import timezone

from exams.enums import (
    Academy,
    CandidateStatus,
    Origin,
    Outcome,
    Papers,
    Pathway,
    Regime,
    RegistrationState,
    Release,
    Series,
    Sex,
)
from exams.models import (
    BacRegistration,
    BacResult,
    ExamDates,
    ExamSession,
    ReferenceLoad,
    ReferenceResult,
    SeriesBreak,
)
from tests.learners.factories import LearnerProfileFactory


class ExamSessionFactory(factory.django.DjangoModelFactory):
    year = 2025

    class Meta:
        model = ExamSession
        django_get_or_create = ["year"]


class SeriesBreakFactory(factory.django.DjangoModelFactory):
    session = factory.SubFactory(ExamSessionFactory)
    label = "règle changée"
    reason = "Une règle a changé."
    source = "Texte fictif"

    class Meta:
        model = SeriesBreak


class ReferenceLoadFactory(factory.django.DjangoModelFactory):
    file_name = "bac.csv"
    sha256 = "0" * 64
    source = "Source fictive"
    release = Release.DEFINITIVE
    lines = created = 1
    updated = unchanged = refused = 0

    class Meta:
        model = ReferenceLoad


class ReferenceResultFactory(factory.django.DjangoModelFactory):
    """A detailed row; `national=True` counts the whole of France."""

    session = factory.SubFactory(ExamSessionFactory)
    load = factory.SubFactory(ReferenceLoadFactory)
    academy = Academy.RENNES
    status = CandidateStatus.DISTANCE
    sex = Sex.FEMALE
    pathway = Pathway.GENERAL
    series = Series.GENERAL
    registered = 110
    present = 100
    admitted = 80

    class Meta:
        model = ReferenceResult

    class Params:
        national = factory.Trait(academy=Academy.FRANCE, sex=Sex.EVERY, series=Series.EVERY)


class ExamDatesFactory(factory.django.DjangoModelFactory):
    """A register that is open today, for every académie."""

    session = factory.SubFactory(ExamSessionFactory)
    papers = Papers.FINAL
    opens_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=5))
    closes_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=5))
    source = "Source fictive"

    class Meta:
        model = ExamDates


class BacRegistrationFactory(factory.django.DjangoModelFactory):
    """What a person intends; `made=True` and `confirmed=True` go further. The session is last year's."""

    learner = factory.SubFactory(LearnerProfileFactory)
    session = factory.SubFactory(ExamSessionFactory, year=factory.LazyFunction(lambda: timezone.localdate().year - 1))
    papers = Papers.FINAL
    regime = Regime.FREE
    pathway = Pathway.GENERAL
    series = Series.GENERAL
    academy = Academy.RENNES

    class Meta:
        model = BacRegistration

    class Params:
        made = factory.Trait(state=RegistrationState.DECLARED)
        confirmed = factory.Trait(state=RegistrationState.CONFIRMED, confirmed_at=factory.LazyFunction(timezone.now))


class BacResultFactory(factory.django.DjangoModelFactory):
    """What the person says; `confirmed=True` is what the academy says."""

    registration = factory.SubFactory(BacRegistrationFactory, confirmed=True)
    origin = Origin.DECLARED
    outcome = Outcome.ADMITTED_FIRST

    class Meta:
        model = BacResult

    class Params:
        confirmed = factory.Trait(origin=Origin.CONFIRMED, source="Liste fictive")
