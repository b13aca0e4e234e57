import pytest
from django.core.management import call_command

from cned_portal.demo import learners as demo
from cned_portal.demo.people import LEARNER
from cned_portal.users.models import User
from learners.enums import EnrolmentState, OrganisationKind
from learners.models import Document, Enrolment, LearnerProfile, Organisation

pytestmark = pytest.mark.django_db


def test_demonstration_is_whole_and_run_again_adds_nothing():
    call_command("sync_roles", verbosity=0)
    from cned_portal.demo import catalogue

    catalogue.load()
    demo.load()
    counts = [model.objects.count() for model in (User, LearnerProfile, Enrolment, Organisation, Document)]
    demo.load()

    assert counts == [model.objects.count() for model in (User, LearnerProfile, Enrolment, Organisation, Document)]
    assert set(Enrolment.objects.values_list("state", flat=True)) == set(EnrolmentState.values)
    assert set(Organisation.objects.values_list("kind", flat=True)) == set(OrganisationKind.values)
    for organisation in Organisation.objects.all():
        organisation.full_clean()
    document = Document.objects.issued().get()
    assert document.enrolment.learner.user.email == LEARNER[0]
    assert not User.objects.exclude(email__endswith="@exemple.example").exists()
