import uuid
from datetime import timedelta

import factory
from django.core.files.base import ContentFile
from django.utils import timezone

from catalogue.enums import Perimeter
from learners.domain.documents import certificate_data, new_document_code
from learners.domain.people import new_learner_number
from learners.enums import (
    ContactKind,
    CopyState,
    DocumentKind,
    EnrolmentState,
    LearnerPublic,
    OrganisationKind,
    ReportedAs,
    ReportKind,
    SignalKind,
)
from learners.models import (
    Contact,
    Copy,
    Correction,
    Devoir,
    Document,
    Enrolment,
    Guardianship,
    LearnerProfile,
    Module,
    Organisation,
    SafeguardingReport,
    Signal,
)
from tests.catalogue.factories import TrainingActionFactory, TrainingFactory, TrainingSessionFactory
from tests.users.factories import UserFactory


class LearnerProfileFactory(factory.django.DjangoModelFactory):
    user = factory.SubFactory(UserFactory)
    number = factory.LazyFunction(new_learner_number)

    class Meta:
        model = LearnerProfile


class OrganisationFactory(factory.django.DjangoModelFactory):
    kind = OrganisationKind.COMPANY
    name = factory.Sequence(lambda n: f"Organisation Exemple {n}")

    class Meta:
        model = Organisation


class EnrolmentFactory(factory.django.DjangoModelFactory):
    """A request; `confirmed=True` or `active=True` go further."""

    learner = factory.SubFactory(LearnerProfileFactory)
    training = factory.SubFactory(TrainingFactory, published=True, perimeter=Perimeter.COMPETITIVE)
    requested_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=3))

    class Meta:
        model = Enrolment

    class Params:
        confirmed = factory.Trait(state=EnrolmentState.CONFIRMED, confirmed_at=factory.LazyFunction(timezone.now))
        active = factory.Trait(
            state=EnrolmentState.ACTIVE,
            confirmed_at=factory.LazyFunction(timezone.now),
            started_on=factory.LazyFunction(timezone.localdate),
        )


class DocumentFactory(factory.django.DjangoModelFactory):
    """A document in preparation; `issued=True` has its file, without drawing a real PDF."""

    enrolment = factory.SubFactory(EnrolmentFactory, confirmed=True)
    kind = DocumentKind.SCHOOLING
    code = factory.LazyFunction(new_document_code)

    class Meta:
        model = Document

    class Params:
        issued = factory.Trait(
            state="done",
            progress=100,
            finished_at=factory.LazyFunction(timezone.now),
            issued_at=factory.LazyFunction(timezone.now),
            sha256="0" * 64,
            file=factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7 exemple", name="exemple.pdf")),
            data=factory.LazyAttribute(lambda item: certificate_data(item.enrolment, timezone.localdate())),
        )


def open_training(**fields):
    """A published training and the session in which one may enrol."""
    training = TrainingFactory(published=True, **fields)
    return training, TrainingSessionFactory(action=TrainingActionFactory(training=training))


class GuardianshipFactory(factory.django.DjangoModelFactory):
    """An invitation; `accepted=True` binds `guardian`."""

    learner = factory.SubFactory(LearnerProfileFactory, public=LearnerPublic.PUPIL)
    invited_email = factory.LazyAttribute(
        lambda item: item.guardian.email if item.guardian else "parent@exemple.example"
    )
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))
    guardian = None

    class Meta:
        model = Guardianship

    class Params:
        accepted = factory.Trait(
            guardian=factory.SubFactory(UserFactory), accepted_at=factory.LazyFunction(timezone.now)
        )


class ModuleFactory(factory.django.DjangoModelFactory):
    training = factory.SubFactory(TrainingFactory, published=True)
    rank = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Module Exemple {n}")
    expected_hours = 10

    class Meta:
        model = Module


class DevoirFactory(factory.django.DjangoModelFactory):
    """Due ten days after the start."""

    module = factory.SubFactory(ModuleFactory)
    title = factory.Sequence(lambda n: f"Devoir Exemple {n}")
    subject = "Expliquez, en une page."
    due_days = 10

    class Meta:
        model = Devoir


class CopyFactory(factory.django.DjangoModelFactory):
    devoir = factory.SubFactory(DevoirFactory)
    enrolment = factory.LazyAttribute(lambda item: EnrolmentFactory(active=True, training=item.devoir.module.training))
    client_key = factory.LazyFunction(uuid.uuid4)

    class Meta:
        model = Copy


class CorrectionFactory(factory.django.DjangoModelFactory):
    """A copy taken; `marked=True` gives it back with a grade."""

    copy = factory.SubFactory(CopyFactory, state=CopyState.TAKEN)
    marker = factory.SubFactory(UserFactory)
    taken_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=20))

    class Meta:
        model = Correction

    class Params:
        marked = factory.Trait(
            copy=factory.SubFactory(CopyFactory, state=CopyState.MARKED),
            marked_at=factory.LazyFunction(timezone.now),
            grade="12.50",
            feedback="Un bon début.",
        )


class ContactFactory(factory.django.DjangoModelFactory):
    """A reminder that waits for an answer."""

    enrolment = factory.SubFactory(EnrolmentFactory, active=True)
    kind = ContactKind.REMINDER
    day = factory.LazyAttribute(lambda item: timezone.localdate(item.at) if item.at else timezone.localdate())
    at = factory.LazyFunction(timezone.now)

    class Meta:
        model = Contact


class SignalFactory(factory.django.DjangoModelFactory):
    enrolment = factory.SubFactory(EnrolmentFactory, active=True)
    kind = SignalKind.INACTIVITY
    fact_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=25))
    threshold = 21

    class Meta:
        model = Signal


class SafeguardingReportFactory(factory.django.DjangoModelFactory):
    reference = factory.Sequence(lambda n: f"T{n:07}")
    kind = ReportKind.HARASSMENT
    reported_as = ReportedAs.WITNESS
    facts = "Des messages blessants, chaque soir, dans le groupe de la classe."

    class Meta:
        model = SafeguardingReport
