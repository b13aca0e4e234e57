from datetime import timedelta
from decimal import Decimal

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.utils import timezone

from catalogue.enums import Perimeter
from cned_portal.common.spreadsheets import csv_text
from learners.domain.documents import certificate_data, new_document_code
from learners.domain.organisations.quotes import send_quote, sign_quote
from learners.domain.organisations.seats import vouchers
from learners.domain.people import new_learner_number
from learners.enums import DocumentKind, EnrolmentState, LearnerPublic, MemberRole, OrganisationKind, QuoteState
from learners.models import (
    Campaign,
    Document,
    Enrolment,
    Guardianship,
    LearnerProfile,
    OpenPoint,
    Organisation,
    OrganisationMember,
    Quote,
    QuoteLine,
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
