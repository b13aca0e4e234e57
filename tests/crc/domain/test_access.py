import pytest

from catalogue.models import UnitMembership
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import access
from crc.enums import Public
from crc.models import Ticket
from tests.crc.factories import ServiceFactory, make_ticket, make_unit

ACTS = [
    access.can_answer_ticket,
    access.can_assign_ticket,
    access.can_reroute_ticket,
    access.can_close_ticket,
    access.can_merge_ticket,
]


def sees(user, ticket):
    return Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()


def may(user, ticket):
    return {act(user, ticket) for act in ACTS} == {True}


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def people(staff, learner):
    return {role: staff(role) for role in Role} | {"learner": learner}


def test_agents_work_in_their_services_only(people):
    mine = ServiceFactory(members=[people[Role.CRC_AGENT]])
    ticket, other = make_ticket(service=mine), make_ticket(service=ServiceFactory())
    agent = fresh(people[Role.CRC_AGENT])
    assert sees(agent, ticket)
    assert may(agent, ticket)
    assert not sees(agent, other)
    assert not any(act(agent, other) for act in ACTS)


@pytest.mark.parametrize(
    ("role", "reads", "works"),
    [
        (Role.CRC_SUPERVISOR, True, True),
        (Role.QUALITY_MANAGER, True, False),
        (Role.AUDITOR, True, False),
        (Role.CRC_AGENT, False, False),
        (Role.ESTABLISHMENT_DESK, False, False),
        (Role.UNIT_LEAD, False, False),
        (Role.CATALOGUE_MANAGER, False, False),
        (Role.EXAM_ANALYST, False, False),
        (Role.ADMINISTRATOR, False, False),
        ("learner", False, False),
    ],
)
def test_what_each_role_may_without_belonging(people, role, reads, works):
    ticket = make_ticket(service=ServiceFactory())
    user = fresh(people[role])
    assert sees(user, ticket) is reads
    assert may(user, ticket) is works


def test_single_counter_follows_every_establishment(people):
    user = fresh(people[Role.ESTABLISHMENT_DESK])
    ticket = make_ticket(service=ServiceFactory(), public=Public.ESTABLISHMENT)
    assert sees(user, ticket)
    assert not may(user, ticket)


def test_unit_lead_reads_the_unit(people):
    user, unit = people[Role.UNIT_LEAD], make_unit()
    ticket = make_ticket(service=ServiceFactory(unit=unit))
    assert not sees(fresh(user), ticket)
    UnitMembership.objects.create(user=user, unit=unit)
    assert sees(fresh(user), ticket)
    assert not may(fresh(user), ticket)


@pytest.mark.parametrize("role", [Role.CRC_SUPERVISOR, Role.QUALITY_MANAGER, Role.AUDITOR, Role.ESTABLISHMENT_DESK])
def test_restricted_service_belongs_to_its_members(people, role):
    service = ServiceFactory(is_restricted=True, members=[people[Role.CRC_AGENT]])
    ticket = make_ticket(service=service, public=Public.ESTABLISHMENT)
    assert may(fresh(people[Role.CRC_AGENT]), ticket)
    assert sees(fresh(people[Role.CRC_AGENT]), ticket)
    assert not sees(fresh(people[role]), ticket)
    assert not may(fresh(people[role]), ticket)


def test_inactive_agent_sees_nothing(people):
    agent = people[Role.CRC_AGENT]
    ticket = make_ticket(service=ServiceFactory(members=[agent]))
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert not sees(fresh(agent), ticket)
    assert not may(fresh(agent), ticket)


def test_only_supervisors_merge_across_requesters(people):
    mixing = {role for role in Role if fresh(people[role]).has_perm("crc.merge_across_requesters")}
    assert mixing == {Role.CRC_SUPERVISOR}
