import re
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.guardians import accept_guardianship, end_guardianship, invite_guardian
from learners.domain.refusals import Refusal
from learners.enums import LearnerPublic, Relationship
from learners.models import Enrolment, Guardianship
from tests.learners.factories import EnrolmentFactory, GuardianshipFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil():
    return LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=timezone.localdate() - timedelta(days=5000))


@pytest.fixture
def parent():
    user = UserFactory(email="parent@exemple.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def invited(pupil, **fields):
    """The secret of the link that was sent."""
    guardianship = invite_guardian(pupil, email="Parent@Exemple.example", acting_user=pupil.user, **fields)
    mail = Mail.objects.get(key=f"learners.guardian_invited:{guardianship.pk}")
    return re.search(r"/responsable/([^/\s]+)/", mail.text).group(1)


def test_guardian_follows_the_minor_once_the_link_is_accepted(pupil, parent):
    enrolment = EnrolmentFactory(learner=pupil, active=True)
    token = invited(pupil)
    assert not Enrolment.objects.followed_by(parent).exists()

    guardianship = accept_guardianship(token, acting_user=parent)

    assert list(Enrolment.objects.followed_by(parent)) == [enrolment]
    assert accept_guardianship(token, acting_user=parent) == guardianship  # opened again: nothing changes
    end_guardianship(guardianship, acting_user=pupil.user)
    assert not Enrolment.objects.followed_by(parent).exists()


def test_link_in_the_hands_of_a_stranger_is_worth_nothing(pupil, parent):
    token = invited(pupil)
    stranger = UserFactory()
    EmailAddress.objects.create(user=stranger, email=parent.email.upper(), verified=False)

    with pytest.raises(Refusal, match="autre adresse"):
        accept_guardianship(token, acting_user=stranger)
    accept_guardianship(token, acting_user=parent)
    with pytest.raises(Refusal, match="déjà servi"):
        accept_guardianship(token, acting_user=stranger)
    with pytest.raises(Refusal, match="pas valable"):
        accept_guardianship("inventé", acting_user=parent)


def test_link_expires_and_is_replaced(pupil, parent):
    old = invited(pupil, at=timezone.now() - timedelta(days=15))
    with pytest.raises(Refusal, match="expiré"):
        accept_guardianship(old, acting_user=parent)

    new = invited(pupil)

    with pytest.raises(Refusal, match="pas valable"):
        accept_guardianship(old, acting_user=parent)
    accept_guardianship(new, acting_user=parent)


def test_minor_is_not_followed_by_oneself_under_another_address_nor_by_another_minor(pupil, parent):
    EmailAddress.objects.create(user=pupil.user, email="autre@exemple.example", verified=False)
    with pytest.raises(Refusal, match="pas celle de l’apprenant"):
        invite_guardian(pupil, email="Autre@exemple.example", acting_user=pupil.user)

    token = invited(pupil)
    file = LearnerProfileFactory(user=parent, date_of_birth=timezone.localdate() - timedelta(days=5500))
    with pytest.raises(Refusal, match="majeur"):
        accept_guardianship(token, acting_user=parent)
    file.date_of_birth = date(1980, 1, 1)
    file.save()
    assert accept_guardianship(token, acting_user=parent).guardian == parent


def test_invitation_is_refused_to_an_adult_to_oneself_and_twice(pupil):
    adult = LearnerProfileFactory(date_of_birth=date(1990, 1, 1))
    with pytest.raises(Refusal, match="mineur"):
        invite_guardian(adult, email="parent@exemple.example", acting_user=adult.user)
    with pytest.raises(Refusal, match="celle de l’apprenant"):
        invite_guardian(pupil, email=pupil.user.email, acting_user=pupil.user)
    invite_guardian(pupil, email="parent@exemple.example", acting_user=pupil.user)
    with pytest.raises(Refusal, match="déjà invitée"):
        invite_guardian(pupil, email="parent@exemple.example", acting_user=pupil.user)


def test_database_refuses_a_minor_as_their_own_guardian(pupil):
    with pytest.raises(IntegrityError), transaction.atomic():
        GuardianshipFactory(learner=pupil, accepted=True, guardian=pupil.user)


def test_other_adult_follows_without_signing(pupil):
    GuardianshipFactory(learner=pupil, accepted=True, relationship=Relationship.OTHER)
    assert Guardianship.objects.in_force().count() == 1
    assert not Guardianship.objects.signing().exists()


def test_link_that_went_astray_says_so_on_the_page(client, stranger):
    client.force_login(stranger)
    address = reverse("learners:guardian_accept", kwargs={"token": "inconnu"})

    assert client.get(address).status_code == 200
    response = client.post(address)

    assert response.status_code == 409
    assert "Ce lien n’est pas valable." in response.content.decode()
