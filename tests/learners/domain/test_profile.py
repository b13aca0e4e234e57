from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from learners.domain.people import Identity, register_learner
from learners.domain.profile import consent_holds, move_in, record_consent
from learners.domain.refusals import Refusal
from learners.enums import AddressKind, ConsentPurpose, LearnerPublic, Relationship
from learners.models import Address, ConsentEntry
from tests.learners.factories import GuardianshipFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
HOME = {"street": "1 rue de l’Exemple", "postal_code": "86000", "city": "Poitiers", "country": "France"}
AWAY = {**HOME, "street": "2 rue du Modèle"}


def born(years):
    return timezone.localdate() - timedelta(days=int(years * 365.25) + 1)


def test_moving_keeps_the_former_address_and_the_columns_of_the_previous_release():
    learner = LearnerProfileFactory()
    move_in(learner, kind=AddressKind.POSTAL, acting_user=learner.user, **HOME)
    move_in(learner, kind=AddressKind.POSTAL, acting_user=learner.user, **AWAY)
    move_in(learner, kind=AddressKind.POSTAL, acting_user=learner.user, **AWAY)  # said again: nothing changes
    move_in(learner, kind=AddressKind.DELIVERY, acting_user=learner.user, **HOME)

    rows = list(Address.objects.filter(learner=learner, kind=AddressKind.POSTAL).order_by("pk"))
    learner.refresh_from_db()
    assert [row.street for row in rows] == [HOME["street"], AWAY["street"]]
    assert rows[0].valid_to is not None
    assert rows[1].valid_to is None
    assert learner.address_lines == rows[1].lines

    move_in(learner, kind=AddressKind.POSTAL, acting_user=learner.user)
    learner.refresh_from_db()
    assert learner.address_lines == []
    assert not Address.objects.current().filter(learner=learner, kind=AddressKind.POSTAL).exists()


def test_database_refuses_two_current_addresses_of_a_kind():
    learner = LearnerProfileFactory()
    Address.objects.create(learner=learner, **HOME)
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.create(learner=learner, **AWAY)


def test_enrolling_writes_the_address_as_a_row():
    user = UserFactory()
    learner = register_learner(user, acting_user=user, identity=Identity(**HOME))
    assert Address.objects.current().get(learner=learner).street == HOME["street"]
    assert learner.address_lines


def test_consent_of_a_child_under_15_holds_with_that_of_who_signs():
    child = LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=born(13))
    parent = GuardianshipFactory(learner=child, accepted=True).guardian
    friend = GuardianshipFactory(
        learner=child, accepted=True, relationship=Relationship.OTHER, invited_email="ami@exemple.example"
    ).guardian
    purpose = ConsentPurpose.NEWS

    record_consent(child, purpose=purpose, given=True, acting_user=child.user)
    assert not consent_holds(child, purpose)
    for nobody in (friend, UserFactory()):
        with pytest.raises(Refusal, match="responsable légal"):
            record_consent(child, purpose=purpose, given=True, acting_user=nobody)
    record_consent(child, purpose=purpose, given=True, acting_user=parent)
    assert consent_holds(child, purpose)
    record_consent(child, purpose=purpose, given=False, acting_user=child.user)
    assert not consent_holds(child, purpose)
    assert ConsentEntry.objects.filter(learner=child).count() == 3


def test_consent_from_15_is_the_learner_s_alone():
    teenager = LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=born(16))
    parent = GuardianshipFactory(learner=teenager, accepted=True).guardian
    with pytest.raises(Refusal):
        record_consent(teenager, purpose=ConsentPurpose.NEWS, given=True, acting_user=parent)
    record_consent(teenager, purpose=ConsentPurpose.NEWS, given=True, acting_user=teenager.user)
    assert consent_holds(teenager, ConsentPurpose.NEWS)
