import base64
import uuid
from datetime import timedelta
from decimal import Decimal

import factory
from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.files.base import ContentFile
from django.utils import timezone

from catalogue.enums import Perimeter
from cned_portal.common.spreadsheets import csv_text
from learners.domain.documents import certificate_data, new_document_code
from learners.domain.organisations.quotes import send_quote, sign_quote
from learners.domain.organisations.seats import vouchers
from learners.domain.people import new_learner_number
from learners.enums import (
    ContactKind,
    CopyState,
    DocumentKind,
    EnrolmentState,
    LearnerPublic,
    MemberRole,
    OrganisationKind,
    QuoteState,
    ReportedAs,
    ReportKind,
    SignalKind,
)
from learners.models import (
    Admission,
    Campaign,
    Contact,
    Copy,
    Correction,
    Devoir,
    Document,
    Enrolment,
    EnrolmentFile,
    Guardianship,
    LearnerProfile,
    Module,
    OpenPoint,
    Organisation,
    OrganisationMember,
    PositioningAdvice,
    PositioningQuestion,
    PushDevice,
    Quote,
    QuoteLine,
    RequiredPiece,
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


# Organisations -------------------------------------------------------------------------------------------------------
def member_of(organisation, role=MemberRole.MANAGER, **fields):
    """A person who acts for the organisation, with a verified address."""
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    OrganisationMember.objects.create(organisation=organisation, user=user, role=role)
    return user


class QuoteFactory(factory.django.DjangoModelFactory):
    """A draft of one line; `lines=` gives others as (session, seats, price)."""

    organisation = factory.SubFactory(OrganisationFactory)
    state = QuoteState.DRAFT
    valid_until = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))

    class Meta:
        model = Quote
        skip_postgeneration_save = True

    @factory.post_generation
    def lines(self, create, lines, **kwargs):
        for session, seats, price in lines or [(open_training()[1], 3, Decimal("89.50"))]:
            QuoteLine.objects.create(quote=self, session=session, seats=seats, unit_price=price)


def voucher_for(organisation, *, seats=3, session=None):
    """Seats of a quote that was sent and signed."""
    quote = QuoteFactory(organisation=organisation, lines=[(session or open_training()[1], seats, Decimal("100.00"))])
    send_quote(quote, acting_user=None)
    sign_quote(quote, name="Dominique Exemple", position="Directrice", acting_user=None)
    return vouchers().get(line__quote=quote)


def people_file(*people, heading=("nom", "prénom", "adresse électronique")):
    """A CSV list of people as tuples of cells."""
    return csv_text(heading, people).encode()


class OpenPointFactory(factory.django.DjangoModelFactory):
    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"Point à régler {n}")

    class Meta:
        model = OpenPoint


class CampaignFactory(factory.django.DjangoModelFactory):
    subject = "Rentrée : vos inscriptions"
    body = "Bonjour,\nles inscriptions sont ouvertes."

    class Meta:
        model = Campaign


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
