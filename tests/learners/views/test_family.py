from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from learners.enums import EndReason, LearnerPublic, Relationship
from learners.models import ConsentEntry, Guardianship
from tests.learners.factories import DocumentFactory, EnrolmentFactory, GuardianshipFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


def child(years=13, **fields):
    born = timezone.localdate() - timedelta(days=years * 366)
    user = UserFactory(first_name="Noa", last_name="Modèle")
    return LearnerProfileFactory(user=user, public=LearnerPublic.PUPIL, date_of_birth=born, **fields)


def test_guardian_reads_what_the_rules_open_and_a_stranger_nothing(client, stranger):
    bond = GuardianshipFactory(learner=child(phone="+33600000007"), accepted=True)
    document = DocumentFactory(enrolment=EnrolmentFactory(learner=bond.learner, active=True), issued=True)
    page = reverse("learners:ward", kwargs={"pk": bond.pk})
    file = reverse("learners:ward_document", kwargs={"pk": document.pk})

    client.force_login(bond.guardian)
    assert "+33600000007" in client.get(page).content.decode()
    assert b"".join(client.get(file).streaming_content).startswith(b"%PDF")
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert client.get(file).status_code == 404
    assert client.post(reverse("learners:ward_end", kwargs={"pk": bond.pk})).status_code == 404
    client.force_login(bond.guardian)
    Guardianship.objects.update(ended_at=timezone.now())
    assert client.get(page).status_code == 404
    assert client.get(file).status_code == 404


def test_from_15_and_for_another_adult_less_is_shown(client):
    teenager = child(16, phone="+33600000007")
    document = DocumentFactory(enrolment=EnrolmentFactory(learner=teenager, active=True), issued=True)
    file = reverse("learners:ward_document", kwargs={"pk": document.pk})
    for relationship, status in ((Relationship.PARENT, 200), (Relationship.OTHER, 404)):
        bond = GuardianshipFactory(
            learner=teenager,
            accepted=True,
            relationship=relationship,
            invited_email=f"{relationship}@exemple.example",
        )
        client.force_login(bond.guardian)
        answer = client.get(file)
        assert answer.status_code == status
        if answer.streaming:
            list(answer.streaming_content)
        assert "+33600000007" not in client.get(reverse("learners:ward", kwargs={"pk": bond.pk})).content.decode()
        consent = reverse("learners:ward_consent", kwargs={"pk": bond.pk})
        assert client.post(consent, {"finalite": "news", "accord": "oui"}).status_code == 404
    assert not ConsentEntry.objects.exists()


def test_list_of_minors_costs_the_same_with_one_and_three(client, django_assert_num_queries, parent_of):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (1, 3):
        client.force_login(parent_of(number))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("learners:wards")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.fixture
def parent_of():
    def make(number):
        adult = UserFactory()
        for _ in range(number):
            bond = GuardianshipFactory(learner=child(), accepted=True, guardian=adult)
            EnrolmentFactory(learner=bond.learner, active=True)
        return adult

    return make


def test_minor_takes_back_an_invitation_but_not_a_parent(client):
    bond = GuardianshipFactory(learner=child(), accepted=True)
    waiting = GuardianshipFactory(learner=bond.learner, invited_email="autre@exemple.example")
    client.force_login(bond.learner.user)
    for row in (bond, waiting):
        client.post(reverse("learners:guardian_end", kwargs={"pk": row.pk}))
        row.refresh_from_db()
    assert bond.ended_at is None
    assert waiting.end_reason == EndReason.LEARNER


def test_invitation_to_a_wrong_address_says_so_beside_the_field(client):
    learner = child()
    client.force_login(learner.user)
    url = reverse("learners:guardians")
    answer = client.post(url, {"email": learner.user.email, "relationship": "parent"})
    assert "celle de l’apprenant" in answer.content.decode()
    assert client.post(url, {"email": "parent@exemple.example", "relationship": "parent"}).status_code == 302
    assert Guardianship.objects.get().invited_email == "parent@exemple.example"


def test_adult_learner_is_not_offered_to_invite(client):
    learner = LearnerProfileFactory()
    client.force_login(learner.user)
    url = reverse("learners:guardians")
    assert client.post(url, {"email": "parent@exemple.example", "relationship": "parent"}).status_code == 200
    assert not Guardianship.objects.exists()


def test_staff_end_a_guardianship_with_a_reason(client, staff):
    from cned_portal.users.enums import Role

    bond = GuardianshipFactory(learner=child(), accepted=True)
    url = reverse("admin:learners_end_guardianship", kwargs={"pk": bond.pk})
    client.force_login(staff(Role.CRC_AGENT))
    assert client.post(url, {"reason": "judge"}).status_code in {302, 403}
    bond.refresh_from_db()
    assert bond.ended_at is None
    client.force_login(staff(Role.CRC_SUPERVISOR))
    client.post(url, {"reason": "judge"})
    bond.refresh_from_db()
    assert bond.end_reason == EndReason.JUDGE
