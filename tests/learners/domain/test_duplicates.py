from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from learners.domain.duplicates import NeedsConfirmation, dismiss_duplicate, find_duplicates, merge_learners
from learners.domain.profile import move_in
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import AddressKind, DuplicateRule, DuplicateState
from learners.models import Address, DuplicateCandidate, Enrolment, LearnerMerge
from tests.crc.factories import make_ticket
from tests.learners.factories import DocumentFactory, EnrolmentFactory, GuardianshipFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
BORN = date(1990, 2, 3)


def person(first, last, **fields):
    return LearnerProfileFactory(user=UserFactory(first_name=first, last_name=last), **fields)


@pytest.fixture
def twins(db):
    return person("Éloïse", "D’Exemple", date_of_birth=BORN), person("DEXEMPLE", "eloise", date_of_birth=BORN)


def test_pairs_are_found_once_by_name_phone_or_shared_address(twins):
    one, two = twins
    person("Éloïse", "D’Exemple", date_of_birth=date(1991, 1, 1))  # same name, another day
    person("Autre", "Exemple", date_of_birth=BORN)
    three, four = (person("Sacha", last, phone="+33600000009") for last in ("Un", "Deux"))
    person("Frère", "Un", phone="+33600000009")  # one family, one telephone
    five, six = person("A", "B"), person("C", "D")
    EmailAddress.objects.create(user=five.user, email=six.user.email.upper())

    assert find_duplicates(acting_user=None) == 3
    assert find_duplicates(acting_user=None) == 0
    found = set(DuplicateCandidate.objects.values_list("first", "second", "rule"))
    assert found == {
        (one.pk, two.pk, DuplicateRule.NAME_BIRTH),
        (three.pk, four.pk, DuplicateRule.PHONE),
        (five.pk, six.pk, DuplicateRule.EMAIL),
    }


def test_dismissed_pair_is_not_proposed_again(twins):
    find_duplicates(acting_user=None)
    candidate = DuplicateCandidate.objects.get()
    with pytest.raises(Refusal, match="pourquoi"):
        dismiss_duplicate(candidate, reason=" ", acting_user=None)
    dismiss_duplicate(candidate, reason="Jumelles, vérifié", acting_user=None)
    with pytest.raises(MoveRefused):
        dismiss_duplicate(candidate, reason="Encore", acting_user=None)
    assert find_duplicates(acting_user=None) == 0


def test_merge_moves_everything_in_every_app_and_closes_the_other_account(twins, agent):
    winner, loser = twins
    document = DocumentFactory(enrolment=EnrolmentFactory(learner=loser, active=True), issued=True)
    bond = GuardianshipFactory(learner=loser, accepted=True)
    ticket = make_ticket(requester=loser.user)
    for learner in twins:
        move_in(learner, kind=AddressKind.POSTAL, street=learner.number, city="Poitiers", acting_user=None)
    find_duplicates(acting_user=None)

    merge_learners(loser, winner, acting_user=agent)

    for row in (document.enrolment, bond, ticket, loser, loser.user, winner):
        row.refresh_from_db()
    assert document.enrolment.learner == winner
    assert bond.learner == winner
    assert ticket.requester == winner.user
    assert loser.merged_into == winner
    assert not loser.user.is_active
    assert Address.objects.current().get(learner=winner).street == winner.number
    assert Address.objects.filter(learner=winner).count() == 2
    assert LearnerMerge.objects.get().moved["Demandes"] == 1
    assert DuplicateCandidate.objects.get().state == DuplicateState.MERGED
    with pytest.raises(Refusal, match="déjà réuni"):
        merge_learners(loser, winner, acting_user=agent)


def test_merge_is_refused_when_two_people_are_behind(twins, agent):
    one, two = twins
    enrolment = EnrolmentFactory(learner=one, active=True)
    twin = EnrolmentFactory(learner=two, training=enrolment.training)
    with pytest.raises(Refusal, match="inscription en cours"):
        merge_learners(two, one, acting_user=agent)
    Enrolment.objects.filter(pk=twin.pk).update(state="cancelled", cancelled_at=timezone.now())
    for learner in twins:
        learner.user.last_login = timezone.now()
        learner.user.save()
    with pytest.raises(NeedsConfirmation):
        merge_learners(two, one, acting_user=agent)
    two.refresh_from_db()
    assert two.is_open
    merge_learners(two, one, acting_user=agent, confirmed=True)


def test_merge_is_refused_between_a_guardian_and_their_child(agent):
    child, adult = LearnerProfileFactory(), LearnerProfileFactory()
    GuardianshipFactory(learner=child, accepted=True, guardian=adult.user)
    with pytest.raises(Refusal, match="responsable de l’autre"):
        merge_learners(child, adult, acting_user=agent)
