import factory

from exams.enums import Academy, CandidateStatus, Pathway, Release, Series, Sex
from exams.models import ExamSession, ReferenceLoad, ReferenceResult, SeriesBreak


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
