from datetime import timedelta

import factory
from django.utils import timezone

from catalogue.enums import Perimeter, Recognition, TrainingKind, TrainingState
from catalogue.models import (
    Certification,
    OperatingUnit,
    ResultIndicator,
    Training,
    TrainingAction,
    TrainingSession,
    UnitMembership,
)
from tests.users.factories import UserFactory


class OperatingUnitFactory(factory.django.DjangoModelFactory):
    code = factory.Sequence(lambda n: f"UO{n}")
    name = factory.Sequence(lambda n: f"Unité Exemple {n}")
    slug = factory.Sequence(lambda n: f"unite-exemple-{n}")

    class Meta:
        model = OperatingUnit


class TrainingFactory(factory.django.DjangoModelFactory):
    """A draft; `complete=True` fills every obligatory item, `published=True` also shows it to the public."""

    slug = factory.Sequence(lambda n: f"formation-exemple-{n}")
    title = factory.Sequence(lambda n: f"Formation Exemple {n}")
    unit = factory.SubFactory(OperatingUnitFactory)

    class Meta:
        model = Training
        skip_postgeneration_save = True

    class Params:
        complete = factory.Trait(
            perimeter=Perimeter.COMPETITIVE,
            recognition=Recognition.ATTESTATION,
            audiences=["adulte"],
            summary="Une formation fictive.",
            objectives="Savoir faire un exemple.",
            prerequisites="Aucun prérequis.",
            target_public="Toute personne curieuse.",
            programme="Un module d’exemple.",
            duration="6 mois",
            teaching_methods="À distance, avec un tuteur.",
            resources="Cours en ligne.",
            assessment="Un devoir corrigé.",
            access_delay="Accès sous 7 jours.",
            funding="Financement personnel.",
            accessibility="Parcours adaptables.",
            contact_name="Accueil Exemple",
            contact_email="accueil@exemple.example",
            disability_contact_name="Sacha Exemple",
            disability_contact_email="handicap@exemple.example",
            no_result_reason="Première session en cours.",
            updated_on=factory.LazyFunction(timezone.localdate),
        )
        published = factory.Trait(
            complete=True, state=TrainingState.PUBLISHED, published_at=factory.LazyFunction(timezone.now)
        )
        central_project = factory.Trait(
            complete=True, kind=TrainingKind.CENTRAL_PROJECT, perimeter="", recognition=Recognition.NONE
        )

    @factory.post_generation
    def indexed(self, create, extracted, **kwargs):
        """Put a published training in the index, as the verb that publishes does."""
        if create and self.is_visible:
            from catalogue.domain.indexing import index_trainings

            index_trainings(Training.objects.filter(pk=self.pk))


class TrainingActionFactory(factory.django.DjangoModelFactory):
    training = factory.SubFactory(TrainingFactory, complete=True)
    name = factory.Sequence(lambda n: f"Formule {n}")
    price = 990

    class Meta:
        model = TrainingAction


class TrainingSessionFactory(factory.django.DjangoModelFactory):
    action = factory.SubFactory(TrainingActionFactory)
    enrolment_opens_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    enrolment_closes_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=30))

    class Meta:
        model = TrainingSession


class CertificationFactory(factory.django.DjangoModelFactory):
    code = factory.Sequence(lambda n: f"RNCP{90000 + n}")
    title = factory.Sequence(lambda n: f"Certification Exemple {n}")
    certifier = "Ministère Exemple"

    class Meta:
        model = Certification


class ResultIndicatorFactory(factory.django.DjangoModelFactory):
    training = factory.SubFactory(TrainingFactory, complete=True)
    kind = "success"
    numerator = 80
    denominator = 100
    period_start = factory.LazyFunction(lambda: timezone.localdate().replace(month=1, day=1))
    period_end = factory.LazyFunction(lambda: timezone.localdate().replace(month=12, day=31))
    method = "Reçus rapportés aux présents."

    class Meta:
        model = ResultIndicator


class UnitMembershipFactory(factory.django.DjangoModelFactory):
    user = factory.SubFactory(UserFactory)
    unit = factory.SubFactory(OperatingUnitFactory)

    class Meta:
        model = UnitMembership
