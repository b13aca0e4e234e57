"""Large volumes are rows like the others: those a verb could have written."""

import pytest
from django.core.management import CommandError

from catalogue.models import Training, TrainingSession
from cned_portal.demo import scale
from cned_portal.users.enums import Role
from crc.models import Message, Ticket
from learners.models import Activity, Enrolment
from tests.catalogue.factories import TrainingActionFactory, TrainingFactory, TrainingSessionFactory
from tests.crc.factories import ServiceFactory, TopicFactory
from tests.learners.factories import ModuleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(staff, monkeypatch):
    ServiceFactory(fallback=True, members=[staff(Role.CRC_AGENT)])
    TopicFactory()
    TrainingFactory()
    # VACUUM does not run inside the transaction of a test.
    monkeypatch.setattr(scale, "VACUUM", "SELECT 1 -- ")


def test_rows_are_valid_and_added_once(desk):
    said = []
    scale.load({"tickets": 500}, said.append)
    number, messages = Ticket.objects.count(), Message.objects.count()
    assert number == 500
    assert 5 * number <= messages < 6 * number
    for ticket in Ticket.objects.order_by("?")[:40]:
        ticket.full_clean(exclude=["requester_email"])
    assert set(Ticket.objects.values_list("state", flat=True)) == {"new", "open", "waiting", "answered", "closed"}
    assert said[-1].startswith("tickets : 500, en ")
    scale.load({"tickets": 500}, said.append)
    assert (Ticket.objects.count(), Message.objects.count()) == (number, messages)


@pytest.mark.parametrize("text", ["", "tickets", "tickets=beaucoup", "tickets=-1", "licornes=3"])
def test_unknown_volume_is_said(desk, text):
    with pytest.raises(CommandError):
        scale.load(scale.parse(text), print)


def test_refused_outside_the_demonstration(desk, settings):
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="production"):
        scale.load({"tickets": 1}, print)


def test_trainings_are_copied_with_their_actions_and_sessions(desk):
    action = TrainingActionFactory(training=TrainingFactory(published=True))
    TrainingSessionFactory(action=action)
    published = Training.objects.published().count()
    for _ in range(2):
        scale.load({"trainings": published + 7}, print)
        assert Training.objects.published().count() == published + 7
    copies = Training.objects.filter(slug__regex="-m[0-9]+$")
    assert copies.count() == 7
    for training in copies:
        training.full_clean()
        assert training.search_vector
    assert TrainingSession.objects.filter(action__training__in=copies).exists()


def test_learners_are_under_way_with_ten_activities_each(desk):
    ModuleFactory()
    for _ in range(2):
        scale.load({"learners": 30}, print)
        measured = Enrolment.objects.filter(learner__user__email__endswith="@mesure.example")
        assert measured.count() == 30
        assert Activity.objects.filter(enrolment__in=measured).count() == 300
    for enrolment in measured.select_related("progress", "learner")[:5]:
        enrolment.full_clean(validate_constraints=True)
        assert enrolment.progress.last_activity_at == enrolment.activities.latest("at").at
