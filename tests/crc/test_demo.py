import pytest
from django.core.management import call_command
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.demo import crc as demo
from cned_portal.demo import people
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.enums import Channel, Language, State
from crc.models import (
    CallCount,
    Complaint,
    InboundMail,
    Macro,
    RoutingDecision,
    RoutingRule,
    Service,
    ServiceMembership,
    Tag,
    Ticket,
    TicketSplit,
    TicketTag,
    Topic,
)
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import make_unit

MODELS = (
    CallCount,
    Complaint,
    InboundMail,
    Service,
    Topic,
    RoutingRule,
    ServiceMembership,
    Ticket,
    RoutingDecision,
    Mail,
    Macro,
    Tag,
    TicketTag,
    TicketSplit,
)


@pytest.fixture
def loaded(roles, learner):
    TrainingFactory(published=True, unit=make_unit())
    people.load()
    demo.load()


def test_desk_is_alive(loaded, learner):
    assert set(Ticket.objects.values_list("state", flat=True)) == set(State)
    assert Ticket.objects.late().exists()
    assert Ticket.objects.of_requester(learner).exists()
    visitor = User.objects.get(email=people.LEARNER[0])
    assert Ticket.objects.of_requester(visitor).filter(channel=Channel.EMAIL, requester=None).exists()
    assert Ticket.objects.filter(language=Language.ENGLISH, service__code="international").exists()
    assert Ticket.objects.filter(last_message_at__gt=timezone.now()).count() == 0
    agent = ServiceMembership.objects.filter(user__email=people.STAFF[Role.CRC_AGENT][0]).first().user
    assert agent.has_role(Role.CRC_AGENT)
    assert Ticket.objects.visible_to(agent).to_answer().exists()
    assert CallCount.objects.filter(day__lt=timezone.localdate()).count() > 100
    assert (Macro.objects.count(), Tag.objects.count()) == (10, 6)
    for macro in Macro.objects.all():
        macro.full_clean()
    assert Ticket.objects.filter(merged_into__isnull=False).count() == TicketSplit.objects.count() == 1


def test_second_load_changes_nothing(loaded):
    before = [model.objects.count() for model in MODELS]
    versions = list(Ticket.objects.order_by("pk").values_list("version", flat=True))
    call_command("sync_roles", verbosity=0)
    demo.load()
    assert [model.objects.count() for model in MODELS] == before
    assert list(Ticket.objects.order_by("pk").values_list("version", flat=True)) == versions
