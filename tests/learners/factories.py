import base64
from datetime import timedelta

import factory
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.base import ContentFile
from django.utils import timezone

from catalogue.enums import Perimeter
from learners.domain.documents import certificate_data, new_document_code
from learners.domain.people import new_learner_number
from learners.enums import DocumentKind, EnrolmentState, LearnerPublic, OrganisationKind
from learners.models import (
    Admission,
    Document,
    Enrolment,
    EnrolmentFile,
    Guardianship,
    LearnerProfile,
    Organisation,
    PositioningAdvice,
    PositioningQuestion,
    PushDevice,
    RequiredPiece,
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


BROWSER_KEY = ec.derive_private_key(7, ec.SECP256R1())
BROWSER_AUTH = b"0123456789abcdef"


def _base64(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class PushDeviceFactory(factory.django.DjangoModelFactory):
    """A browser whose messages the test can decrypt."""

    user = factory.SubFactory(UserFactory)
    label = factory.Sequence(lambda n: f"Téléphone d’exemple {n}")
    endpoint = factory.Sequence(lambda n: f"https://push.exemple.example/{n}")
    p256dh = _base64(BROWSER_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    auth = _base64(BROWSER_AUTH)

    class Meta:
        model = PushDevice


class AdmissionFactory(factory.django.DjangoModelFactory):
    """Conditions of entry; `whole=True` has two questions, advice from 0 and 50 %, a piece, and checks the learning."""

    training = factory.SubFactory(TrainingFactory, published=True)

    class Meta:
        model = Admission
        skip_postgeneration_save = True

    class Params:
        whole = factory.Trait(checks_prior_learning=True)

    @factory.post_generation
    def rows(self, create, extracted, **kwargs):
        if create and self.checks_prior_learning:
            for rank in (1, 2):
                PositioningQuestion.objects.create(admission=self, rank=rank, text=f"Question {rank} ?")
            PositioningAdvice.objects.create(admission=self, from_percent=0, text="Remise à niveau conseillée.")
            PositioningAdvice.objects.create(admission=self, from_percent=50, text="Parcours adapté à vous.")
            RequiredPiece.objects.create(admission=self, label="Pièce d’identité", why="Pour l’examen.")


class EnrolmentFileFactory(factory.django.DjangoModelFactory):
    """The file of a request, with nothing asked."""

    enrolment = factory.SubFactory(EnrolmentFactory)

    class Meta:
        model = EnrolmentFile
